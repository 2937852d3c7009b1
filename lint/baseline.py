"""The findings that a repository starts out with: one line each, sorted, without line numbers.

Lines are sorted by fingerprint, which spreads new ones over the file: two branches that each add
or remove entries seldom touch neighbouring lines, so git merges them. A merge that left lines out
of order or twice is read all the same.

An entry of a file that is gone still stands for a finding of its rule on the same code in a file
that it does not know: that file was renamed. One entry stands for one finding.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from lint.config_file import shown_path
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
    mark: str = ""
    """Of the code that it stands on; empty: it does not survive a rename."""


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
                _entry(one)
                for one in findings
                if one.suppressed is None or one.suppressed.by == "baseline"
            )
        )
    )


def prune(
    baseline: Baseline, findings: Iterable[Finding], paths: Collection[str] | None = None
) -> Baseline:
    """Without the entries that no finding needs any more, and those of renamed files at their new
    place; nothing is added."""
    now = list(findings)
    stale = {entry.fingerprint for entry in diff(baseline, now, paths=paths).stale}
    moved = {entry.fingerprint: one for one, entry in _moves(baseline, _counted(now), paths)}
    return Baseline(
        entries=tuple(
            _entry(moved[one.fingerprint]) if one.fingerprint in moved else one
            for one in baseline.entries
            if one.fingerprint not in stale
        )
    )


def diff(
    baseline: Baseline,
    findings: Iterable[Finding],
    ran: Collection[str] | None = None,
    paths: Collection[str] | None = None,
) -> Difference:
    """What is new and what is stale. Entries of rules that did not run (`ran`) are never stale.

    `paths` are the files that there are; None: nothing is looked for in renamed ones.
    """
    now = _counted(findings)
    moves = _moves(baseline, now, paths)
    known = baseline.fingerprints | {one.fingerprint for one, _ in moves}
    needed = {one.fingerprint for one in now} | {entry.fingerprint for _, entry in moves}
    return Difference(
        new=tuple(one for one in now if one.fingerprint not in known),
        stale=tuple(
            entry
            for entry in baseline.entries
            if entry.fingerprint not in needed and (ran is None or entry.rule in ran)
        ),
    )


def _entry(one: Finding) -> Entry:
    return Entry(one.fingerprint, one.rule, one.place.path, one.message, mark=one.mark)


def _counted(findings: Iterable[Finding]) -> list[Finding]:
    return [one for one in findings if one.suppressed is None or one.suppressed.by == "baseline"]


def _moves(
    baseline: Baseline, findings: Iterable[Finding], paths: Collection[str] | None
) -> list[tuple[Finding, Entry]]:
    """Findings with the entries of files that are gone which they are, one for one."""
    if paths is None:
        return []
    now, known = list(findings), baseline.fingerprints
    present = {one.fingerprint for one in now}
    gone: dict[tuple[str, str], list[Entry]] = {}
    for entry in baseline.entries:
        if entry.mark and entry.path not in paths and entry.fingerprint not in present:
            gone.setdefault((entry.rule, entry.mark), []).append(entry)
    home = {entry.path for entry in baseline.entries}
    found: list[tuple[Finding, Entry]] = []
    for one in now:
        known_place = one.fingerprint in known or one.place.path in home
        if known_place or not (entries := gone.get((one.rule, one.mark))):
            continue
        name = one.place.path.rpartition("/")[2]
        best = next((each for each in entries if each.path.endswith(f"/{name}")), entries[0])
        entries.remove(best)
        found.append((one, best))
    return found


def apply(
    baseline: Baseline, findings: Iterable[Finding], paths: Collection[str] | None = None
) -> tuple[Finding, ...]:
    """The same findings, those that the baseline knows marked as suppressed by it."""
    findings = tuple(findings)
    moves = _moves(baseline, (one for one in findings if one.suppressed is None), paths)
    known = baseline.fingerprints | {one.fingerprint for one, _ in moves}
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
    shown, key = shown_path(path), ("lint", "baseline")
    try:
        return parse(path.read_text("utf-8"), shown)
    except FileNotFoundError:
        raise LintConfigError(
            f"there is no baseline {shown}",
            fix="write one with `stackwright lint baseline create`, or take it out of the "
            "configuration",
            key=key,
        ) from None
    except OSError as error:
        raise LintConfigError(
            f"the baseline {shown} cannot be read",
            why=error.strerror or str(error),
            fix="name a file that `stackwright lint baseline create` may write",
            key=key,
        ) from error
    except UnicodeDecodeError as error:
        raise LintConfigError(
            f"{shown}: is no baseline",
            why=f"byte {error.start} is no UTF-8",
            fix="write it anew with `stackwright lint baseline create`",
            key=key,
        ) from error


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
        if len(words) not in (4, 5) or not _FINGERPRINT.match(words[0]):
            raise LintConfigError(
                f"{name}:{number}: no entry of a baseline: {kept[:60]!r}",
                why="a conflict of git that is not resolved"
                if kept[:7] in ("<<<<<<<", "=======", ">>>>>>>")
                else "an entry is fingerprint, rule, path, message and mark with tabs between",
                fix="keep the entries of both sides, or write it anew with "
                "`stackwright lint baseline create`",
            )
        fingerprint, rule, path, message, mark = (_unescaped(word) for word in (*words, "")[:5])
        entries.setdefault(fingerprint, Entry(fingerprint, rule, path, message, number, mark))
    return Baseline(entries=tuple(sorted(entries.values())))


def _line(entry: Entry) -> str:
    words = (entry.fingerprint, entry.rule, entry.path, entry.message)
    return "\t".join(map(_escaped, (*words, entry.mark) if entry.mark else words))


def _escaped(text: str) -> str:
    return re.sub(r"[\\\t\n\r]", lambda found: _ESCAPES[found[0]], text)


def _unescaped(text: str) -> str:
    return re.sub(r"\\[\\tnr]", lambda found: _ESCAPED[found[0]], text)
