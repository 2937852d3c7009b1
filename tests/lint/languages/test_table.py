from __future__ import annotations

import subprocess
import sys

import pytest

from lint.languages.table import LANGUAGES, NAMED, language_of, needs_head


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/b.py", "python"),
        ("a/b_test.go", "go"),
        ("a/b.sh", "shell"),
        ("Makefile", "makefile"),
        ("a/GNUmakefile", "makefile"),
        ("Makefile.test", "makefile"),
        ("build/common.mk", "makefile"),
        ("Dockerfile", "dockerfile"),
        ("docker/Dockerfile.gateway", "dockerfile"),
        ("docker/gateway.Dockerfile", "dockerfile"),
        ("docker/gateway.dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.go", "dockerfile"),
        ("Dockerfile.md", "markdown"),
        ("compose.yaml", "yaml"),
        (".github/workflows/ci.yml", "yaml"),
        ("README.md", "markdown"),
        ("README.MD", "markdown"),
        ("Jenkinsfile", "jenkinsfile"),
        ("ci/release.jenkinsfile", "jenkinsfile"),
        ("justfile", "justfile"),
        ("Makefile.in", None),
        ("Dockerfile.j2", None),
        ("Dockerfile.dockerignore", None),
        ("a.json", None),
        ("run", None),
    ],
)
def test_a_name_tells_the_language(path: str, language: str | None) -> None:
    found = language_of(path)
    assert (found.name if found else None) == language


@pytest.mark.parametrize(
    ("head", "language"),
    [
        (b"#!/bin/sh\n", "shell"),
        (b"#! /usr/bin/env bash\n", "shell"),
        (b"#!/usr/bin/env -S bash -eu\n", "shell"),
        (b"#!/usr/bin/env A=b python3.12\n", "python"),
        (b"#!/usr/local/bin/python3\r\n", "python"),
        (b"#!/usr/bin/make -f\n", "makefile"),
        (b"#!/usr/bin/env node\n", None),
        (b"#!/usr/bin/env\n", None),
        (b"#!", None),
        (b"\x7fELF", None),
        (b"", None),
    ],
)
def test_the_first_line_tells_the_language_of_a_file_without_a_suffix(
    head: bytes, language: str | None
) -> None:
    assert needs_head("scripts/run")
    found = language_of("scripts/run", head)
    assert (found.name if found else None) == language


def test_no_head_is_needed_where_the_name_tells_or_a_suffix_does() -> None:
    assert not any(map(needs_head, ("a.py", "Makefile", "a.json", "a.tar.gz")))
    assert needs_head(".hook")


def test_the_names_are_those_of_the_front_ends() -> None:
    assert list(NAMED) == [one.name for one in LANGUAGES]
    assert len(NAMED) == 11


def test_no_parser_is_loaded_before_a_file_is_read() -> None:
    loaded = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys, lint.languages.table; "
            "print([m for m in sys.modules if m in ('libcst', 'tree_sitter', 'markdown_it')])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.name)
@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\0\xff\xfe", b"\r\n\t"])
def test_every_front_end_takes_any_bytes(language: object, data: bytes) -> None:
    found = [one for one in LANGUAGES if one is language]
    assert found[0].extract(data).language == found[0].name
