"""What is told of a run beside its findings: how many, and how much of the repository was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from lint.model import Finding, Report, Severity, Verdict
from lint.outputs.printable import path_text, spoken

_MOST: Final = 20
"""Tests not followed to their end that are named; there may be hundreds."""


def summary(report: Report, *, verbose: bool = False) -> list[str]:
    """Lines for standard error: findings, verdicts, coverage, and what should be known."""
    lines = [_findings(report)]
    if report.services:
        verdicts = Counter(service.verdict for service in report.services)
        told = ", ".join(f"{verdicts[each]} {each}" for each in Verdict if verdicts[each])
        lines.append(f"{_many(len(report.services), 'service')}: {told}")
    lines.append(_coverage(report, verbose=verbose))
    if verbose:
        lines += [
            f"  skipped {path_text(each.path)}: {spoken(each.why)}"
            for each in report.coverage.skipped
        ]
        lines += [
            f"  not followed to its end: the test at {path_text(each.path)}:{each.line}"
            for each in report.coverage.cut[:_MOST]
        ]
        more = len(report.coverage.cut) - _MOST
        lines += [f"  and {more} more"] if more > 0 else []
        lines.append(f"judged by {spoken(report.guidance_id)} {spoken(report.guidance_version)}")
    lines += [f"note: {spoken(each)}" for each in report.notes]
    return lines


def statistics(findings: tuple[Finding, ...]) -> str:
    """A count for each rule that found something, the most frequent first."""
    counts = Counter((each.code, each.rule) for each in findings)
    width = len(str(max(counts.values(), default=0)))
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "".join(f"{count:>{width}}  {code}  {rule}\n" for (code, rule), count in ordered)


def _findings(report: Report) -> str:
    counted = [each for each in report.findings if each.suppressed is None]
    if not counted:
        told = "no findings"
    else:
        by_severity = Counter(each.severity for each in counted)
        told = ", ".join(
            _many(by_severity[each], each.value) for each in Severity if by_severity[each]
        )
        told = f"{_many(len(counted), 'finding')} ({told})"
    return told + "".join(f", {each}" for each in _suppressed(report))


def _suppressed(report: Report) -> Iterator[str]:
    by = Counter(each.suppressed.by for each in report.findings if each.suppressed is not None)
    for name, count in sorted(by.items()):
        yield f"{count} suppressed by {name}" if name != "inline" else f"{count} suppressed inline"


def _coverage(report: Report, *, verbose: bool) -> str:
    coverage = report.coverage
    sieved = max(coverage.scanned - coverage.matched, 0)
    told = (
        f"{_many(coverage.scanned, 'file')} scanned: {coverage.matched} parsed, "
        f"{sieved} sieved out, {len(coverage.skipped)} skipped"
    )
    if coverage.skipped and not verbose:
        reasons = Counter(spoken(each.why) for each in coverage.skipped)
        told += f" ({', '.join(f'{count} {why}' for why, count in reasons.most_common(5))})"
    if coverage.cut:
        told += f"; {_many(len(coverage.cut), 'test')} too long to be followed to the end"
    return told


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
