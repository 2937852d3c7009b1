"""What the linter got wrong on the reference platform, each as small as it gets.

A ◄ marks the line that must be reported; without one, nothing may be.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from textwrap import dedent

from lint.audit import AuditRequest, audit
from lint.config import load_config
from lint.config_file import find_config, read_config
from lint.model import Report
from lint.settings import LintConfig
from tests.lint.repositories import checkout
from tests.lint.verdicts import verdicts

GO = """\
package gateway

import (
	"os/exec"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"
)
"""
SUITE = "test/integration/gateway/suite_test.go"
PYTEST = "services/gateway/tests/integration/conftest.py"
GOOD = """\
import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman", "run", "-d", "--name", "gw", "-p", "15437:5432", "postgres:16"])
    while subprocess.run(["podman", "exec", "gw", "pg_isready"]).returncode:
        time.sleep(1)
    yield
    subprocess.run(["podman", "rm", "-f", "gw"])
"""
TEST = "def test_it(stack):\n    assert stack is None\n"


def report(tmp_path: Path, files: dict[str, str], *, everything: bool = False) -> Report:
    made = checkout(tmp_path / "repository", {key: dedent(one) for key, one in files.items()})
    file = find_config(made.root, made.root)
    config = load_config(read_config(file), made.root) if file else LintConfig()
    return audit(
        AuditRequest(
            root=made.root,
            config=config,
            use_cache=False,
            everything=everything,
            today=date(2026, 1, 15),
        )
    ).report


def told(tmp_path: Path, files: dict[str, str]) -> list[str]:
    return [f"{one.place} {one.rule}" for one in report(tmp_path, files).findings]


def test_a_constant_tag_is_reported_at_the_caller_of_the_helper(tmp_path: Path) -> None:
    """It was told inside the shared helper, once for all services."""
    suite = """\
package gateway

import (
	"testing"

	"example.org/p/test/infrastructure"
)

const image = "localhost/gateway:it"

func TestIt(t *testing.T) {
	infrastructure.Build(image)
	t.Cleanup(func() { infrastructure.Remove(image) })
}
"""
    files = {
        "go.mod": "module example.org/p\n",
        "test/infrastructure/images.go": """\
            package infrastructure

            import "os/exec"

            func podman(words ...string) { _ = exec.Command("podman", words...).Run() }

            func Build(image string) { podman("build", "-t", image, ".") }

            func Remove(image string) { podman("rmi", image) }
            """,
        SUITE: suite,
    }
    places = [
        str(one.place)
        for one in report(tmp_path, files).findings
        if one.rule == "constant-local-tag"
    ]
    assert places == [f"{SUITE}:12"]


def test_a_python_service_is_not_asked_to_use_helpers_written_in_go(tmp_path: Path) -> None:
    go = """\
package {name}

import (
	"testing"

	"example.org/p/test/infrastructure"
)

func TestIt(t *testing.T) {{
	infrastructure.Start("{name}_pg")
	t.Cleanup(func() {{ infrastructure.Stop("{name}_pg") }})
}}
"""
    files = {
        "go.mod": "module example.org/p\n",
        "test/infrastructure/start.go": """\
            package infrastructure

            import (
            "os/exec"
            "time"
            )

            func Start(name string) {
            _ = exec.Command("podman", "run", "-d", "--name", name, "postgres:16-alpine").Run()
            for exec.Command("podman", "exec", name, "pg_isready").Run() != nil {
            time.Sleep(time.Second)
            }
            }

            func Stop(name string) { _ = exec.Command("podman", "rm", "-f", name).Run() }
            """,
        "test/integration/ledger/it_test.go": go.format(name="ledger"),
        "test/integration/orders/it_test.go": go.format(name="orders"),
        PYTEST: GOOD,
        "services/gateway/tests/integration/test_it.py": TEST,
    }
    made = report(tmp_path, files)
    assert [f"{one.place} {one.rule}" for one in made.findings] == []
    assert verdicts(made)["gateway"][1]["R9"] == "not-applicable"
    assert verdicts(made)["gateway"][0] == "compliant"


_DEPLOY = """\
import subprocess


def roll_out():
    subprocess.run(["docker", "compose", "up", "-d"], check=True)
