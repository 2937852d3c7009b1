"""The SQL files of a migrations directory, in the order in which they run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from orchestration.stackfile.places import Places, Sort
from orchestration.stackfile.positions import Key

_DOWN_SECTION: Final = re.compile(rb"^\s*--\s*(\+goose\s+Down|migrate:down)\b", re.I | re.M)


def find_migrations(written: str, key: Key, places: Places) -> tuple[Path | None, tuple[str, ...]]:
    """The directory, and its `*.sql` files by name without `*.down.sql`; mistakes are noted.

    A file that goes on to undo what it did (the formats of goose and dbmate) is a mistake: psql
    would run both halves.
    """
    directory = places.find(written, key, Sort.DIRECTORY)
    if directory is None:
        return None, ()
    try:
        files = sorted(each for each in directory.iterdir() if each.suffix == ".sql")
        files = [each for each in files if not each.name.endswith(".down.sql") and each.is_file()]
        outside = [each for each in files if places.inside(str(each), key, base=directory) is None]
        undoing = [
            each.name
            for each in files
            if each not in outside and _DOWN_SECTION.search(each.read_bytes())
        ]
    except OSError as error:
        places.mistakes.add(key, f"directory `{written}` cannot be read: {error.strerror}")
        return directory, ()
    if not files:
        places.mistakes.add(
            key,
            f"directory `{written}` has no *.sql file",
            fix='name the directory that has them, or skip = ["migrations"]',
        )
    if undoing:
        places.mistakes.add(
            key,
            f"`{written}/{undoing[0]}` has a section that undoes the migration",
            why="psql runs whole files, and would undo at once what it did",
            fix="move such sections into files of their own, named *.down.sql",
        )
    return directory, tuple(each.name for each in files)
