"""All guidance that is known: which one is in force on a day, and any other by name."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from lint.errors import LintConfigError
from lint.guidance.guidance import Guidance, KnownDocument, Requirement
from lint.guidance.guidance_file import (
    GuidanceFile,
    WrittenRequirement,
    WrittenVersion,
    read,
)
from lint.nearest import nearest

_HERE: Final = Path(__file__).parent
_PRECEDENCE: Final = {"authority": 0, "companion": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The guidance documents, built in and the user's own, with all their versions."""

    files: tuple[GuidanceFile, ...]

    def current(self, as_of: date) -> Guidance:
        """What a service is judged by on that day: the authority that came into force last.

        Its requirements come first; where it is silent, those of older authorities and of
        companions that are in force on that day as well. Raises LintConfigError before the first.
        """
        candidates = [
            (version.in_force, at, file, version)
            for at, file in enumerate(self.files)
            if file.role == "authority"
            for version in file.versions
            if version.in_force <= as_of and _in_force(file, version, as_of)
        ]
        if not candidates:
            first = min(
                (version.in_force, f"{file.id}@{version.version}")
                for file in self.files
                if file.role == "authority"
                for version in file.versions
            )
            raise LintConfigError(
                f"No guidance was in force on {as_of}",
                why=f"the first, {first[1]}, is of {first[0]}",
                fix=f"Judge as of {first[0]} or later.",
            )
        *_, file, version = max(candidates, key=_rank)
        return self._guidance(file, version, as_of)

    def named(self, spec: str, as_of: date) -> Guidance:
        """The guidance `ID` (its version in force on the day, else its last until then) or
        `ID@VERSION`.

        `ID` is an id or a number; a number that two documents share is settled by the version
        where only one has it. Companions and known documents are those of the day if the version
        is in force then, else those of the day on which it came into force. A wrong name raises
        LintConfigError that tells the nearest first.
        """
        identity, _, wanted = spec.strip().partition("@")
        wanted = wanted.removeprefix("v")
        known = [
            (file, version)
            for file in self._of(identity)
            for version in file.versions
            if wanted in ("", version.version)
        ]
        if not wanted:
            until_now = [one for one in known if one[1].in_force <= as_of]
            known = until_now or known
        if not known or len({file.id for file, _ in known}) > 1:
            raise self._wrong(spec, several=bool(known))
        file, version = known[-1]
        live = version.in_force <= as_of and _in_force(file, version, as_of)
        return self._guidance(file, version, as_of if live else version.in_force)

    def specs(self) -> tuple[str, ...]:
        """Every `ID@VERSION` that `named` knows, oldest first."""
        told = [
            (version.in_force, at, f"{file.id}@{version.version}")
            for at, file in enumerate(self.files)
            for version in file.versions
        ]
        return tuple(spec for *_, spec in sorted(told))

    def _of(self, identity: str) -> list[GuidanceFile]:
        exact = [file for file in self.files if file.id.lower() == identity.lower()]
        shared = [file for file in self.files if file.number.lower() == identity.lower()]
        return exact or shared

    def _wrong(self, spec: str, *, several: bool) -> LintConfigError:
        specs = self.specs()
        identity = spec.partition("@")[0].lower()
        lower = {one.lower(): one for one in specs}
        near = [lower[one] for one in get_close_matches(spec.lower(), lower, len(lower), 0.0)]
        near.sort(key=lambda one: not one.lower().startswith(f"{identity}@"))
        if several:
            near = [one for one in specs if one.lower().startswith(identity)]
        return LintConfigError(
            f"`{spec}` names {'several guidances' if several else 'no guidance that is known'}",
            why=f"there are: {', '.join(near)}" if near else "there are none",
            fix=_written(spec, near, several=several),
        )

    def _guidance(self, file: GuidanceFile, version: WrittenVersion, day: date) -> Guidance:
        requirements = {one.id: one for one in self._requirements(file, version)}
        if file.role == "authority" and not file.alone:
            others = [
                (_PRECEDENCE[other.role], -each.in_force.toordinal(), -at, other, each)
                for at, other in enumerate(self.files)
                if other.role != "reference" and other.id != file.id
                for each in other.versions
                if each.in_force <= (version.in_force if other.role == "authority" else day)
                and _in_force(other, each, day)
            ]
            for *_, other, each in sorted(others, key=lambda one: one[:3]):
                for one in self._requirements(other, each):
                    if one.id not in version.drop:
                        requirements.setdefault(one.id, one)
        return Guidance(
            id=file.id,
            version=version.version,
            title=file.title,
            in_force=version.in_force,
            requirements={
                one.id: _requirement(one)
                for one in sorted(requirements.values(), key=lambda one: _order(one.id))
            },
            documents=self._documents(day),
        )

    def _requirements(
        self, file: GuidanceFile, version: WrittenVersion, above: tuple[str, ...] = ()
    ) -> tuple[WrittenRequirement, ...]:
        """Its own and those of the version it extends."""
        if not version.extends:
            return version.requirements
        spec = f"{file.id}@{version.version}"
        identity, _, wanted = version.extends.partition("@")
        base = next(
            (
                (other, each)
                for other in self._of(identity)
                for each in other.versions
                if each.version == wanted
            ),
            None,
        )
        if base is None or spec in above:
            near = get_close_matches(version.extends, self.specs(), 3, 0.0)
            raise LintConfigError(
                f"{file.file}:{version.line}: `{spec}` extends `{version.extends}`",
                why="it extends itself in the end" if base else "there is no such version",
                fix=f"There are: {', '.join(near)}.",
            )
        inherited = {one.id: one for one in self._requirements(*base, (*above, spec))}
        if unknown := [one for one in version.drop if one not in inherited]:
            raise LintConfigError(
                f"{file.file}:{version.line}: `{spec}` drops `{unknown[0]}`",
                why=f"`{version.extends}` has {', '.join(inherited)}",
                fix="Drop one of these.",
            )
        kept = {key: one for key, one in inherited.items() if key not in version.drop}
        return tuple((kept | {one.id: one for one in version.requirements}).values())

    def _check_succession(self, file: GuidanceFile) -> None:
        """That nothing is superseded by itself in the end: then nothing would be in force."""
        for version in (None, *file.versions):
            way: list[tuple[str, str]] = []
            at: tuple[GuidanceFile, WrittenVersion | None] | None = (file, version)
            while at and (name := (at[0].id, at[1].version if at[1] else "")) not in way:
                way.append(name)
                at = self._after(*at)
            if at:
                told = " → ".join(f"{one} {each}".strip() for one, each in (*way, name))
                line = version.superseded_line if version else file.superseded_line
                raise LintConfigError(
                    f"{file.file}:{line or file.superseded_line}: `superseded_by` leads in a "
                    f"circle: {told}",
                    why="nothing in it would ever be in force",
                    fix="remove `superseded_by` from the one that holds",
                )

    def _after(
        self, file: GuidanceFile, version: WrittenVersion | None
    ) -> tuple[GuidanceFile, WrittenVersion | None] | None:
        """What supersedes it, as far as that is known here."""
        written = (version.superseded_by if version else "") or file.superseded_by
        identity, _, wanted = written.replace("@", " ").partition(" ")
        wanted = wanted.strip().removeprefix("v")
        for other in self._of(identity) if identity else ():
            if not wanted:
                return other, None
            for each in other.versions:
                if each.version == wanted:
                    return other, each
        return None

    def _documents(self, day: date) -> tuple[KnownDocument, ...]:
        """Those that exist on the day, as they stood then: each whole, then each version."""
        documents: list[KnownDocument] = []
        for file in self.files:
            if min(version.in_force for version in file.versions) > day:
                continue
            gone = file.since is not None and file.since <= day
            documents.append(
                KnownDocument(
                    number=file.number,
                    title=file.words,
                    path=file.path,
                    superseded_by=file.superseded_by if gone else "",
                    since=file.since if gone else None,
                )
            )
            for version in file.versions:
                if version.in_force > day:
                    continue
                over = version.until is not None and version.until <= day
                documents.append(
                    KnownDocument(
                        number=file.number,
                        title=file.words,
                        path=file.path,
                        version=version.version,
                        superseded_by=version.superseded_by if over else "",
                        since=version.until if over else None,
                    )
                )
        return tuple(documents)


