"""Command lines that run scripts of `package.json` and environments of tox."""

from __future__ import annotations

import json

import pytest

from lint.effects import Compose, RunsTests, Trace, Wait
from lint.model import Tier
from tests.lint.linking.running import traces

ROOT = {
    "up": "docker compose up",
    "test": "jest tests/unit",
    "tool": "docker compose",
    "jest": "echo own",
}
APP = {"up": "podman-compose up", "test:integration": "mocha test/integration"}


def job(command: str, **files: str) -> Trace | None:
    """What a workflow's job does that runs one command."""
    given = {
        "package.json": json.dumps({"name": "root", "scripts": ROOT}),
        "apps/web/package.json": json.dumps({"name": "@x/web", "scripts": APP}),
        ".github/workflows/ci.yml": "on: push\njobs:\n  build:\n    runs-on: a\n    steps:\n"
        f"      - run: |\n          {command}\n",
        **files,
    }
    return next((one for one in traces(given) if one.entry.kind == "job"), None)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("npm run up", ["docker compose up"]),
        ("npm run-script up --silent", ["docker compose up"]),
        ("yarn up", ["docker compose up"]),
        ("yarn run up", ["docker compose up"]),
        ("pnpm up", ["docker compose up"]),
        ("bun run up", ["docker compose up"]),
        ("npm run tool -- down -v", ["docker compose down"]),
        ("yarn tool down", ["docker compose down"]),
        ("npm run $NAME", []),
        ("npm up", []),
        ("npm install up", []),
        ("echo npm run up", []),
        ("npm --prefix apps/web run up", ["podman-compose up"]),
        ("cd apps/web && npm run up", ["podman-compose up"]),
        ("cd apps/web/src && yarn up", ["podman-compose up"]),
        ("npm run up -w @x/web", ["podman-compose up"]),
        ("npm run -w @x/web up", ["podman-compose up"]),
        ("npm -w apps/web run up", ["podman-compose up"]),
        ("yarn workspace @x/web up", ["podman-compose up"]),
        ("pnpm --filter '@x/*' up", ["podman-compose up"]),
        ("pnpm -r run up", ["docker compose up", "podman-compose up"]),
        (
            "npx concurrently -n a,b 'npm:up' 'docker-compose ps'",
            ["docker compose up", "docker-compose ps"],
        ),
        ("npx run-p 'u*' nothing", ["docker compose up"]),
        ("npx docker-compose up", ["docker-compose up"]),
        ("pnpm exec docker-compose up", ["docker-compose up"]),
        ("npx cross-env A=b docker-compose up", ["docker-compose up"]),
        ("npm exec -- docker-compose up", ["docker-compose up"]),
    ],
)
def test_scripts_are_found_by_their_package(command: str, expected: list[str]) -> None:
    found = job(command)
    effects = found.effects if found else ()
    told = [f"{one.tool} {one.verb}" for one in effects if isinstance(one, Compose)]
    assert told == expected


@pytest.mark.parametrize(
    ("command", "tier", "paths"),
    [
        ("npm test", Tier.INTEGRATION, ("tests/unit",)),
        ("npm t", Tier.INTEGRATION, ("tests/unit",)),
        (
            "yarn workspace @x/web test:integration",
            Tier.INTEGRATION,
            ("apps/web/test/integration",),
        ),
        ("npx cypress run", Tier.E2E, ()),
        ("npx playwright test", Tier.E2E, ()),
        ("bun test", Tier.INTEGRATION, ()),
        ("tox -e it", Tier.INTEGRATION, ()),
    ],
)
def test_runners_of_tests_decide_the_tier(command: str, tier: Tier, paths: tuple[str, ...]) -> None:
    found = job(command)
    assert found is not None
    assert found.entry.tier is tier
    assert [one.paths for one in found.effects if isinstance(one, RunsTests)] == [paths]


@pytest.mark.parametrize(
    "command", ["yarn jest", "npx cypress install", "npm run lint", "tox list"]
)
def test_what_runs_no_tests_is_none(command: str) -> None:
    found = job(command)
    assert not [one for one in (found.effects if found else ()) if isinstance(one, RunsTests)]


def test_a_server_is_waited_for_before_its_tests() -> None:
    found = job("npx start-server-and-test up http://localhost:80 test")
    assert found is not None
    kinds = [type(one) for one in found.effects if isinstance(one, Compose | Wait | RunsTests)]
    assert kinds == [Compose, Wait, RunsTests]


TOX = """\
[tox]
envlist = a, b
[testenv:a]
commands = docker-compose {posargs:up}
[testenv:b]
commands = docker compose {posargs}
[testenv:c]
commands = podman-compose down
"""


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("tox", ["docker-compose up"]),
        ("tox -e c", ["podman-compose down"]),
        ("tox run -e a,c", ["docker-compose up", "podman-compose down"]),
        ("tox -ec", ["podman-compose down"]),
        ("tox -e b -- ps", ["docker compose ps"]),
        ("python -m tox -e c", ["podman-compose down"]),
        ("uv run tox -e c", ["podman-compose down"]),
        ("TOXENV=c; tox", ["podman-compose down"]),
        ("tox -c conf -e c", []),
        ("tox --notest", []),
        ("tox -e none", []),
        ("cd apps/web && tox -e c", ["podman-compose down"]),
    ],
)
def test_environments_are_found_by_name(command: str, expected: list[str]) -> None:
    found = job(command, **{"tox.ini": TOX})
    effects = found.effects if found else ()
    told = [f"{one.tool} {one.verb}" for one in effects if isinstance(one, Compose)]
    assert told == expected
