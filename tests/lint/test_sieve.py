from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lint.git import git_of
from lint.grep import Grep
from lint.history import unchanged
from lint.repository import at_commit, working_tree
from lint.sieve import Numbers, Sieved, sieve
from tests.lint.repositories import Checkout, checkout

_NUMBERS = Numbers(known=("DD-TEST-001", "DD-TEST-002"), superseded=("DD-TEST-002",))
_STARTS = """\
package infrastructure

import "os/exec"

// StartGateway starts it.
func StartGateway() error {
	if err := exec.Command("podman", "run", "-d", Image).Run(); err != nil {
		return err
	}
	return waitForHTTP("http://127.0.0.1:8080/health")
}
"""
_GO: Mapping[str, str] = {
    "go.mod": "module example.org/platform\n",
    "test/infrastructure/gateway.go": _STARTS,
    "test/infrastructure/wait.go": """\
package infrastructure

func waitForHTTP(url string) error { return poll(url) }

func poll(url string) error { return nil }
""",
    "test/infrastructure/images.go": """\
package infrastructure

const (
	Other = "x"
	Image = "localhost/gateway:latest"
)
""",
    "test/infrastructure/unrelated.go": """\
package infrastructure

func Sum(a, b int) int { return a + b }
""",
    "test/integration/gateway/suite_test.go": """\
package gateway

import "example.org/platform/test/infrastructure"

var _ = BeforeSuite(func() { Expect(infrastructure.StartGateway()).To(Succeed()) })
""",
    "test/integration/gateway/route_test.go": """\
package gateway

var _ = It("routes", func() { Expect(1).To(Equal(1)) })
""",
    "test/integration/gateway/skip_test.go": """\
package gateway

var _ = It("stores", func() {
	if !databaseReachable() {
		Skip("database is not available")
	}
})
""",
    "pkg/gateway/server.go": """\
package gateway

// Serve runs in a container, started by docker.
func Serve() error { return nil }
""",
}


def _sieved(made: Checkout, **more: bool) -> set[str]:
    found = working_tree(made.root)
    return set(sieve(found.files, Grep(repository=found), _NUMBERS, **more).paths)


def _of(tmp_path: Path, files: Mapping[str, str | bytes]) -> set[str]:
    return _sieved(checkout(tmp_path / "made", files))


def test_a_suite_passes_because_of_what_it_calls_and_a_helper_because_it_is_called(
    tmp_path: Path,
) -> None:
    assert _of(tmp_path, _GO) == {
        "test/infrastructure/gateway.go",
        "test/infrastructure/wait.go",
        "test/infrastructure/images.go",
        "test/integration/gateway/suite_test.go",
        "test/integration/gateway/skip_test.go",
    }


def test_new_and_changed_files_are_searched_as_they_are_now(tmp_path: Path) -> None:
    made = checkout(tmp_path / "made", {path: "package x\n" for path in _GO if path != "go.mod"})
    made.put(_GO)
    made.put({"new/up.sh": "podman run postgres\n", "new/other.sh": "echo\n"})
    passed = _sieved(made)
    assert "test/integration/gateway/suite_test.go" in passed
    assert "new/up.sh" in passed
    assert "new/other.sh" not in passed
    assert "pkg/gateway/server.go" not in passed


def test_a_commit_is_sieved_as_it_was(tmp_path: Path) -> None:
    made = checkout(tmp_path / "made", _GO)
    first = made.git("rev-parse", "HEAD")
    expected = _sieved(made)
    made.commit({"test/infrastructure/gateway.go": "package infrastructure\n"})
    assert _sieved(made) == {"test/integration/gateway/skip_test.go"}
    now = working_tree(made.root)
    git = git_of(made.root)
    assert git
    then = at_commit(made.root, git, first)
    grep = Grep(repository=then, same=unchanged(now))
    assert set(sieve(then.files, grep, _NUMBERS).paths) == expected


def test_without_git_the_same_passes(tmp_path: Path) -> None:
    Checkout(tmp_path / "plain").put(_GO)
    assert _sieved(Checkout(tmp_path / "plain")) == _of(tmp_path, _GO)


def test_a_type_leads_to_whoever_makes_one_in_another_package(tmp_path: Path) -> None:
    passed = _of(
        tmp_path,
        {
            "internal/stack/stack.go": """\
package stack

type Stack struct{ name string }

func (s *Stack) Up() error { return exec.Command("docker", "run", s.name).Run() }
""",
            "internal/harness/harness.go": """\
package harness

import "example.org/platform/internal/stack"

func New() *stack.Stack { return &stack.Stack{} }
""",
            "test/integration/a/suite_test.go": """\
package a

import "example.org/platform/internal/harness"

func TestMain(m *testing.M) { s := harness.New(); s.Up(); m.Run() }
""",
            "test/integration/b/other_test.go": "package b\n\nfunc TestB(t *testing.T) {}\n",
        },
    )
    assert passed == {
        "internal/stack/stack.go",
        "internal/harness/harness.go",
        "test/integration/a/suite_test.go",
    }


