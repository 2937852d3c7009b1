"""The whole command on real repositories: from files to findings, exit code and formats."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Final

import pytest

from lint.cli import main
from lint.config import LintTable, load_config
from lint.config_file import read_config
from lint.operations.workplace import BASELINE
from lint.outputs import OUTPUTS
from lint.rules.table import RULES
from tests.lint.outputs.test_outputs import JSON, SARIF
from tests.lint.repositories import Checkout, checkout
from tests.lint.shop import CONFTEST, PLACE


def found(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    main([*words, "--output-format", "concise", "-q", "--select", "compose-invocation"])
    return [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()]


BOTH: Final = [f"{PLACE}:8:5:", f"{PLACE}:10:5:"]


def test_what_is_wrong_is_found_at_its_line(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 1
    told = capsys.readouterr()
    assert f"--> {PLACE}:8:5" in told.out
    assert "R2 no-compose (MUST NOT); gateway; integration tier" in told.out
    assert "4 files scanned" in told.err
    assert found(capsys) == BOTH


def test_every_format_can_say_it(repository: Checkout) -> None:
    words = [word for name in OUTPUTS for word in ("--output-format", f"{name}:{name}.out")]
    assert main(words) == 1
    document = json.loads((repository.root / "json.out").read_text())
    assert [error.message for error in JSON.iter_errors(document)] == []
    log = json.loads((repository.root / "sarif.out").read_text())
    assert [error.message for error in SARIF.iter_errors(log)] == []
    assert all((repository.root / f"{name}.out").read_text() for name in OUTPUTS)


def test_status_and_explain_tell_of_the_service(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", "--requirement", "R2"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[::2] == ["gateway", "FAIL"]
    assert main(["explain", "gateway", "R2"]) == 0
    assert f"{PLACE}:8" in capsys.readouterr().out


def test_paths_narrow_what_is_reported(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert found(capsys, "services/gateway/tests") == BOTH
    assert found(capsys, "README.md") == []
    assert main(["--exit-zero", "stackwright"]) == 2


def test_a_comment_with_a_reason_lets_a_line_pass(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = "  # stackwright: ignore[compose-invocation] moves with v2"
    repository.put({PLACE: CONFTEST.replace('"-d"], check=True)', '"-d"], check=True)' + mark)})
    assert found(capsys) == BOTH[1:]


def test_an_exemption_lets_a_requirement_pass(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    exemption = (
        '[[lint.exemptions]]\nrequirement = "R2"\nservice = "gateway"\nowner = "a"\n'
        'reason = "b"\nuntil = 2999-12-31\n'
    )
    repository.put({"stackwright.toml": exemption})
    assert found(capsys) == []
    assert found(capsys, "--show-suppressed") == BOTH


def test_a_baseline_lets_what_is_known_pass_and_nothing_else(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "create"]) == 0
    assert found(capsys) == []
    assert found(capsys, "--no-baseline") == BOTH
    moved = '# moved\n\n"""Docs."""\n' + CONFTEST
    other = PLACE.replace("gateway/", "worker/", 1)
    repository.put({PLACE: moved, other: CONFTEST})
    assert found(capsys) == [at.replace("gateway/", "worker/", 1) for at in BOTH]
    assert main(["baseline", "diff"]) == 1
    repository.put({PLACE: "", other: ""})
    assert main(["baseline", "prune"]) == 0
    assert main(["baseline", "diff"]) == 0


def test_since_reports_only_what_is_new(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    other = PLACE.replace("gateway/", "worker/", 1)
    repository.put({PLACE: "\n\n" + CONFTEST, other: CONFTEST})
    assert found(capsys, "--since", "HEAD") == [at.replace("gateway/", "worker/", 1) for at in BOTH]
    assert main(["--since", "gone"]) == 2


HOME: Final = "services/gateway/"
AWAY: Final = "services/edge/"


def rename(repository: Checkout) -> None:
    """All of the service's files lie elsewhere, one of them edited, and git does not know yet."""
    (repository.root / HOME).rename(repository.root / AWAY)
    test = repository.root / AWAY / "tests/integration/test_gateway.py"
    test.write_text(f"import os\n\n{test.read_text()}")


