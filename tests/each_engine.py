"""`python -m tests.each_engine [ARGUMENTS OF PYTEST]`: the tests of Podman beside those of Docker.

Those of one engine run one at a time: tests that remove images disturb its answers to others. The
groups of pytest-xdist 3.8 would do, but pytest 9.2 does not see them.
"""

from __future__ import annotations

import subprocess
import sys
from tempfile import TemporaryFile
from typing import Final

ENGINES: Final = ("podman", "docker")
WITHOUT: Final = ("tests/house", "tests/docs", "tests/lint")
"""Rooms of ten thousand tests that need no engine: to collect them takes as long as three tests."""
_NOTHING_TO_DO: Final = 5


def main(words: list[str]) -> int:
    """Play both, and print what each said once it has ended; 1 when a test failed."""
    started = []
    for engine in ENGINES:
        said = TemporaryFile()  # noqa: SIM115 - read after the process has ended
        argv = [sys.executable, "-m", "pytest", "-q", "-m", f"engine and {engine}"]
        argv += [word for each in WITHOUT for word in ("--ignore", each)]
        argv += words
        started.append((subprocess.Popen(argv, stdout=said, stderr=subprocess.STDOUT), said))
    codes = []
    try:
        for process, said in started:
            codes.append(process.wait())
            said.seek(0)
            print(said.read().decode(errors="replace"), flush=True)
    finally:
        for process, said in started:
            if process.poll() is None:
                process.terminate()
                process.wait()
            said.close()
    played = [code for code in codes if code != _NOTHING_TO_DO]
    return 0 if played and not any(played) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
