"""Which command lines run tests, of whatever language the tests are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from lint.linking.argv import base

RUNNERS: Final = frozenset(
    {"pytest", "py.test", "ginkgo", "gotestsum", "tox", "behave", "nose2", "jest", "mocha"}
    | {"vitest", "ava", "jasmine", "karma", "tap"}
)
"""Programs that do nothing else, and take the suites as words."""

BROWSERS: Final = {"cypress": "run", "playwright": "test", "wdio": "run"}
"""Runners of end-to-end tests, and the word with which they run them."""

_OTHERS: Final = frozenset(
    {
        "nosetests",
        "stestr",
        "bats",
        "robot",
        "pabot",
        "rspec",
        "phpunit",
        "ctest",
        "trial",
        "zope-testrunner",
    }
)
_VERBS: Final = {
    **dict.fromkeys(
        ("npm", "yarn", "pnpm", "bun", "cargo", "dotnet", "richgo", "mix", "bazel", "deno", "sbt",
         "lein", "swift", "flutter", "hatch", "phoenix"),
        re.compile(r"test"),
    ),
    **dict.fromkeys(("mvn", "mvnw"), re.compile(r"(?:test|verify|integration-test)")),
    **dict.fromkeys(("gradle", "gradlew"), re.compile(r"(?:\S*:)?(?:\w*[tT]est|check)")),
    **dict.fromkeys(
        ("mage", "rake", "make", "just", "task", "inv", "invoke", "composer"),
        re.compile(r"(?:\S*[-_:])?(?:tests?|spec|integration|e2e)(?:[-_:]\S*)?", re.IGNORECASE),
    ),
    "newman": re.compile(r"run"),
    "tavern-ci": re.compile(r".*"),
    "schemathesis": re.compile(r"run"),
}  # fmt: skip  # lists of names read best as paragraphs
"""Programs, and the word with which they run tests."""
_MENUS: Final = frozenset({"hatch", "pdm", "pipenv", "poetry", "rye", "pixi", "poe", "composer"})
"""Tools that run a project's own commands by names."""
_NAMED: Final = re.compile(
    r"(?:[\w-]+[-_:])?tests?(?::[\w-]+|[-_](?:all|ci|cov\w*|unit|integration|functional|e2e))?",
    re.IGNORECASE,
)
_SCRIPT: Final = re.compile(
    r"(?:run[-_]?)?(?:(?:all|unit|integration|functional)[-_])?tests?(?:[-_][\w-]+)?\.(?:sh|py)"
)
_DJANGO: Final = frozenset({"manage.py", "setup.py", "django-admin", "django-admin.py"})
_SKIPPED: Final = re.compile(r"-DskipTests(?!=false)|-Dmaven\.test\.skip(?!=false)")
_SEPARATORS: Final = re.compile(r"&&|\|\||;|\n")


def test_runner(words: Sequence[str]) -> str:
    """The test runner that a command is, empty: it is none."""
    told = [word for word in words if word]
    if not told:
        return ""
    program = base(told[0])
    if program in ("sh", "bash", "ash") and len(told) > 1:
        parts = (test_runner(one.split()) for one in _SEPARATORS.split(told[-1]))
        return next((one for one in parts if one), "")
    if program in RUNNERS or program in _OTHERS:
        return program
    if program == "coverage" and told[1:2] == ["run"]:
        rest = [word for word in told[2:] if word == "-m" or not word.startswith("-")]
        return test_runner(["python", *rest])
    if program.startswith("python") and len(told) > 2 and told[1] == "-m":
        return told[2] if told[2] in (*RUNNERS, *_OTHERS, "unittest") else ""
    if program.startswith("python"):
        return test_runner([word for word in told[1:] if not word.startswith("-")])
    if program in _DJANGO:
        return f"{program} test" if told[1:2] == ["test"] else ""
    if program == "go" and told[1:2] == ["test"]:
        return "go test"
    if program in ("poetry", "pipenv", "uv") and told[1:2] in (["run"], ["exec"]):
        return test_runner(told[2:])
    return _by_word(program, told[1:])


def _by_word(program: str, rest: Sequence[str]) -> str:
    pattern = _VERBS.get(program)
    if pattern is None or any(_SKIPPED.match(word) for word in rest):
        return ""
    words = [word for word in rest if not word.startswith("-") and "=" not in word]
    if words[:1] == ["run"] and program in ("npm", "yarn", "pnpm", "bun"):
        words = words[1:]
    if program not in ("mvn", "mvnw", "gradle", "gradlew"):
        words = words[:1]
    else:
        left_out = {word for option, word in pairwise(rest) if option in ("-x", "--exclude-task")}
        words = [word for word in words if word not in left_out]
    found = next((word for word in words if pattern.fullmatch(word)), "")
    return f"{program} {found}" if found else ""


def own_script(words: Sequence[str]) -> str:
    """A script of the tests by its name alone: what a container runs of the repository."""
    name = base(words[0]) if words else ""
    return name if _SCRIPT.fullmatch(name) else ""


def project_command(words: Sequence[str]) -> str:
    """`pdm run test`, `hatch run test:unit`, `poetry run task test`: the project's own command,
    empty: it is none of tests."""
    told = [word for word in words[:6] if word and not word.startswith("-")]
    if len(told) < 2 or base(told[0]) not in _MENUS:
        return ""
    rest = [word for word in told[1:] if word not in ("run", "task", "exec")]
    name = rest[0] if rest else ""
    return f"{told[0]} {name}" if _NAMED.fullmatch(name) else ""
