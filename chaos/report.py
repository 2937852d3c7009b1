"""What was played as tables of Markdown: cases as clean of played, and how long things took."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from chaos.trial import Trial


def render(trials: Sequence[Trial]) -> str:
    """One table for each kind of case, the times, the sum, and the cases that went wrong."""
    lines: list[str] = []
    for title in dict.fromkeys(each.case.table for each in trials):
        lines += [*_table(title, [each for each in trials if each.case.table == title]), ""]
    lines += _times(trials)
    bad = [each for each in trials if each.problems]
    lines.append(f"{len(trials)} cases played, {len(trials) - len(bad)} clean")
    lines += [f"  {each.case}: {'; '.join(each.problems)}" for each in bad]
    return "\n".join(lines)


def _table(title: str, trials: Sequence[Trial]) -> list[str]:
    columns = list(dict.fromkeys(sorted(each.case.column for each in trials)))
    counted: defaultdict[tuple[str, str], list[Trial]] = defaultdict(list)
    for each in trials:
        counted[each.case.row, each.case.column].append(each)
    rows = [[title, *columns], ["---"] * (len(columns) + 1)]
    for row in sorted({each.case.row for each in trials}):
        rows.append([row, *(_cell(counted[row, column]) for column in columns)])
    return [f"| {' | '.join(row)} |" for row in rows]


def _cell(trials: Sequence[Trial]) -> str:
    if not trials:
        return "-"
    return f"{sum(not each.problems for each in trials)}/{len(trials)}"


def _times(trials: Sequence[Trial]) -> list[str]:
    measured: defaultdict[str, list[float]] = defaultdict(list)
    for each in trials:
        for what, seconds in each.took.items():
            measured[what].append(seconds)
    if not measured:
        return []
    rows = [
        f"| {what} | {_quantile(found, 0.5):.2f} | {_quantile(found, 0.99):.2f} | "
        f"{max(found):.2f} | {len(found)} |"
        for what, found in sorted(measured.items())
    ]
    return ["| seconds | p50 | p99 | most | measured |", "|---|---|---|---|---|", *rows, ""]


def _quantile(values: Sequence[float], part: float) -> float:
    """The smallest value that `part` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)]
