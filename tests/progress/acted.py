"""A run acted out in a process of its own: `python -m tests.progress.acted FORMAT ENDING`.

Waits for a line on stdin before each scene, so that whoever looks can look.
"""

from __future__ import annotations

import os
import sys

from orchestration.progress import choose
from orchestration.progress.choose import Format
from orchestration.redact import Redactor
from tests.progress.scenario import BEGIN, BOOTING, GAVE_UP, LINE, OPENED, READY, REFUSED, SECRET

SCENES = {
    "ready": ((*BEGIN, REFUSED), (BOOTING, LINE), OPENED, READY),
    "failed": ((*BEGIN, REFUSED), (BOOTING, LINE), OPENED, GAVE_UP),
    "raised": ((*BEGIN, REFUSED), (BOOTING, LINE)),
}


def act(form: Format, ending: str) -> None:
    """Play the scenes."""
    with choose(form, sys.stderr, os.environ, redact=Redactor([SECRET])) as emit:
        for scene in SCENES[ending]:
            sys.stdin.readline()
            for event in scene:
                emit(event)
        sys.stdin.readline()
        if ending == "raised":
            raise SystemExit("the run raised")
    print("finished", flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["auto" | "plain" | "json" as form, ending]:
            act(form, ending)
        case _:
            raise SystemExit(__doc__)
