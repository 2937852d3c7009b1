"""Processes that do nothing but use a core each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Looks now and then whether whoever started it is still there: it must not outlive a killed soak.
_HOG: Final = """\
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(10_000_000):
        pass
"""


@contextmanager
def hogs(number: int) -> Iterator[None]:
    """Keep `number` cores busy for the length of the block."""
    begun = [
        subprocess.Popen([sys.executable, "-I", "-S", "-c", _HOG, str(os.getpid())])
        for _ in range(number)
    ]
    try:
        yield
    finally:
        for each in begun:
            each.kill()
        for each in begun:
            each.wait()
