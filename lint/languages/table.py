"""The languages, and which file is whose.

A front end is imported when the first file of its language is read, so that a run that parses
nothing loads no parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from lint.facts import FileFacts
from lint.languages.embedded import with_embedded
from lint.languages.language import Language


def _python(data: bytes) -> FileFacts:
    from lint.languages.python import extract

    return with_embedded(extract(data))


def _go(data: bytes) -> FileFacts:
    from lint.languages.go import extract

    return with_embedded(extract(data))


def _shell(data: bytes) -> FileFacts:
    from lint.languages.shell import extract

    return with_embedded(extract(data))


def _makefile(data: bytes) -> FileFacts:
    from lint.languages.makefile import extract

    return extract(data)


def _dockerfile(data: bytes) -> FileFacts:
    from lint.languages.dockerfile import extract

    return extract(data)


def _npm(data: bytes) -> FileFacts:
    from lint.languages.package_scripts import extract

    return extract(data)


def _jenkinsfile(data: bytes) -> FileFacts:
    from lint.languages.jenkinsfile import extract

    return extract(data)


def _justfile(data: bytes) -> FileFacts:
    from lint.languages.justfile import extract

    return extract(data)


def _tox(data: bytes) -> FileFacts:
    from lint.languages.tox import extract

    return extract(data)


def _yaml(data: bytes) -> FileFacts:
    from lint.languages.yaml import extract

    return extract(data)


def _markdown(data: bytes) -> FileFacts:
    from lint.languages.markdown import extract

    return extract(data)


LANGUAGES: Final = (
    Language(name="python", extract=_python, suffixes=(".py",), shebangs=("python", "pypy")),
    Language(name="go", extract=_go, suffixes=(".go",)),
    Language(
        name="shell",
        extract=_shell,
        suffixes=(".sh", ".bash", ".ksh", ".bats"),
        shebangs=("sh", "bash", "dash", "ksh", "bats"),
    ),
    Language(
        name="makefile",
        extract=_makefile,
        suffixes=(".mk", ".mak", ".make"),
        names=("Makefile", "makefile", "GNUmakefile"),
        prefixes=("Makefile.",),
        shebangs=("make",),
    ),
    Language(
        name="dockerfile",
        extract=_dockerfile,
        suffixes=(".dockerfile", ".Dockerfile", ".containerfile", ".Containerfile"),
        names=("Dockerfile", "dockerfile", "Containerfile", "containerfile"),
        prefixes=("Dockerfile.", "Containerfile.", "Dockerfile-", "Containerfile-"),
    ),
    Language(name="yaml", extract=_yaml, suffixes=(".yml", ".yaml")),
    Language(name="npm", extract=_npm, names=("package.json",)),
    Language(
        name="tox", extract=_tox, names=("tox.ini", "tox.toml", "setup.cfg", "pyproject.toml")
    ),
    Language(
        name="jenkinsfile",
        extract=_jenkinsfile,
        suffixes=(".jenkinsfile", ".Jenkinsfile"),
        names=("Jenkinsfile",),
        prefixes=("Jenkinsfile.", "Jenkinsfile-"),
    ),
    Language(
        name="justfile",
        extract=_justfile,
        suffixes=(".just",),
        names=("justfile", "Justfile", ".justfile"),
    ),
    Language(name="markdown", extract=_markdown, suffixes=(".md", ".markdown", ".mdx")),
)

_SHEBANG: Final = re.compile(rb"#!\s*(?:\S*/)?(?P<run>\S+)(?P<rest>[^\r\n]*)")
_NUMBERED: Final = re.compile(r"[\d.]+$")
_TEMPLATES: Final = (".in", ".am", ".j2", ".tmpl", ".tpl", ".dockerignore")
_BY_NAME: Final = {name: one for one in LANGUAGES for name in one.names}
_BY_SUFFIX: Final = {suffix: one for one in LANGUAGES for suffix in one.suffixes}
_BY_SHEBANG: Final = {name: one for one in LANGUAGES for name in one.shebangs}
_BY_PREFIX: Final = {prefix: one for one in LANGUAGES for prefix in one.prefixes}
NAMED: Final[Mapping[str, Language]] = {one.name: one for one in LANGUAGES}
"""By name, as `FileFacts.language` and the cache tell it."""


def language_of(path: str, head: bytes = b"") -> Language | None:
    """The language of a file by its name, else by the `#!` at its head; None: not one we read.

    `head` is only looked at when the name alone tells nothing (`needs_head`).
    """
    name = path.rpartition("/")[2]
    if known := _BY_NAME.get(name):
        return known
    dot = name.rfind(".")
    suffix = name[dot:] if dot >= 0 else ""
    prefixed = next((one for prefix, one in _BY_PREFIX.items() if name.startswith(prefix)), None)
    if prefixed and suffix not in (*_TEMPLATES, ".md"):
        return prefixed
    if known := _BY_SUFFIX.get(suffix) or _BY_SUFFIX.get(suffix.lower()):
        return known
    return _by_shebang(head) if head.startswith(b"#!") else None


def needs_head(path: str) -> bool:
    """Whether only the first bytes can tell the language: a name without a suffix."""
    name = path.rpartition("/")[2]
    return "." not in name.lstrip(".") and language_of(path) is None


def _by_shebang(head: bytes) -> Language | None:
    mark = _SHEBANG.match(head)
    if not mark:
        return None
    words = [mark["run"], *mark["rest"].split()]
    if words[0] == b"env":
        words = [word for word in words[1:] if not word.startswith(b"-") and b"=" not in word]
    run = words[0].decode("utf-8", "replace") if words else ""
    return _BY_SHEBANG.get(_NUMBERED.sub("", run.rpartition("/")[2]))