def load(extra: Sequence[Path] = (), rules: Collection[str] = ()) -> Catalogue:
    """The built-in guidance and the user's files, which replace a built-in one of the same id.

    `rules` are the names that there are; empty: not looked at. Raises LintConfigError for a file
    that is missing or wrong, with file, line and key.
    """
    files = {file.id: file for file in (read(path) for path in sorted(_HERE.glob("*.toml")))}
    own: dict[str, int] = {}
    for at, path in enumerate(extra):
        try:
            file = read(path, rules)
        except LintConfigError as error:
            error.key = error.key and ("lint", "guidance-files", at)
            raise
        if file.id in own:
            raise LintConfigError(
                f"{file.file} has the id `{file.id}`, as {extra[own[file.id]]} has",
                why="the second would take the place of the first",
                fix="give it another id, or leave one of them out",
                key=("lint", "guidance-files", at),
            )
        own[file.id] = at
        files[file.id] = file
    catalogue = Catalogue(files=tuple(files.values()))
    for file in catalogue.files:
        for version in file.versions:
            catalogue._requirements(file, version)
    for file in catalogue.files:
        catalogue._check_succession(file)
    return catalogue


def _written(spec: str, near: Sequence[str], *, several: bool) -> str:
    if not near:
        return "Add a guidance file."
    alike = nearest(spec, [*near, *(one.partition("@")[0] for one in near)])
    return f"Write `{near[0]}`." if alike or several else "Write one of these."


def _in_force(file: GuidanceFile, version: WrittenVersion, day: date) -> bool:
    """A version superseded on the day it came out never was; nor is one of a document that is."""
    if file.since is not None and file.since <= day:
        return False
    return version.until is None or day < version.until


def _rank(candidate: tuple[date, int, GuidanceFile, WrittenVersion]) -> tuple[date, int]:
    return candidate[:2]


def _order(identity: str) -> tuple[str, int, str]:
    """R2 before R10, R before S."""
    letters = identity.rstrip("0123456789")
    digits = identity[len(letters) :]
    return (letters, int(digits) if digits else 0, identity)


def _requirement(written: WrittenRequirement) -> Requirement:
    return Requirement(
        id=written.id,
        name=written.name,
        level=written.level,
        text=written.text,
        rules=written.rules,
        applies=written.applies,
    )
