"""The whole command on real repositories: from files to findings, exit code and formats."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from lint.cli import main
from lint.config import LintTable, load_config
from lint.config_file import read_config
from lint.outputs import OUTPUTS
from lint.rules.table import RULES
from tests.lint.outputs.test_outputs import JSON, SARIF
from tests.lint.repositories import Checkout, checkout

ROOT: Final = Path(__file__).parents[2]
CONFTEST: Final = """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman-compose", "-f", "compose.yml", "up", "-d"], check=True)
    yield
    subprocess.run(["podman-compose", "-f", "compose.yml", "down"], check=True)
"""
PLACE: Final = "services/gateway/tests/integration/conftest.py"
FILES: Final = {
    PLACE: CONFTEST,
    "services/gateway/tests/integration/test_gateway.py": "def test_it(stack):\n    pass\n",
    "services/gateway/gateway.py": "ANSWER = 42\n",
    "README.md": "# Shop\n",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = checkout(tmp_path / "shop", FILES)
    monkeypatch.chdir(made.root)
    return made


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


def command(repository: Checkout, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "stackwright", "lint", *words],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        check=False,
        capture_output=True,
        text=True,
    )


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_a_warm_run_loads_no_parser(repository: Checkout) -> None:
    assert command(repository).returncode == 1
    warm = command(repository)
    assert warm.returncode == 1
    heavy = {"libcst", "tree_sitter", "pydantic", "markdown_it", "yaml", "invoke", "docker"}
    assert imported(warm) & heavy == set()


def test_letters_that_an_encoding_lacks_are_spelt_out(repository: Checkout) -> None:
    repository.put({PLACE.replace("gateway/", "gäteway/", 1): CONFTEST})
    done = command(repository, "--output-format", "concise", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "g\\xe4teway" in done.stdout


def test_a_reader_that_goes_away_ends_it_quietly(repository: Checkout) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "stackwright", "lint", "rule", "--all"],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


@pytest.mark.parametrize(
    ("words", "redirection", "code"),
    [
        ("rule SW201", ">/dev/full", 2),
        ("rule --all", ">/dev/full", 2),
        ("--output-format json", ">/dev/full", 2),
        ("--output-format concise", ">&-", 1),
        ("status", ">&-", 0),
    ],
)
def test_an_output_that_takes_nothing_is_no_bug(
    repository: Checkout, words: str, redirection: str, code: int
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m stackwright lint {words} {redirection}', sys.executable],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert ("the output cannot be written" in done.stderr) == (code == 2)
