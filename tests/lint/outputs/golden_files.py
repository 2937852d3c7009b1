"""What each format says of the sample: `python -m tests.lint.outputs.golden_files` rewrites it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from lint.outputs import OUTPUTS
from lint.outputs.explanation import explanation
from lint.outputs.matrix import matrix
from lint.outputs.rule_page import rule_index, rule_page
from lint.outputs.summary import statistics, summary
from tests.lint.outputs.sample import REPORT, REQUIREMENTS, RULES, SOURCES

DIRECTORY: Final = Path(__file__).parent / "golden"
_COLOURED: Final = replace(SOURCES, colour=True, show_suppressed=True, width=60)


def _of(name: str) -> Callable[[], str]:
    return lambda: OUTPUTS[name].render(REPORT, SOURCES)


GOLDEN: Final[Mapping[str, Callable[[], str]]] = {
    **{name: _of(name) for name in OUTPUTS},
    "full-coloured": lambda: OUTPUTS["full"].render(REPORT, _COLOURED),
    "concise-coloured": lambda: OUTPUTS["concise"].render(REPORT, _COLOURED),
    "matrix": lambda: matrix(REPORT, SOURCES),
    "matrix-narrow": lambda: matrix(REPORT, replace(SOURCES, width=50)),
    "explanation": lambda: "\n".join(explanation(each, SOURCES) for each in REPORT.services),
    "summary": lambda: "\n".join(summary(REPORT)) + "\n",
    "summary-verbose": lambda: "\n".join(summary(REPORT, verbose=True)) + "\n",
    "statistics": lambda: statistics(REPORT.findings),
    "rule-page": lambda: rule_page(RULES["compose-invocation"], REQUIREMENTS),
    "rule-index": lambda: rule_index(RULES.values(), REQUIREMENTS),
}


def file_of(name: str) -> Path:
    """Not named after its format, so that nobody's tools take it for one."""
    return DIRECTORY / f"{name}.golden"


if __name__ == "__main__":
    DIRECTORY.mkdir(exist_ok=True)
    for name, render in GOLDEN.items():
        file_of(name).write_text(render(), encoding="utf-8")
    print(f"wrote {len(GOLDEN)} files to {DIRECTORY.name}/")
