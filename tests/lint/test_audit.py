from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lint import baseline as baselines
from lint.audit import Audit, AuditRequest, audit
from lint.errors import GitError, LintConfigError, NothingToScanError, UsageError
from lint.model import Finding, Place, Tier
from lint.settings import Exemption, LintConfig
from tests.lint.repositories import Checkout, checkout
from tests.lint.verdicts import verdicts

_GATEWAY_UP = """\
package infrastructure

import "os/exec"

// StartGateway brings the stack of the gateway up.
func StartGateway() error {
	return exec.Command("podman-compose", "-f", "test/integration/gateway/stack.yml", "up").Run()
}
"""
_LEDGER_UP = """\
package infrastructure

import "os/exec"

// StartLedger starts a database.
func StartLedger() error {
	return exec.Command("podman", "run", "-d", "--name", "pg", "postgres:16-alpine").Run()
}

// StopLedger removes it.
func StopLedger() { _ = exec.Command("podman", "rm", "-f", "pg").Run() }
"""


def _suite(name: str, body: str) -> str:
    return f"""\
package {name.lower()}

import "example.org/platform/test/infrastructure"

func Test{name}(t *testing.T) {{ RunSpecs(t, "{name}") }}

var _ = BeforeSuite(func() {{
	Expect(infrastructure.Start{name}()).To(Succeed())
}})
{body}"""


_FILES: Mapping[str, str] = {
    "go.mod": "module example.org/platform\n",
    "Makefile": "test-gateway:\n\tgo test ./test/integration/gateway/...\n",
    "pkg/gateway/server.go": "package gateway\n\n// Serve answers.\nfunc Serve() {}\n",
    "test/infrastructure/gateway.go": _GATEWAY_UP,
    "test/infrastructure/ledger.go": _LEDGER_UP,
    "test/integration/gateway/suite_test.go": _suite("Gateway", ""),
    "test/integration/gateway/stack.yml": "services:\n  db:\n    image: postgres:16-alpine\n",
    "test/integration/ledger/suite_test.go": _suite(
        "Ledger", "\nvar _ = AfterSuite(func() { infrastructure.StopLedger() })\n"
    ),
}
_COMPOSE = "test/infrastructure/gateway.go"


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    return checkout(tmp_path / "platform", _FILES)


