"""Python's bytecode for an image, made by the image's own interpreter before it is an image.

A container starts with an empty top layer: without bytecode every start compiles the modules it
imports anew (0.3 s for psycopg and redis).
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from orchestration.errors import ImageError

_SECONDS: Final = 300.0


def compile_bytecode(root: Path) -> None:
    """Compile the standard library and all packages below `root`, if it has a Python.

    Files that do not compile (templates for other versions) are left as they are. Raises
    ImageError when the interpreter does not run.
    """
    interpreter = next((root / "usr/bin").glob("python3.[0-9]*[0-9]"), None)
    linker = next(_linkers(root), None)
    if interpreter is None or linker is None:
        return
    libraries = [path for path in (root / "usr/lib").glob("*-linux-gnu*") if path.is_dir()]
    version = interpreter.name.removeprefix("python")
    argv = [
        str(linker),
        *("--library-path", ":".join(map(str, libraries))),
        *(str(interpreter), "-I", "-S", "-m", "compileall", "-q"),
        *("-j", str(min(os.cpu_count() or 1, 4))),
        # The image is never edited, so nothing has to compare time stamps at import.
        *("--invalidation-mode", "unchecked-hash"),
        *("-s", str(root), "-p", "/"),
        *(str(root / "usr/lib" / name) for name in (f"python{version}", "python3")),
    ]
    try:
        done = subprocess.run(
            argv,
            env={"PYTHONHOME": str(root / "usr"), "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            # Any user of the container reads it, however closed the builder's own files are.
            umask=0o022,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ImageError("Python's standard library was not compiled.", why=str(error)) from error
    if not (root / f"usr/lib/python{version}/__pycache__").is_dir():
        raise ImageError(
            "Python's standard library was not compiled.",
            why=(done.stderr or done.stdout).strip()[-500:],
        )


def _linkers(root: Path) -> Iterator[Path]:
    for directory in ("usr/lib", "usr/lib64"):
        for path in sorted((root / directory).glob("**/ld-linux-*.so.*")):
            if not path.is_symlink():
                yield path