def test_since_is_not_misled_by_files_that_only_moved(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    rename(repository)
    assert found(capsys, "--since", "HEAD") == []
    file = repository.root / PLACE.replace(HOME, AWAY)
    file.write_text(
        file.read_text().replace("import subprocess\n", "import os\nimport subprocess\n")
    )
    assert found(capsys, "--since", "HEAD") == []
    file.write_text(file.read_text().replace('"down"]', '"stop"]'))
    assert found(capsys, "--since", "HEAD") == [f"{PLACE.replace(HOME, AWAY)}:11:5:"]
    repository.commit()
    assert found(capsys, "--since", "HEAD~1") == [f"{PLACE.replace(HOME, AWAY)}:11:5:"]


def test_a_baseline_survives_files_that_only_moved(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "create"]) == 0
    rename(repository)
    assert main([]) == 0
    assert main(["baseline", "diff"]) == 0
    assert "0 new, 0 mended" in capsys.readouterr().err
    before = (repository.root / BASELINE).read_text()
    assert main(["baseline", "prune"]) == 0
    after = (repository.root / BASELINE).read_text()
    assert HOME in before
    assert HOME not in after
    assert len(before.splitlines()) == len(after.splitlines())
    assert main(["baseline", "diff"]) == 0


def test_a_copy_of_what_is_known_is_new(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "create"]) == 0
    rename(repository)
    copy = PLACE.replace(HOME, "services/worker/")
    repository.put({copy: CONFTEST})
    assert [at.partition(":")[0] for at in found(capsys)] == [copy, copy]


def test_without_the_commit_or_git_since_says_what_to_do(
    repository: Checkout,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"a.md": "# A\n"})
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.root}", str(tmp_path / "s"))
    monkeypatch.chdir(tmp_path / "s")
    assert main(["--since", first]) == 2
    told = capsys.readouterr().err
    assert "is shallow" in told
    assert "git fetch --unshallow" in told
    monkeypatch.chdir(repository.root)
    assert main(["--since", "mian"]) == 2
    assert "git knows no commit `mian`" in capsys.readouterr().err
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--since", "HEAD"]) == 2
    assert "there is no `git`" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    plain = tmp_path / "plain"
    plain.mkdir()
    (plain / "a.md").write_text("# A\n")
    monkeypatch.chdir(plain)
    assert main(["--since", "HEAD"]) == 2
    assert "is no git repository" in capsys.readouterr().err


def test_a_worktree_of_its_own_is_a_repository_like_any_other(
    repository: Checkout,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
    monkeypatch.chdir(tmp_path / "tree")
    assert found(capsys) == BOTH
    assert found(capsys, "--since", "HEAD") == []


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (
            '[lint]\nguidance = "DD-INTEGRATON-001@2.0"\n',
            "stackwright.toml:2:1: lint.guidance: `DD-INTEGRATON-001@2.0` names no guidance",
        ),
        (
            "[lint]\nas-of = 2001-01-01\n",
            "stackwright.toml:2:1: lint.as-of: No guidance was in force on 2001-01-01",
        ),
        (
            '[lint]\nbaseline = "gone.txt"\n',
            "stackwright.toml:2:1: lint.baseline: there is no baseline gone.txt\n  fix: write one",
        ),
        (
            '[lint]\nbaseline = "services"\n',
            "stackwright.toml:2:1: lint.baseline: the baseline services cannot be read: Is a dir",
        ),
        (
            '[lint]\nguidance-files = ["README.md", "gone.toml"]\n',
            "README.md:1: `id` is wrong",
        ),
        (
            '[lint]\nguidance-files = ["gone.toml"]\n',
            "stackwright.toml:2:19: lint.guidance-files[0]: The guidance file gone.toml cannot",
        ),
        (
            '[lint]\nselect = ["R2", "compose-invokation"]\n',
            "stackwright.toml:2:17: lint.select[1]: there is no rule, code or requirement "
            "`compose-invokation`\n  fix: did you mean `compose-invocation`?",
        ),
        (
            '[lint]\nignore = ["no-compse"]\n',
            "stackwright.toml:2:11: lint.ignore[0]: there is no rule, code or requirement "
            "`no-compse`\n  fix: did you mean `no-compose`?",
        ),
        (
            '[[lint.exemptions]]\nrequirement = "R22"\nowner = "a"\nreason = "b"\n'
            "until = 2099-01-01\n",
            "stackwright.toml:1: an exemption of the requirement `R22`",
        ),
        (
            '[[lint.exemptions]]\nrequirement = "R2"\nservice = "gatway"\nowner = "a"\n'
            'reason = "b"\nuntil = 2099-01-01\n',
            "stackwright.toml:1: an exemption for the service `gatway`\n  why: there is no such "
            "service in this repository\n  fix: did you mean `gateway`?",
        ),
        ("[Lint]\n", "stackwright.toml:1:2: Lint: there is no such table"),
    ],
)
def test_a_wrong_value_of_the_configuration_is_told_at_its_line(
    repository: Checkout, capsys: pytest.CaptureFixture[str], config: str, told: str
) -> None:
    repository.put({"stackwright.toml": config})
    assert main([]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"stackwright lint: {told}")
    assert "  fix: " in shown.err