def _request(made: Checkout, **more: object) -> AuditRequest:
    plain = AuditRequest(
        root=made.root,
        config=LintConfig(),
        today=date(2026, 1, 15),
        cache_directory=made.root.parent / "cache",
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # a test knows what it asks for


def _compose(result: Audit) -> list[Finding]:
    return [one for one in result.report.findings if one.rule == "compose-invocation"]


def test_a_violation_is_found_where_it_is_decided_with_all_that_is_known_of_it(
    made: Checkout,
) -> None:
    (found,) = _compose(audit(_request(made)))
    assert found.place.path == _COMPOSE
    assert found.services == ("gateway",)
    assert (found.tier, found.reachable) == (Tier.INTEGRATION, True)
    assert found.requirement == "R2"


def test_the_report_tells_guidance_services_and_coverage(made: Checkout) -> None:
    result = audit(_request(made))
    report = result.report
    assert (report.guidance_id, report.guidance_version) == ("DD-INTEGRATION-001", "2.0")
    assert [one.name for one in report.services] == ["gateway", "ledger"]
    assert report.services[0].requirements["R2"].status == "fail"
    assert (report.coverage.scanned, report.coverage.matched) == (7, 6)
    assert report.notes == ()
    assert result.project.paths >= _FILES.keys()


def test_the_cache_and_the_sieve_change_nothing(made: Checkout) -> None:
    cold = audit(_request(made)).report
    assert audit(_request(made)).report == cold
    assert audit(_request(made, use_cache=False)).report == cold
    whole = audit(_request(made, everything=True)).report
    assert whole.findings == cold.findings
    assert verdicts(whole) == verdicts(cold)


def test_a_warm_run_parses_only_what_changed(
    made: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit(_request(made))
    made.put({_COMPOSE: _GATEWAY_UP.replace("podman-compose", "docker-compose")})
    asked: list[str] = []

    def extract(language: str, data: bytes) -> object:
        asked.append(language)
        return original(language, data)

    from lint import extraction

    original = extraction.extract
    monkeypatch.setattr(extraction, "extract", extract)
    (found,) = _compose(audit(_request(made)))
    assert "docker-compose" in found.message
    assert asked == ["go"]


def test_a_damaged_cache_is_told_and_rebuilt(made: Checkout) -> None:
    cold = audit(_request(made)).report
    (file,) = (made.root.parent / "cache").rglob("*.msgpack")
    file.write_bytes(b"nonsense")
    again = audit(_request(made)).report
    assert "damaged" in again.notes[0]
    assert replace(again, notes=()) == cold


def test_paths_limit_what_is_reported_and_not_what_is_known(made: Checkout) -> None:
    whole = audit(_request(made)).report
    inside = audit(_request(made, paths=(made.root / "test/infrastructure/gateway.go",))).report
    outside = audit(_request(made, paths=(Path("test/integration/ledger"),))).report
    assert {one.place.path for one in inside.findings} == {_COMPOSE}
    assert _COMPOSE not in {one.place.path for one in outside.findings}
    assert inside.services == outside.services == whole.services


def test_paths_without_any_file_to_read_are_an_error_of_their_own(made: Checkout) -> None:
    made.put({"assets/a.txt": "x\n"})
    for paths in ((Path("assets"),), (made.root.parent,), (Path("missing"),)):
        with pytest.raises(NothingToScanError) as caught:
            audit(_request(made, paths=paths))
        assert caught.value.exit_code == 3


def test_an_empty_repository_holds_nothing_to_scan(tmp_path: Path) -> None:
    with pytest.raises(NothingToScanError):
        audit(_request(checkout(tmp_path / "empty", {"LICENSE": "free\n"})))


def test_a_comment_suppresses_and_one_that_hides_nothing_is_found(made: Checkout) -> None:
    call = '\treturn exec.Command("podman-compose"'
    mark = "\t// stackwright: ignore[compose-invocation] moved in May -- owner=ann\n"
    made.put({_COMPOSE: _GATEWAY_UP.replace(call, mark + call)})
    (hidden,) = _compose(audit(_request(made)))
    assert hidden.suppressed
    assert hidden.suppressed.owner == "ann"
    made.put({"test/infrastructure/ledger.go": _LEDGER_UP.replace("// StopLedger", mark.strip())})
    rules = [one.rule for one in audit(_request(made)).report.findings]
    assert "unused-suppression" in rules


def test_an_exemption_shows_as_exempt_until_its_day(made: Checkout) -> None:
    exemption = Exemption(
        owner="ann",
        reason="being migrated",
        until=date(2026, 2, 1),
        requirement="R2",
        service="gateway",
        at=Place("stackwright.toml", 3),
    )
    config = LintConfig(exemptions=(exemption,))
    result = audit(_request(made, config=config))
    (hidden,) = _compose(result)
    assert hidden.suppressed
    assert hidden.suppressed.by == "exemption"
    assert result.report.services[0].requirements["R2"].status == "exempt"
    assert "unused-suppression" not in {one.rule for one in result.report.findings}
    late = audit(_request(made, config=config, today=date(2026, 2, 2))).report
    assert {"expired-exemption", "compose-invocation"} <= {one.rule for one in late.findings}


def test_a_baseline_hides_what_it_knows_and_tells_what_is_mended(made: Checkout) -> None:
    known = baselines.create(audit(_request(made)).report.findings)
    file = made.root / "known.txt"
    file.write_text(known.written())
    report = audit(_request(made, baseline=file)).report
    assert report.findings
    assert all(one.suppressed and one.suppressed.by == "baseline" for one in report.findings)
    made.put({_COMPOSE: _LEDGER_UP.replace("Ledger", "Gateway")})
    later = audit(_request(made, baseline=Path("known.txt"))).report
    stale = [one for one in later.findings if "mended" in one.message]
    assert {(one.rule, one.place.path) for one in stale} == {("unused-suppression", "known.txt")}
    assert any(one.suppressed is None for one in later.findings)


def test_lines_that_move_are_no_new_findings(made: Checkout) -> None:
    known = baselines.create(audit(_request(made)).report.findings)
    moved = "// Package infrastructure starts things.\n\n\n" + _GATEWAY_UP.replace(
        'Command("podman-compose", ', 'Command(\n\t\t"podman-compose",\n\t\t'
    )
    made.put({_COMPOSE: moved})
    now = audit(_request(made)).report.findings
    assert baselines.diff(known, now) == baselines.Difference(new=(), stale=())


def test_since_tells_only_what_a_commit_did_not_have(made: Checkout) -> None:
    assert audit(_request(made, since="HEAD")).report.findings == ()
    made.commit({"scripts/up.sh": "docker compose up -d\n"})
    made.put({"Makefile": "up:\n\tbash scripts/up.sh\n\tgo test ./test/integration/ledger/...\n"})
    found = _compose(audit(_request(made, since="HEAD~1")))
    assert {one.place.path for one in found} == {"scripts/up.sh"}
    assert _compose(audit(_request(made, since="HEAD~1", use_cache=False))) == found


def test_since_needs_git_and_a_commit(made: Checkout, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="knows no commit"):
        audit(_request(made, since="nowhere"))
    plain = Checkout(tmp_path / "plain")
    plain.put(_FILES)
    with pytest.raises(GitError, match="no git repository"):
        audit(_request(plain, since="HEAD"))


def test_an_older_guidance_asks_for_other_things(made: Checkout) -> None:
    older = audit(_request(made, as_of=date(2025, 12, 17)))
    assert older.report.guidance_version != "2.0"
    assert _compose(older) == []


def test_rules_can_be_chosen(made: Checkout) -> None:
    report = audit(_request(made, config=LintConfig(select=("R2",)))).report
    assert {one.requirement for one in report.findings} == {"R2"}
    with pytest.raises(UsageError):
        audit(_request(made, config=LintConfig(ignore=("no-such-rule",))))


def test_a_missing_guidance_or_baseline_is_an_error_of_configuration(made: Checkout) -> None:
    with pytest.raises(LintConfigError):
        audit(_request(made, guidance="DD-NOTHING"))
    with pytest.raises(LintConfigError, match="baseline"):
        audit(_request(made, baseline=Path("missing.txt")))


def test_what_others_own_and_backups_are_told_as_skipped(made: Checkout) -> None:
    made.commit(
        {
            "vendor/x/up.sh": "docker compose up\n",
            "Makefile.bak": "up:\n\tdocker compose up\n",
            "docs/a.sh": b"docker compose up\0\n",
        }
    )
    report = audit(_request(made)).report
    assert {one.path: one.why for one in report.coverage.skipped} == {
        "vendor/x/up.sh": "vendored (vendor/)",
        "Makefile.bak": "backup",
        "docs/a.sh": "binary",
    }
    assert {one.place.path for one in _compose(audit(_request(made)))} == {_COMPOSE}
