"""skip-instead-of-fail: tests are skipped because their infrastructure does not answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from lint.effects import AnyEffect, Probe, Skip, Trace
from lint.linking.probing import asks_availability
from lint.model import Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests, weigh
from lint.rules.sightings import Merged, Sighting, hits, sighting
from lint.rules.skip_marks import skip_marks
from lint.rules.territory import folder

_THINGS: Final = (
    r"docker|podman|container|compose|postgres\w*|pg|redis|valkey|mysql|mongo\w*|kafka|rabbitmq|"
    r"databases?|db|datastorage|data storage|infra\w*|(?:micro)?services?|server|broker|api|stack|"
    r"embedding|cluster|daemon|engine|testcontainers"
)
_MISSING: Final = (
    r"(?:not|isn'?t|is not|un|never|no)[ -]?(?:currently )?(?:be )?"
    r"(?:available|reachable|running|accessible|responding|ready|healthy|started|up|found|"
    r"installed|connect\w*)|"
    r"un(?:available|reachable|healthy)|(?:could not|couldn'?t|cannot|can'?t|failed to|unable to) "
    r"(?:be )?(?:connect\w*|reach\w*|start\w*|ping\w*|contact\w*|access\w*|dial\w*)|"
    r"connection (?:refused|failed)|requires? (?:a )?(?:running|live)"
)
_NONE: Final = (
    r"\bno (?:(?:running|local|live|working) )?"
    r"(?:docker|podman|postgres\w*|redis|valkey|mysql|mongo\w*"
    r"|kafka|rabbitmq|database|db|broker|cluster|(?:docker|podman) (?:daemon|engine|server))\b"
    r"(?! (?:url|dsn|password|credentials|config\w*|drivers?|changes?|tests?|support|migrations?))"
)
_THING: Final = re.compile(rf"\b(?:{_THINGS})\b", re.IGNORECASE)
_ABSENT: Final = re.compile(f"{_MISSING}|{_NONE}", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"api[ _-]?keys?|tokens?\b|credential|licen[cs]e|\bgpu|\bcuda|\bwindows\b|\bdarwin\b|\bmacos\b|"
    r"\bpython ?\d|\bplatform\b|\broot\b|permission|not implemented|flaky|\bslow\b|\bshort\b|"
    r"\bimport\b|\bmodule\b|\bpackage\b",
    re.IGNORECASE,
)
"""What else tests are skipped for: what is missing then is no infrastructure of the tier."""
_CHOSEN: Final = re.compile(r"getenv|lookupenv|environ|^short$|verbose|platform|goos|version", re.I)
"""Conditions that somebody set on purpose."""
_BEYOND: Final = re.compile(r"internet|network|online|offline|remote|upstream", re.IGNORECASE)
"""What tests ask that nobody starts for them."""
_RIGHT_BEFORE: Final = 5
"""Lines between a look and the skip for its failure."""
_ERROR: Final = re.compile(r"err|error|\w+Err|\w+_err(?:or)?")


def check(project: Project) -> Iterator[Hit]:
    """Skips that a look at the infrastructure decides, or whose reason says that it is missing."""
    found = list(_sightings(project))
    told = {(one.place.path, one.place.line) for one in found}
    found += [one for one in _marks(project) if (one.place.path, one.place.line) not in told]
    yield from hits(found, _message)


def _message(one: Merged) -> str:
    reason = f" ({one.value})" if one.value else ""
    return f"tests of {one.who} are skipped, not failed, when infrastructure is missing{reason}"


def _sightings(project: Project) -> Iterator[Sighting]:
    for trace in project.traces:
        for before, effect in pairwise((None, *trace.effects)):
            if not isinstance(effect, Skip):
                continue
            if not _for_infrastructure(effect, asked=_asks(before, effect)):
                continue
            severity = weigh(trace, effect, Severity.ERROR)
            if severity is not None:
                yield sighting(trace, effect, _quoted(effect.reason.known or ""), severity)


def _asks(before: AnyEffect | None, skip: Skip) -> bool:
    """Whether what is done right before looks at infrastructure: `if err := db.Ping(); err …`."""
    if not isinstance(before, Probe) or before.at.path != skip.at.path:
        return False
    return 0 <= skip.at.line - before.at.line <= _RIGHT_BEFORE


def _for_infrastructure(skip: Skip, *, asked: bool) -> bool:
    names = [name.rpartition(".")[2] for guard in skip.context.guards for name in guard.names]
    failed = skip.context.handler or any(_ERROR.fullmatch(name) for name in names)
    return _missing(
        skip.reason.shown,
        # After a failure it is no choice any more: what somebody set only lets it pass.
        [] if failed else names,
        probes=(asked and failed and not _BEYOND.search(skip.reason.shown))
        or any(guard.probes for guard in skip.context.guards),
        conditional=skip.context.handler or bool(skip.context.guards),
    )


def _missing(reason: str, names: Sequence[str], *, probes: bool, conditional: bool = True) -> bool:
    """Whether a skip is about infrastructure that does not answer."""
    says = bool(_THING.search(reason) and _ABSENT.search(reason))
    if probes:
        return says or not _OTHER.search(reason)
    chosen = any(_CHOSEN.search(name) for name in names)
    return says and conditional and not chosen


def _marks(project: Project) -> Iterator[Sighting]:
    """Marks, at the tier of the suite in whose directory they stand."""
    suites = {
        folder(trace.entry.place.path): trace
        for trace in project.live
        if trace.entry.kind == "suite" and trace.entry.language == "python"
    }
    for mark in skip_marks(project):
        trace = _nearest(folder(mark.place.path), suites)
        severity = of_tests(trace, Severity.ERROR) if trace else None
        if trace is None or severity is None:
            continue
        things = _THING.search(f"{mark.reason} {_spaced(mark.names)}")
        probes = bool(things) and any(asks_availability(name) for name in mark.names)
        if _missing(mark.reason, mark.names, probes=probes):
            yield Sighting(
                place=mark.place,
                value=_quoted(mark.reason),
                entry=trace.entry,
                severity=severity,
            )


def _nearest(directory: str, suites: Mapping[str, Trace]) -> Trace | None:
    """The suite of a directory, else one below it (marks are often defined beside the suites)."""
    if directory in suites:
        return suites[directory]
    below = (suite for path, suite in sorted(suites.items()) if path.startswith(f"{directory}/"))
    return next(below, None)


def _spaced(names: Sequence[str]) -> str:
    return " ".join(name.replace("_", " ") for name in names)


def _quoted(reason: str) -> str:
    return f'"{reason}"' if reason else ""


RULE: Final = Rule(
    name="skip-instead-of-fail",
    code="SW1101",
    requirement="R11",
    severity=Severity.ERROR,
    summary="Tests are skipped when their infrastructure cannot be reached.",
    why=(
        "A skipped test is green. When the database is down for a month, nobody learns that "
        "nothing was tested; a failure says so the same day."
    ),
    remedy="Fail instead (`pytest.fail`, `t.Fatal`, `Fail`): what is missing, how to start it.",
    check=check,
    examples=(
        Example(
            title="pytest: a fixture that looks and skips",
            files={
                "tests/integration/conftest.py": """\
