"""Which files of a commit lie elsewhere now.

As git tells renames (the same content, else the most similar one that is at least half the same),
but over the working tree as it is: files that git does not know yet count too, and no filter that
the repository sets up is run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from lint.grep import Grep
from lint.repository import SourceFile

LEAST: Final = 0.5
"""Of the bytes of the larger file, that the other has in the same lines."""
_PAIRS: Final = 40_000
"""More are not compared; what only moved without a change is found in any case."""


def renames(before: Grep, after: Grep) -> dict[str, str]:
    """Path then → path now, of files that are gone from where they were."""
    then, now = before.repository, after.repository
    gone = [one for one in then.files if one.path not in now.paths]
    come = [one for one in now.files if one.path not in then.paths]
    found: dict[str, str] = {}
    if gone and come:
        found = _same(gone, come)
        taken = set(found.values())
        gone = [one for one in gone if one.path not in found]
        come = [one for one in come if one.path not in taken]
        found |= _similar(gone, come, before, after)
    return found


def _same(gone: Iterable[SourceFile], come: Iterable[SourceFile]) -> dict[str, str]:
    by_blob: dict[str, list[str]] = defaultdict(list)
    for one in come:
        by_blob[one.blob].append(one.path)
    found: dict[str, str] = {}
    for one in gone:
        if paths := by_blob[one.blob]:
            best = max(paths, key=lambda path: _alike(one.path, path))
            paths.remove(best)
            found[one.path] = best
    return found


def _similar(
    gone: Sequence[SourceFile], come: Sequence[SourceFile], before: Grep, after: Grep
) -> dict[str, str]:
    pairs = [(old, new) for old in gone for new in come if old.language == new.language]
    if len(pairs) > _PAIRS:
        pairs = [(old, new) for old, new in pairs if _name(old.path) == _name(new.path)][:_PAIRS]
    olds = _lines(before, {old.path: old for old, _ in pairs}.values())
    news = _lines(after, {new.path: new for _, new in pairs}.values())
    alike = sorted(
        (
            (-share, -_alike(old.path, new.path), old.path, new.path)
            for old, new in pairs
            if (share := _share(olds.get(old.path), news.get(new.path))) >= LEAST
        )
    )
    found: dict[str, str] = {}
    taken: set[str] = set()
    for *_, old_path, new_path in alike:
        if old_path not in found and new_path not in taken:
            found[old_path] = new_path
            taken.add(new_path)
    return found


def _lines(grep: Grep, files: Iterable[SourceFile]) -> dict[str, Counter[bytes]]:
    texts = grep.texts(files)
    return {path: Counter(data.splitlines(keepends=True)) for path, data in texts.items()}


def _share(old: Counter[bytes] | None, new: Counter[bytes] | None) -> float:
    if not old or not new:
        return 0.0
    common = sum(len(line) * count for line, count in (old & new).items())
    larger = max(sum(len(line) * count for line, count in each.items()) for each in (old, new))
    return common / larger


def _alike(old: str, new: str) -> int:
    """How much of two paths is the same, the file's name first."""
    before, after = old.split("/"), new.split("/")
    return 100 * (before[-1] == after[-1]) + len({*before} & {*after})


def _name(path: str) -> str:
    return path.rpartition("/")[2]