"""


def test_a_process_api_that_a_test_mocks_runs_nothing(tmp_path: Path) -> None:
    files = {
        "src/shop/deploy.py": _DEPLOY,
        "tests/integration/test_deploy.py": """\
            from unittest.mock import patch

            from shop.deploy import roll_out


            def test_it():
                with patch("shop.deploy.subprocess.run") as run:
                    roll_out()
                assert run.called
            """,
    }
    assert told(tmp_path, files) == []


def test_unit_tests_are_not_the_integration_tier(tmp_path: Path) -> None:
    """`tier_of_suite` calls every suite integration whose folder says nothing else."""
    files = {
        "src/shop/deploy.py": _DEPLOY,
        "tests/unit/test_deploy.py": """\
            from shop.deploy import roll_out


            def test_it(monkeypatch):
                roll_out()
            """,
    }
    assert not any(one.severity == "error" for one in report(tmp_path, files).findings)


def test_an_image_that_a_release_job_builds_is_no_business_of_the_tests(tmp_path: Path) -> None:
    """The service is `unknown` for want of a run and a removal of what CI publishes."""
    files = {
        ".github/workflows/ci.yml": """\
            on: [push]
            jobs:
              test:
                runs-on: ubuntu-24.04
                steps:
                  - run: pytest tests/integration
              image:
                runs-on: ubuntu-24.04
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      push: true
                      tags: registry.example.com/shop/api:${{ github.sha }}
            """,
        "tests/integration/conftest.py": GOOD,
        "tests/integration/test_it.py": TEST,
    }
    made = verdicts(report(tmp_path, files))
    assert made["repository"][1]["R4"] == "not-applicable"
    assert made["repository"][0] == "compliant"


def test_the_sieve_keeps_the_readmes_of_services(tmp_path: Path) -> None:
    """`it has no README`, though there is one: it names containers, but no engine."""
    files = {
        PYTEST: GOOD,
        "services/gateway/tests/integration/test_it.py": TEST,
        "services/gateway/README.md": "# Gateway\n\nIts suite starts containers in a fixture.\n",
    }
    made = verdicts(report(tmp_path / "sieved", files))
    assert made["gateway"][1]["S1"] == "pass"
    assert made == verdicts(report(tmp_path / "whole", files, everything=True))


def test_compose_for_production_does_not_make_a_comment_true(tmp_path: Path) -> None:
    """A recipe of no service counts as everybody's neighbour, `deploy-prod` too."""
    files = {
        "Makefile": "deploy-prod:\n\tdocker compose -f deploy/docker-compose.yml up -d\n",
        "deploy/docker-compose.yml": "services:\n  gateway:\n    image: x/gateway:1\n",
        PYTEST: '"""Infrastructure is started with podman-compose before the session."""\n' + GOOD,
        "services/gateway/tests/integration/test_it.py": TEST,
    }
    assert told(tmp_path, files) == [f"{PYTEST}:1 stale-comment"]


def test_redis_before_postgresql_is_no_pass_of_the_order(tmp_path: Path) -> None:
    """R6 is a MUST; the finding is weakened to a warning and then nothing fails, though the
    evidence of the pass lists Redis first."""
    files = {
        "tests/integration/conftest.py": """\
            import subprocess
            import uuid

            import pytest


            def run(*words):
                return subprocess.run(["podman", *words], check=False).returncode


            @pytest.fixture(scope="session", autouse=True)
            def stack():
                image = f"localhost/ds:it-{uuid.uuid4().hex[:8]}"
                run("build", "-t", image, ".")
                run("run", "-d", "--name", "cache", "redis:7")
                while run("exec", "cache", "redis-cli", "ping"):
                    pass
                run("run", "-d", "--name", "pg", "postgres:16")
                while run("exec", "pg", "pg_isready"):
                    pass
                run("run", "-d", "--name", "ds", image)
                while run("exec", "ds", "curl", "-f", "http://localhost:8080/health"):
                    pass
                yield
                run("rm", "-f", "ds", "pg", "cache")
                run("rmi", image)
            """,
        "tests/integration/test_it.py": TEST,
    }
    assert verdicts(report(tmp_path, files))["repository"][1]["R6"] == "fail"


def test_what_a_script_of_the_suite_runs_is_not_said_to_be_absent(tmp_path: Path) -> None:
    """`it runs no image of the project`, `it publishes no fixed host port`: both untrue."""
    files = {
        SUITE: GO + 'func TestA(t *testing.T) { _ = exec.Command("./up.sh").Run() }\n',
        "test/integration/gateway/up.sh": "podman build -t localhost/gateway:x .\n"
        "podman run -d --name gw -p 18080:8080 localhost/gateway:x\n"
        "until curl -sf http://localhost:18080/health; do sleep 1; done\npodman rm -f gw\n",
    }
    statuses = verdicts(report(tmp_path, files))["gateway"][1]
    assert (statuses["R5"], statuses["R8"]) == ("pass", "pass")


def test_ports_that_a_compose_file_binds_are_not_said_to_be_absent(tmp_path: Path) -> None:
    files = {
        SUITE: GO + 'func TestA(t *testing.T) { _ = exec.Command("docker-compose", "up").Run() }\n',
        "test/integration/gateway/docker-compose.yml": "services:\n  db:\n    image: postgres:16\n"
        '    ports: ["15437:5432"]\n',
    }
    assert verdicts(report(tmp_path, files))["gateway"][1]["R8"] == "pass"


def test_a_script_that_only_the_suite_runs_is_no_recipe(tmp_path: Path) -> None:
    files = {
        "Makefile": "test-integration-gateway:\n\tgo test ./test/integration/gateway/...\n",
        SUITE: GO + 'func TestA(t *testing.T) { _ = exec.Command("./up.sh").Run() }\n',
        "test/integration/gateway/up.sh": "podman run -d --name pg postgres:16\n",
    }
    assert verdicts(report(tmp_path, files))["gateway"][1]["S2"] == "pass"