import urllib.request

import pytest


def is_available():
    try:
        with urllib.request.urlopen("http://localhost:18094/health", timeout=1) as response:
            return response.status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def datastorage():
    if not is_available():
        pytest.skip("DataStorage is not running") ◄
""",
                "tests/integration/test_it.py": """\
def test_it(datastorage):
    assert True
""",
            },
        ),
        Example(
            title="pytest: a mark on the module's tests",
            files={
                "tests/integration/test_cache.py": """\
import shutil

import pytest


@pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed") ◄
def test_cache():
    assert True
""",
            },
        ),
        Example(
            title="Go: t.Skip after a failed ping",
            files={
                "test/integration/cache/cache_test.go": """\
package cache

import (
	"net"
	"testing"
	"time"
)

func TestHits(t *testing.T) {
	conn, err := net.DialTimeout("tcp", "localhost:16379", time.Second)
	if err != nil {
		t.Skip("Redis not available") ◄
	}
	conn.Close()
}
""",
            },
        ),
        Example(
            title="Go: Ginkgo's Skip",
            files={
                "test/integration/gateway/suite_test.go": """\
package gateway

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
)

var _ = BeforeSuite(func() {
	if _, err := http.Get("http://localhost:18091/health"); err != nil {
		Skip("DataStorage is not available") ◄
	}
})

var _ = It("answers", func() {})
""",
            },
        ),
        Example(
            title="Fine: it fails; other skips have other reasons",
            files={
                "tests/integration/conftest.py": """\
import os
import subprocess
import sys

import pytest


def ready():
    return subprocess.run(["podman", "exec", "pg", "pg_isready"], check=False).returncode == 0


@pytest.fixture(scope="session")
def postgres():
    if not ready():
        pytest.fail("PostgreSQL is not running: start it with `make up`")


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on this platform")
def test_signals(postgres):
    assert True


def test_model(postgres):
    if not os.environ.get("LLM_API_KEY"):
        pytest.skip("no API key")
""",
            },
        ),
    ),
)
