"""The renderer fits where the output goes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration.progress import choose
from orchestration.progress.choose import Format
from tests.progress.scenario import SUCCESS

ROOT = Path(__file__).parents[2]
XTERM = {"TERM": "xterm"}


class FakeTerminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("form", "terminal", "environ", "chosen"),
    [
        ("auto", True, XTERM, "LiveProgress"),
        ("auto", True, {**XTERM, "CI": "false"}, "LiveProgress"),
        ("auto", True, {**XTERM, "NO_COLOR": "1"}, "LiveProgress"),
        ("auto", True, {**XTERM, "CI": "true"}, "PlainProgress"),
        ("auto", True, {"TERM": "dumb"}, "PlainProgress"),
        ("auto", True, {}, "PlainProgress"),
        ("auto", False, XTERM, "PlainProgress"),
        ("live", True, {**XTERM, "CI": "true"}, "LiveProgress"),
        ("live", False, XTERM, "PlainProgress"),
        ("live", True, {"TERM": "dumb"}, "PlainProgress"),
        ("plain", True, XTERM, "PlainProgress"),
        ("json", True, XTERM, "JsonProgress"),
        ("quiet", True, XTERM, "QuietProgress"),
    ],
)
def test_the_renderer_fits(
    form: Format, terminal: bool, environ: dict[str, str], chosen: str
) -> None:
    stream = FakeTerminal() if terminal else io.StringIO()
    assert type(choose(form, stream, environ)).__name__ == chosen


def test_quiet_is_quiet() -> None:
    stream = io.StringIO()
    with choose("quiet", stream, {}) as progress:
        for event in SUCCESS:
            progress(event)
    assert stream.getvalue() == ""


def test_rich_is_only_imported_to_draw() -> None:
    code = (
        "import io, sys\n"
        "from orchestration.progress import choose\n"
        "for form in ('auto', 'plain', 'json', 'quiet'): choose(form, io.StringIO(), {})\n"
        "print('rich' in sys.modules)\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert shown.stdout == "False\n"
