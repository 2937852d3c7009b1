from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint.declarations import Declared
from lint.triggers import code_hits, compose_or_workflow, document, port_constant, skips

_GO = b"""\
package x

import (
	"os/exec"
	db "example.org/platform/test/database"
)

const (
	Image = "a"
	one, two = 1, 2
)

type Stack struct{ name string }

func (s *Stack) Up() error { return nil }

func Start[T any](t T) { use(Image) }

var _ = BeforeSuite(func() { Start(1) })
"""
_PYTHON = b"""\
from __future__ import annotations
from .support import stack, waits as w
from a.b import (
    c,
)
import docker.errors

IMAGE: str = "a"

@pytest.fixture(scope="session")
def platform():
    yield stack(IMAGE)

class Runner:
    def up(self):
        pass
"""


def _names(found: Declared) -> list[tuple[bytes, ...]]:
    return [one.names for one in found.all]


def test_go_declarations_have_the_names_by_which_they_are_used() -> None:
    found = Declared(data=_GO, language="go")
    assert _names(found) == [
        (b"Image", b"one", b"two"),
        (b"Stack",),
        (b"Stack",),
        (b"Start",),
        (),
    ]
    assert found.imports == {b"os/exec", b"example.org/platform/test/database"}


def test_python_declarations_have_their_names_and_imports_their_words() -> None:
    found = Declared(data=_PYTHON, language="python")
    assert _names(found) == [(b"IMAGE",), (), (b"platform",), (b"Runner",)]
    assert found.imports >= {b"support", b"stack", b"waits", b"a", b"b", b"c", b"docker", b"errors"}


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        (b"from .stack import up", {b"up"}),
        (b"from tests.stack import (\n    down,\n    up as start,\n)", {b"start"}),
        (b"from tests.stack import *", {b"up"}),
        (b"from . import *", {b"up"}),
        (b"from tests.other import *", set()),
        (b"from .stack import down", set()),
        (b"import stack", set()),
    ],
)
def test_a_python_file_offers_what_it_imports(line: bytes, offered: set[bytes]) -> None:
    found = Declared(data=line + b"\n", language="python")
    assert found.handed_on(frozenset({b"up"}), b"stack") == offered


@pytest.mark.parametrize(
    ("language", "data", "names"),
    [
        ("python", b"import os\nfrom docker.errors import (\n    NotFound,\n)\n", {b"NotFound"}),
        ("python", b"import docker as engine\n", {b"docker", b"as", b"engine"}),
        ("python", b'"""Starts docker."""\n', set()),
        ("go", b'import (\n\t"github.com/docker/docker/client"\n)\n', {b"client"}),
        ("go", b'import (\n\tdt "x.org/docker/dockertest/v3" // old\n)\n', {b"dt", b"dockertest"}),
        ("go", b"// docker is needed\npackage x\n", set()),
    ],
)
def test_an_import_brings_names_in(language: str, data: bytes, names: set[bytes]) -> None:
    found = Declared(data=data, language=language)
    assert found.brought_in(data.index(b"docker")) == names


def test_a_decorator_belongs_to_what_it_decorates() -> None:
    found = Declared(data=_PYTHON, language="python")
    at = found.at(_PYTHON.index(b"fixture"))
    assert at
    assert at.names == (b"platform",)
    (named,) = found.naming(frozenset({b"fixture"}))
    assert named == at


def test_what_precedes_the_first_declaration_has_none() -> None:
    found = Declared(data=_PYTHON, language="python")
    assert found.at(3) is None
    assert list(found.naming(frozenset({b"docker"}))) == [None]
    assert list(found.naming(frozenset({b"nowhere"}))) == []


def test_the_words_of_a_declaration_are_its_own() -> None:
    found = Declared(data=_GO, language="go")
    start = found.at(_GO.index(b"use("))
    assert start
    assert {b"use", b"Image"} <= found.words_of(start)
    assert b"BeforeSuite" not in found.words_of(start)


@given(
    st.one_of(st.binary(), st.lists(st.sampled_from(_GO.split(b" "))).map(b" ".join)),
    st.sampled_from(("go", "python", "shell")),
)
def test_any_bytes_have_declarations(data: bytes, language: str) -> None:
    found = Declared(data=data, language=language)
    assert all(0 <= one.start < one.end <= len(data) for one in found.all)
    for offset in range(0, len(data) + 1, 7):
        found.at(offset)
    list(found.naming(frozenset({b"Start", b"use"})))
    assert found.imports is not None


@given(st.binary())
def test_any_bytes_can_be_judged(data: bytes) -> None:
    assert all(0 <= at < len(data) for at in code_hits(data))
    for question in (skips, port_constant, compose_or_workflow, document(["DD-TEST-002"])):
        assert question(data) in (True, False)


@pytest.mark.parametrize(
    "line",
    [
        b'cmd := exec.Command("podman", "run")',
        b'exe = "podman-compose" if which("podman-compose") else "docker-compose"',
        b"import testcontainers",
        b"client = docker.from_env()",
        b'provider := kind.NewProvider("kind")',
        b"kind create cluster",
        b"${CONTAINER_ENGINE} run x",
        b'exec.Command("make", "up")',
        b't.Skip("no database")',
        b"@pytest.mark.skipif(not reachable(), reason='')",
    ],
)
def test_code_that_matters_is_hit(line: bytes) -> None:
    assert list(code_hits(line))


@pytest.mark.parametrize(
    "line",
    [
        b"// podman run does it",
        b"    # docker compose up",
        b'image := "docker.io/library/postgres"',
        b"decomposed, composer, composed",
        b't.Skip("slow")',
        b"kind: Deployment",
        b"make([]string, 3)",
        b"containers: []",
    ],
)
def test_code_that_does_not_is_no_hit(line: bytes) -> None:
    assert not list(code_hits(line))
