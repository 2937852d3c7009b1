"""unparsable: a part of a file could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Severity, Tier
from lint.project import Project, place
from lint.rules.rule import Example, Hit, Rule
from lint.rules.territory import is_input


def check(project: Project) -> Iterator[Hit]:
    """One for each part; a note among fixtures, which are often broken on purpose."""
    for path, facts in sorted(project.files.items()):
        for part in facts.unparsable:
            yield Hit(
                place=place(path, part.at),
                message=f"this could not be read as {facts.language}: {part.why}",
                severity=Severity.NOTE if is_input(path) else None,
                services=tuple(project.attribution.get(path, ())),
                tier=Tier.NONE,
                reachable=False,
                key=f"{path}|{part.why}",
            )


RULE: Final = Rule(
    name="unparsable",
    code="SW901",
    requirement="",
    severity=Severity.WARNING,
    summary="A part of a file is not valid in its language, so it was not judged.",
    why="What cannot be read cannot be judged; saying nothing would look like a pass.",
    remedy="Mend the syntax, or exclude the file in `[lint]` if it is not meant to be read.",
    check=check,
    examples=(
        Example(
            title="Python: a missing bracket",
            files={
                "tests/integration/conftest.py": """\
import subprocess


def start(): ◄
    subprocess.run(["podman", "run", "-d", "postgres:16"
""",
            },
        ),
        Example(
            title="Fine: everything can be read",
            files={
                "tests/integration/conftest.py": """\
import subprocess


def start():
    subprocess.run(["podman", "run", "-d", "postgres:16"])
""",
            },
        ),
    ),
)
