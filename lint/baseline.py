"""The findings that a repository starts out with: one line each, sorted, without line numbers.

Lines are sorted by fingerprint, which spreads new ones over the file: two branches that each add
or remove entries seldom touch neighbouring lines, so git merges them. A merge that left lines out
of order or twice is read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lint.errors import LintConfigError
from lint.model import Finding, Suppressed

HEADER: Final = "# stackwright lint baseline, version 1: `stackwright lint baseline` writes it"
_HEAD: Final = re.compile(r"# stackwright lint baseline, version (\d+)\b")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{8,64}\Z")
_ESCAPES: Final = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ESCAPED: Final = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One known finding. `line` is where it stands in the baseline file (0: not read from one)."""

    fingerprint: str
    rule: str
    path: str
    message: str
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Between a baseline and the findings of now."""

    new: tuple[Finding, ...]
    """Findings that the baseline does not know."""
    stale: tuple[Entry, ...]
    """Entries that no finding needs any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Known findings, by fingerprint."""

    entries: tuple[Entry, ...] = ()

    @property
    def fingerprints(self) -> frozenset[str]:
        """Of all entries."""
        return frozenset(entry.fingerprint for entry in self.entries)

    def written(self) -> str:
        """As the file holds it."""
        lines = sorted({_line(entry) for entry in self.entries})
        return "\n".join((HEADER, *lines, ""))


def create(findings: Iterable[Finding]) -> Baseline:
    """Of all findings that count now: none that a comment or exemption hides already."""
    return Baseline(
        entries=tuple(
            sorted(
                Entry(one.fingerprint, one.rule, one.place.path, one.message)
                for one in findings
                if one.suppressed is None or one.suppressed.by == "baseline"
            )
        )
    )


def prune(baseline: Baseline, findings: Iterable[Finding]) -> Baseline:
    """Without the entries that no finding needs any more; nothing is added."""
    stale = {entry.fingerprint for entry in diff(baseline, findings).stale}
    return Baseline(entries=tuple(one for one in baseline.entries if one.fingerprint not in stale))


def diff(
    baseline: Baseline, findings: Iterable[Finding], ran: Collection[str] | None = None
) -> Difference:
    """What is new and what is stale. Entries of rules that did not run (`ran`) are never stale."""
    now = [one for one in findings if one.suppressed is None or one.suppressed.by == "baseline"]
    known, present = baseline.fingerprints, {one.fingerprint for one in now}
    return Difference(
        new=tuple(one for one in now if one.fingerprint not in known),
        stale=tuple(
            entry
            for entry in baseline.entries
            if entry.fingerprint not in present and (ran is None or entry.rule in ran)
        ),
    )


def apply(baseline: Baseline, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The same findings, those that the baseline knows marked as suppressed by it."""
    known = baseline.fingerprints
    by = Suppressed(by="baseline", reason="known when the baseline was written")
    return tuple(
        replace(one, suppressed=by) if one.suppressed is None and one.fingerprint in known else one
        for one in findings
    )


def read(path: Path) -> Baseline:
    """A baseline file.

    Raises:
        LintConfigError: it is missing, holds conflict markers or a line that is none.
    """
    try:
        return parse(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        raise LintConfigError(
            f"there is no baseline {path}",
            fix="write one with `stackwright lint baseline create`, or take it out of the "
            "configuration",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LintConfigError(f"the baseline {path} cannot be read", why=str(error)) from error


def parse(text: str, name: str = "the baseline") -> Baseline:
    """The entries of a baseline file's text.

    Raises:
        LintConfigError: a line is none; says which.
    """
    entries: dict[str, Entry] = {}
    lines = text.removeprefix("\ufeff").split("\n")
    head = _HEAD.match(lines[0])
    if not head or head[1] != "1":
        raise LintConfigError(
            f"{name}:1: this is no baseline that this version reads",
            why=f"its first line has to be `{HEADER}`",
            fix="write it anew with `stackwright lint baseline create`",
        )
    for number, line in enumerate(lines[1:], 2):
        kept = line.removesuffix("\r")
        if not kept.strip() or kept.startswith("#"):
            continue
        words = kept.split("\t")
        if len(words) != 4 or not _FINGERPRINT.match(words[0]):
            raise LintConfigError(
                f"{name}:{number}: no entry of a baseline: {kept[:60]!r}",
                why="a conflict of git that is not resolved"
                if kept[:7] in ("<<<<<<<", "=======", ">>>>>>>")
                else "an entry is fingerprint, rule, path and message with tabs between",
                fix="keep the entries of both sides, or write it anew with "
                "`stackwright lint baseline create`",
            )
        fingerprint, rule, path, message = (_unescaped(word) for word in words)
        entries.setdefault(fingerprint, Entry(fingerprint, rule, path, message, number))
    return Baseline(entries=tuple(sorted(entries.values())))


def _line(entry: Entry) -> str:
    return "\t".join(map(_escaped, (entry.fingerprint, entry.rule, entry.path, entry.message)))


def _escaped(text: str) -> str:
    return re.sub(r"[\\\t\n\r]", lambda found: _ESCAPES[found[0]], text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\[\\tnr]", lambda found: _ESCAPED[found[0]], text)