def test_what_the_command_line_asks_for_is_not_blamed_on_the_configuration(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.put({"stackwright.toml": '[lint]\nbaseline = "gone.txt"\nas-of = 2026-01-01\n'})
    for words in (["--baseline", "no.txt"], ["--no-baseline", "--guidance", "DD-0"]):
        assert main(words) == 2
        assert "stackwright.toml" not in capsys.readouterr().err


def test_a_requirement_is_selected_in_the_configuration_by_its_name(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.put({"stackwright.toml": '[lint]\nselect = ["no-compose"]\n'})
    assert main(["--output-format", "concise"]) == 1
    assert {line.split(" ")[1] for line in capsys.readouterr().out.splitlines()} == {"SW201"}


def test_a_service_s_path_that_means_nothing_is_noted(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.put({"stackwright.toml": '[services.shop]\npaths = ["services", "sevrices"]\n'})
    assert main([]) == 1
    told = capsys.readouterr().err
    assert "note: [services.shop]: `sevrices` is no file, directory or glob of any here" in told
    assert "`services`" not in told


def test_init_writes_once_and_never_over(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init"]) == 0
    told = capsys.readouterr()
    assert "service gateway" in told.out
    assert "wrote stackwright.toml" in told.err
    written = (repository.root / "stackwright.toml").read_text()
    assert main(["init"]) == 0
    assert "nothing was written" in capsys.readouterr().err
    assert (repository.root / "stackwright.toml").read_text() == written


@pytest.mark.parametrize(
    ("name", "before", "header"),
    [
        ("stackwright.toml", '[services.gateway]\nlanguage = "python"', "[lint]"),
        ("pyproject.toml", "[tool.stackwright.services.a]\n", "[tool.stackwright.lint]"),
    ],
)
def test_init_adds_its_table_to_the_configuration_that_is_there(
    name: str, before: str, header: str, repository: Checkout
) -> None:
    repository.put({name: before})
    assert main(["init"]) == 0
    written = (repository.root / name).read_text()
    assert written.startswith(before + "\n" if not before.endswith("\n") else before)
    assert f"\n{header}\n" in written


def test_what_init_writes_is_every_key_and_each_of_them_right(repository: Checkout) -> None:
    main(["init"])
    file = repository.root / "stackwright.toml"
    uncommented = re.sub(r'^# (?=[a-z-]+ = |"|\[)', "", file.read_text(), flags=re.MULTILINE)
    file.write_text(uncommented)
    config = load_config(read_config(file), repository.root, [*(r.name for r in RULES), "SW4"])
    assert config.exemptions
    assert config.tiers
    written = tomllib.loads(uncommented)["lint"]
    assert set(written) == {field.alias for field in LintTable.model_fields.values()}


def test_an_empty_repository_has_nothing_to_scan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(checkout(tmp_path / "empty", {"a.bin": b"\0"}).root)
    assert main([]) == 3
    assert "no file that the linter reads" in capsys.readouterr().err
    assert main(["init"]) == 0


def test_names_that_no_terminal_should_see_are_spelt_out(
    repository: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.put({"a\x1b[2J\nb.md": "# x\n", "t\udcff.py": "x = 1\n"})
    main(["-v"])
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    (told.out + told.err).encode("utf-8")
