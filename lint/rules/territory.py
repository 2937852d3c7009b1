"""Which part of a repository a path lies in: tests, examples of input, the retired, E2E."""

from __future__ import annotations

import re
from typing import Final

_TESTS: Final = re.compile(
    r"(?:^|/)(?:[\w.]+[-_])?(?:tests?|testing|integration|integrationtests?|itests?|inttests?)"
    r"(?:[-_](?:tests?|suite|infra(?:structure)?|environment|env|stack))?/"
)
_ABOUT: Final = re.compile(
    r"test|integration|e2e|infra|fixture|harness|mock|bench|scenario|spec|\bqa\b|hack/|scripts?/"
    r"|\bci\b",
    re.IGNORECASE,
)
_INPUT: Final = re.compile(
    r"(?:^|/)(?:testdata|test[-_]data|_?_?fixtures?_?_?|examples?|samples?|golden|_?_?snapshots?_?_?"
    r"|templates?|vendor|third[-_]party|node_modules|cassettes)/"
)
_RETIRED: Final = re.compile(r"(?:^|/)(?:deprecated|archived?|attic|graveyard)/")
_E2E: Final = re.compile(r"(?:^|[/._-])(?:e2e|end[-_]?to[-_]?end)(?:$|[/._-])", re.IGNORECASE)
_NAMED: Final = re.compile(r"(?:^|[._-])(?:tests?|testing|integration|it|inttest)(?:$|[._-])")


def in_tests(path: str) -> bool:
    """Whether a directory above it is one of tests (`test/`, `tests/integration/`)."""
    return bool(_TESTS.search(path.lower()))


def about_tests(path: str) -> bool:
    """Whether anything in its path tells of tests or their infrastructure."""
    return bool(_ABOUT.search(path))


def is_input(path: str) -> bool:
    """Whether it is an example, a fixture or somebody else's: read by programs, not run by us."""
    return bool(_INPUT.search(path.lower()))


def is_retired(path: str) -> bool:
    """Whether it was moved out of the way (`deprecated/`, `archive/`), as S3 asks."""
    return bool(_RETIRED.search(path.lower()))


def of_end_to_end(path: str) -> bool:
    """Whether its directories or its name tell of the end-to-end tier."""
    return bool(_E2E.search(path))


def named_for_tests(path: str) -> bool:
    """Whether the file's own name tells of tests (`docker-compose.test.yml`)."""
    return bool(_NAMED.search(path.rpartition("/")[2].lower()))


def for_tests(path: str) -> bool:
    """Whether it lies among the tests or is named for them, and they use it: it is none of their
    input, not retired, and not of the end-to-end tier."""
    if is_input(path) or is_retired(path) or of_end_to_end(path):
        return False
    return in_tests(path) or named_for_tests(path)


def for_integration(path: str) -> bool:
    """Whether its path tells of the integration tier."""
    return "integration" in path.lower()


def folder(path: str) -> str:
    """The directory of a path, empty at the root."""
    return path.rpartition("/")[0]


def base(path: str) -> str:
    """The last element of a path."""
    return path.rpartition("/")[2]
