"""Which files can matter: the others are never parsed.

A file matters when it speaks of containers, compose or a cited document, or skips tests for want
of infrastructure; when it uses a declaration that leads there, however many calls away; or when
such a declaration uses it (a wait in a helper, an image's name in a constant). All of it is found
in bytes. `everything` passes every file: the same findings, only slower, which tests hold it to.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lint.grep import HEAD, Grep
from lint.model import SkippedFile
from lint.reach import Reach
from lint.repository import SourceFile
from lint.triggers import (
    PROSE_STEMS,
    RUNNERS,
    STEMS,
    code_hits,
    comment_mention,
    compose_or_workflow,
    document,
    numbers_as_written,
    package_scripts,
    tox_environments,
)

_WHOLE: Final = ("makefile", "dockerfile", "jenkinsfile", "justfile")
"""Languages of which every file is read."""
_ALWAYS: Final = frozenset({"conftest.py", "tasks.py", "noxfile.py", "fabfile.py"})
_WORKFLOWS: Final = re.compile(
    r"(?:^|/)(?:\.github|\.gitlab|\.circleci|\.ci|\.buildkite|\.woodpecker)/|(?:^|/)[\w.-]*-ci\.ya?ml$"
    r"|(?:^|/)(?:azure-pipelines|bitbucket-pipelines|cloudbuild|\.pre-commit-(?:config|hooks)"
    r"|\.travis|\.drone|\.woodpecker|skaffold|taskfile|Taskfile|action)[\w.-]*\.ya?ml$|compose[\w.-]*\.ya?ml$"
)
_SCRIPT_NAME: Final = re.compile(rb"[\w.-]+\.(?:sh|bash|bats|ksh)\b")
_WIDE: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_README: Final = re.compile(r"(?:^|/)readme[^/]*$", re.IGNORECASE)
_DESCRIBES: Final = re.compile(
    rb"podman|container|beforesuite|fixture|testcontainers|stackwright", re.IGNORECASE
)
"""Words by which a README may describe the set-up (S1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sieved:
    """The files to parse, and those that turned out to be none of text."""

    paths: frozenset[str]
    binary: tuple[SkippedFile, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Of documents: all that are known, which prose may be about, and those superseded, which
    code and prose may still cite."""

    known: tuple[str, ...] = ()
    superseded: tuple[str, ...] = ()


def sieve(
    files: Iterable[SourceFile],
    grep: Grep,
    numbers: Numbers,
    *,
    everything: bool = False,
) -> Sieved:
    """Of the files those that can matter."""
    by_language: dict[str, list[SourceFile]] = {}
    for one in files:
        by_language.setdefault(one.language, []).append(one)
    if everything:
        passed = {one.path for group in by_language.values() for one in group}
    else:
        passed = _passed(by_language, grep, numbers)
    kept = [one for group in by_language.values() for one in group if one.path in passed]
    heads = {path: data[:HEAD] for path, data in grep.texts(kept).items()}
    binary = {path: head for path, head in heads.items() if b"\0" in head}
    if not grep.repository.commit:  # Of what a commit skipped nobody is told.
        rest = (one for group in by_language.values() for one in group if one.path not in passed)
        binary |= grep.binary(rest)
    return Sieved(
        paths=frozenset(passed - binary.keys()),
        binary=tuple(SkippedFile(path=path, why=_why(binary[path])) for path in sorted(binary)),
    )


def _why(head: bytes) -> str:
    return "UTF-16 or UTF-32, not UTF-8" if head.startswith(_WIDE) else "binary"


def _passed(files: dict[str, list[SourceFile]], grep: Grep, numbers: Numbers) -> set[str]:
    passed = {one.path for name in _WHOLE for one in files.get(name, ())}
    passed |= _prose(files.get("markdown", []), grep, (*numbers.known, *numbers.superseded))
    passed |= _yaml(files.get("yaml", []), grep, numbers.superseded)
    for name, matters in (("npm", package_scripts), ("tox", tox_environments)):
        texts = grep.texts(files.get(name, ()))
        passed |= {path for path, data in texts.items() if matters(data)}
    code = [*files.get("go", ()), *files.get("python", ())]
    cited = comment_mention(numbers.superseded)
    reach = Reach(files=code, grep=grep)
    passed |= {one.path for one in code if one.path.rpartition("/")[2] in _ALWAYS}
    holding = grep.holding((*STEMS, *numbers_as_written(numbers.superseded)), code)
    for path, data in grep.texts(one for one in code if one.path in holding).items():
        hits = list(code_hits(data))
        reach.add(path, hits)
        if hits or cited.search(data):
            passed.add(path)
    scripts = _scripts(files.get("shell", []), grep, passed, cited)
    passed |= scripts
    reach.add_words(path.rpartition("/")[2] for path in scripts)
    return passed | reach.closure()


def _prose(files: list[SourceFile], grep: Grep, numbers: tuple[str, ...]) -> set[str]:
    matters = document(numbers)
    holding = grep.holding((*PROSE_STEMS, *numbers_as_written(numbers)), files)
    texts = grep.texts(one for one in files if one.path in holding)
    passed = {path for path, data in texts.items() if matters(data)}
    pages = [one for one in files if _README.search(one.path)]
    described = grep.texts(one for one in pages if one.path not in passed)
    return passed | {path for path, data in described.items() if _DESCRIBES.search(data)}


def _yaml(files: list[SourceFile], grep: Grep, numbers: tuple[str, ...]) -> set[str]:
    """Workflows and compose files by place or name; other YAML by what it holds."""
    passed = {one.path for one in files if _WORKFLOWS.search(one.path)}
    rest = [one for one in files if one.path not in passed]
    holding = grep.holding(
        ("services", "script:", "runs-on:", "stackwright:", "ompose", *numbers_as_written(numbers)),
        rest,
    )
    cited = comment_mention(numbers)
    for path, data in grep.texts(one for one in rest if one.path in holding).items():
        if compose_or_workflow(data) or cited.search(data):
            passed.add(path)
    return passed


def _scripts(
    files: list[SourceFile], grep: Grep, passed: set[str], cited: re.Pattern[bytes]
) -> set[str]:
    """Scripts that speak of containers or run tests, that such scripts use, or that use them."""
    texts = grep.texts(files)
    named: dict[bytes, list[str]] = {}
    for path in texts:
        named.setdefault(path.rpartition("/")[2].encode(), []).append(path)
    callers = grep.texts(_of(passed, grep))
    uses = {path: set(_SCRIPT_NAME.findall(data)) for path, data in {**texts, **callers}.items()}
    found = {
        path
        for path, data in texts.items()
        if RUNNERS.search(data) or cited.search(data) or any(True for _ in code_hits(data))
    }
    fresh = found | passed
    while fresh:
        names = {path.rpartition("/")[2].encode() for path in fresh}
        used = {one for path in fresh for name in uses.get(path, ()) for one in named.get(name, ())}
        using = {path for path in texts if uses[path] & names}
        fresh = (used | using) - found
        found |= fresh
    return found


def _of(paths: set[str], grep: Grep) -> list[SourceFile]:
    wanted = (*_WHOLE, "yaml", "npm", "tox")
    return [one for one in grep.repository.files if one.path in paths and one.language in wanted]
