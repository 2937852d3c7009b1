"""duplicated-infrastructure, on real Go."""

from __future__ import annotations

from pathlib import Path

from lint.rules.duplicated_infrastructure import RULE
from tests.lint.rules.pipeline import audited
from tests.lint.rules.projects import reported

_SUITE = """\
package {service}

import (
	"testing"

	"example.com/shop/test/infrastructure"
)

func TestMain(m *testing.M) {{
	if err := infrastructure.{start}({given}); err != nil {{
		panic(err)
	}}
	m.Run()
}}

func TestIt(t *testing.T) {{}}
"""
_HELPER = """\
package infrastructure

import (
	"errors"
	"os/exec"
	"time"
)

func {name}({params}) error {{
	container := {value}
	start := exec.Command("podman", "run", "-d", "--name", container, "postgres:16-alpine")
	if err := start.Run(); err != nil {{
		return err
	}}
	for i := 0; i < 30; i++ {{
		if exec.Command("podman", "exec", container, "pg_isready").Run() == nil {{
			return nil
		}}
		time.Sleep(time.Second)
	}}
	return errors.New(container + " is not ready")
}}
"""
_MODULE = "module example.com/shop\n"


def _suite(service: str, start: str, given: str = "") -> dict[str, str]:
    path = f"test/integration/{service}/suite_test.go"
    return {path: _SUITE.format(service=service, start=start, given=given)}


def _helper(name: str, service: str) -> str:
    return _HELPER.format(name=name, params="", value=f'"{service}_pg"')


def test_copies_under_other_names_are_reported_in_both_services(tmp_path: Path) -> None:
    files = {
        "go.mod": _MODULE,
        **_suite("gateway", "StartGateway"),
        **_suite("notification", "BootNotification"),
        "test/infrastructure/gateway.go": _helper("StartGateway", "gateway"),
        "test/infrastructure/notification.go": _helper("BootNotification", "notification"),
    }
    hits = reported(RULE, audited(files, tmp_path).project)
    assert [(hit.place.path, hit.place.line) for hit in hits] == [
        ("test/infrastructure/gateway.go", 9),
        ("test/infrastructure/notification.go", 9),
    ]
    assert "`StartGateway` is a copy of `BootNotification`" in hits[0].message


def test_one_helper_for_all_is_what_is_asked_for(tmp_path: Path) -> None:
    shared = _HELPER.format(name="StartPostgres", params="container string", value="container")
    files = {
        "go.mod": _MODULE,
        **_suite("gateway", "StartPostgres", '"gateway_pg"'),
        **_suite("notification", "StartPostgres", '"notification_pg"'),
        "test/infrastructure/postgres.go": shared,
    }
    assert not reported(RULE, audited(files, tmp_path).project)


def test_a_database_started_past_the_shared_helper_is_reported(tmp_path: Path) -> None:
    shared = _HELPER.format(name="StartPostgres", params="container string", value="container")
    own = """\
package infrastructure

import "os/exec"

func StartCatalog() error {
	return exec.Command("podman", "run", "-d", "--name", "catalog", "postgres:15").Run()
}
"""
    files = {
        "go.mod": _MODULE,
        **_suite("gateway", "StartPostgres", '"gateway_pg"'),
        **_suite("notification", "StartPostgres", '"notification_pg"'),
        **_suite("catalog", "StartCatalog"),
        "test/infrastructure/postgres.go": shared,
        "test/infrastructure/catalog.go": own,
    }
    [hit] = reported(RULE, audited(files, tmp_path).project)
    assert (hit.place.path, hit.place.line) == ("test/infrastructure/catalog.go", 6)
    assert hit.message == (
        "PostgreSQL is started here instead of by `StartPostgres` "
        "for the integration suite of catalog"
    )
