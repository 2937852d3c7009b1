"""How one service is spelled in paths, documents and configuration."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

TEST_PLACES: Final = frozenset(
    {"test", "tests", "testing", "e2e", "integration", "unit", "spec", "docs", "doc", "examples"}
    | {"example", "scripts", "hack", "tools", "ci", "build", "deploy", "deployments", "config"}
    | {"deployment", "charts", "helm", "docker", "infra", "infrastructure", "k8s", "manifests"}
    | {"bench", "benchmarks", "vendor", "dist", "bin", "assets", "site", "website", "samples"}
    | {"fixtures", "testdata", "demo", "demos", "templates", "tutorial", "tutorials"}
)
"""Directories whose own name is no service's."""

GENERIC: Final = TEST_PLACES | frozenset(
    {"shared", "common", "testutil", "testutils", "util", "utils", "helper", "helpers", "lib"}
    | {"libs", "internal", "pkg", "src", "api", "apis", "core", "base", "mocks", "mock", "fakes"}
    | {"support", "suite", "suites", "framework", "client", "clients", "server", "data", "cmd"}
    | {"performance", "perf", "load", "stress", "chaos", "smoke", "functional", "acceptance"}
    | {"system", "regression", "conformance", "contract", "env", "setup", "types", "services"}
    | {"service", "apps", "app", "main", "local", "dev", "prod", "production", "staging"}
    | {"postgres", "postgresql", "redis", "kafka", "mysql", "database", "db", "cli", "go", "python"}
)
"""Words that stand where a service's name may stand and are none. Normalised spellings."""

_PUNCTUATION: Final = re.compile(r"[\W_]+")
_ENDINGS: Final = ("service", "svc", "controller", "server")


@lru_cache(maxsize=8192)
def spelled(name: str) -> str:
    """Lower case without punctuation: `HolmesGPT-API` and `holmesgpt_api` are the same."""
    return _PUNCTUATION.sub("", name).lower()


def spellings(name: str) -> frozenset[str]:
    """The normalised spellings of a service's name: `notification-service` is `notification`."""
    whole = spelled(name)
    short = {whole.removesuffix(end) for end in _ENDINGS if len(whole) > len(end) + 2}
    return frozenset({whole} | {one for one in short if one and one not in GENERIC})