def test_a_fixture_leads_to_the_tests_that_ask_for_it(tmp_path: Path) -> None:
    passed = _of(
        tmp_path,
        {
            "tests/conftest.py": """\
import pytest
from tests.support.stack import bring_up


@pytest.fixture(scope="session")
def platform():
    bring_up()
    yield
""",
            "tests/support/stack.py": """\
import subprocess
from tests.support.waiting import until_ready


def bring_up():
    subprocess.run(["podman", "run", "-d", "postgres:16"])
    until_ready(5432)
""",
            "tests/support/waiting.py": "def until_ready(port):\n    return port\n",
            "tests/integration/test_store.py": "def test_store(platform):\n    assert platform\n",
            "tests/unit/test_sum.py": "def test_sum():\n    assert 1 + 1 == 2\n",
            "src/app.py": "def main():\n    return 1\n",
        },
    )
    assert passed == {
        "tests/conftest.py",
        "tests/support/stack.py",
        "tests/support/waiting.py",
        "tests/integration/test_store.py",
    }


def test_a_script_leads_to_the_code_that_runs_it_and_to_those_it_sources(tmp_path: Path) -> None:
    passed = _of(
        tmp_path,
        {
            "scripts/up.sh": ". scripts/lib.sh\nstart\n",
            "scripts/lib.sh": "start() { docker compose up -d; }\n",
            "scripts/colours.sh": "red() { tput setaf 1; }\n",
            "test/up_test.go": 'package test\n\nvar up = exec.Command("bash", "scripts/up.sh")\n',
            "test/other_test.go": "package test\n\nvar down = 1\n",
        },
    )
    assert passed == {"scripts/up.sh", "scripts/lib.sh", "test/up_test.go"}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("Makefile", "all:\n\techo\n"),
        ("docker/Dockerfile", "FROM scratch\n"),
        ("deploy/stack.yaml", "services:\n  db:\n    image: postgres\n"),
        ("docker-compose.yml", "x: 1\n"),
        (".github/workflows/ci.yml", "jobs: {}\n"),
        ("ci/build.yml", "build:\n  script: [make]\n"),
        ("docs/a.md", "Run `podman-compose up`.\n"),
        ("docs/b.md", "See dd-test-002.\n"),
        ("docs/c.md", "See dd_test_002.\n"),
        ("docs/d.md", "# Migration\n\n| Gateway | \u2705 |\n"),
        ("docs/e.md", "7/8 services comply with the guidance\n"),
        ("docs/f.md", "Integration tests: run `up.sh` first.\n"),
        ("pkg/a.go", "package a\n\n// as DD-TEST-002 asks\nvar x = 1\n"),
        ("pkg/b.go", "package b\n\nvar x = 1 // stackwright: ignore[start-order] reason\n"),
        ("tests/test_a.py", 'import pytest\npytest.skip("no database reachable")\n'),
        ("tests/conftest.py", "import os\n"),
        ("tasks.py", "import os\n"),
        ("scripts/test.sh", "go test ./...\n"),
        ("web/package.json", '{"scripts": {"up": "docker-compose up"}}\n'),
        ("package.json", '{"scripts": {"up": "pnpm --filter web up"}}\n'),
        ("tox.ini", "[testenv]\ncommands = pytest\n"),
        ("pyproject.toml", "[tool.tox.env_run_base]\ncommands = []\n"),
        ("ci/parts.yml", ".x:\n  before_script: [a]\n"),
        ("a_test.go", 'package a\n\nvar x = exec.Command("make", "up")\n'),
    ],
)
def test_it_passes(tmp_path: Path, path: str, content: str) -> None:
    assert _of(tmp_path, {path: content}) == {path}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("config/crd.yaml", "kind: Pod\nspec:\n  containers: []\n"),
        ("docs/a.md", "Nothing of interest.\n"),
        ("docs/b.md", "The guidance is kept elsewhere.\n"),
        ("docs/c.md", "Run `format.sh` first.\n"),
        ("pkg/e.go", "package e\n\n// see DD-TEST-001\nvar x = 1\n"),
        ("pkg/a.go", "package a\n\n// runs in a docker container\nvar x = 1\n"),
        ("pkg/b.go", 'package b\n\nvar image = "docker.io/library/x"\n'),
        ("pkg/c_test.go", 'package c\n\nfunc TestC(t *T) { t.Skip("slow") }\n'),
        ("pkg/d.go", 'package d\n\nvar kinds = []string{"composed", "decompose"}\n'),
        ("scripts/a.sh", "echo done\n"),
        ("package.json", '{"scripts": {"build": "tsc", "test": "jest"}}\n'),
        ("other/package.json", '{"dependencies": {"docker-compose": "1"}}\n'),
        ("pyproject.toml", '[project]\nname = "docker"\n'),
        ("setup.cfg", "[flake8]\nexclude = docker\n"),
        ("src/a.py", "def f():\n    return 1\n"),
    ],
)
def test_it_is_sieved_out(tmp_path: Path, path: str, content: str) -> None:
    assert _of(tmp_path, {path: content}) == set()


def test_everything_passes_when_asked_for(tmp_path: Path) -> None:
    made = checkout(tmp_path / "made", _GO)
    assert _sieved(made, everything=True) == {path for path in _GO if path.endswith(".go")}


def test_what_is_no_text_is_told_as_binary(tmp_path: Path) -> None:
    made = checkout(tmp_path / "made", {"a.sh": b"docker run\0\1\2", "b.sh": "docker run\n"})
    found = working_tree(made.root)
    result: Sieved = sieve(found.files, Grep(repository=found), _NUMBERS)
    assert result.paths == {"b.sh"}
    assert [(one.path, one.why) for one in result.binary] == [("a.sh", "binary")]
