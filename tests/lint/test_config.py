"""The configuration: what it means, and each mistake as one message with file, line and key."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.config import load_config
from lint.config_file import read_config
from lint.errors import LintConfigError
from lint.loose_tables import PORTS_KEYS, SERVICE_KEYS, TABLES, from_root
from lint.model import Place, Severity, Tier
from lint.settings import Exemption, LintConfig
from orchestration.stackfile.tables import PortsTable, ServiceTable, Stackfile

RULES: Final = ("compose-invocation", "SW201", "mutable-image-tag", "SW401")
EXEMPTION: Final = (
    '[[lint.exemptions]]\nrule = "compose-invocation"\nowner = "a"\nreason = "b"\n'
    "until = 2027-06-30\n"
)


def configured(root: Path, text: str, name: str = "stackwright.toml") -> LintConfig:
    file = root / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return load_config(read_config(file), root, RULES)


def mistake(root: Path, text: str, name: str = "stackwright.toml") -> str:
    with pytest.raises(LintConfigError) as caught:
        configured(root, text, name)
    return str(caught.value)


def test_everything_that_can_be_written_is_read(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        """
[lint]
select = ["R2", "SW4"]
ignore = ["mutable-image-tag"]
fail-on = "warning"
exclude = ["legacy/**", "*.bak"]
guidance = "DD-INTEGRATION-001@2.0"
as-of = 2025-12-27
guidance-files = ["docs/ours.toml"]
baseline = "known.txt"

[lint.tiers]
"test/slow/**" = "e2e"
"test/**" = "integration"

[[lint.exemptions]]
requirement = "R2"
service = "gateway"
paths = ["test/**"]
owner = "team-gateway"
reason = "moves with v2"
until = "2027-06-30"

[services.gateway]
language = "go"
paths = ["services/gateway", "test/integration/gateway"]

[ports.services.gateway]
postgres = 15437
""",
    )
    assert config == LintConfig(
        file="stackwright.toml",
        select=("R2", "SW4"),
        ignore=("mutable-image-tag",),
        fail_on=Severity.WARNING,
        exclude=("legacy/**", "*.bak"),
        guidance="DD-INTEGRATION-001@2.0",
        as_of=date(2025, 12, 27),
        guidance_files=("docs/ours.toml",),
        baseline="known.txt",
        exemptions=(
            Exemption(
                requirement="R2",
                service="gateway",
                paths=("test/**",),
                owner="team-gateway",
                reason="moves with v2",
                until=date(2027, 6, 30),
                at=Place("stackwright.toml", 16, 3),
            ),
        ),
        tiers={"test/slow/**": Tier.E2E, "test/**": Tier.INTEGRATION},
        services=config.services,
        ports={"gateway": {"postgres": 15437}},
    )
    assert list(config.tiers) == ["test/slow/**", "test/**"]
    assert config.services[0].paths == ("services/gateway", "test/integration/gateway")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[lint]\nslect = ["R2"]\n',
            "stackwright.toml:2:1: lint.slect: there is no such key here\n"
            "  fix: did you mean `select`?",
        ),
        (
            '[lint]\nfail_on = "error"\n',
            "stackwright.toml:2:1: lint.fail_on: there is no such key here\n"
            "  fix: did you mean `fail-on`?",
        ),
        (
            '[lint]\nfail-on = "eror"\n',
            "stackwright.toml:2:1: lint.fail-on: there is no `eror` here\n"
            "  fix: did you mean `error`?",
        ),
        (
            '[lint]\nselect = "R2"\n',
            "stackwright.toml:2:1: lint.select: must be a list: [ … ], and is text",
        ),
        (
            "[lint]\nselect = [\n  3,\n]\n",
            "stackwright.toml:3:3: lint.select[0]: must be text in quotes, and is a whole number",
        ),
        (
            '[lint]\nselect = ["sw209"]\n',
            "stackwright.toml:2:11: lint.select[0]: there is no rule `sw209`\n"
            "  fix: did you mean `SW201`?",
        ),
        (
            '[lint]\nignore = ["SW9"]\n',
            "stackwright.toml:2:11: lint.ignore[0]: there is no rule `SW9`\n"
            "  fix: there is `compose-invocation`, `SW201`, `mutable-image-tag`, `SW401`",
        ),
        (
            '[lint]\nas-of = "yesterday"\n',
            "stackwright.toml:2:1: lint.as-of: there is no day `yesterday`\n"
            "  fix: write it like 2026-01-31",
        ),
        (
            "[lint]\nas-of = 2025-12-27T10:00:00\n",
            "stackwright.toml:2:1: lint.as-of: must be a date: 2026-01-31, and is a date or time",
        ),
        (
            'lint = "all"\n',
            "stackwright.toml:1:1: lint: must be a table\n  fix: write [lint]",
        ),
        (
            '[lint]\nexclude = ["../other/**"]\n',
            "stackwright.toml:2:12: lint.exclude[0]: `../other/**` is outside of the repository\n"
            "  fix: write a path inside of it, relative to the configuration",
        ),
        (
            '[lint]\nbaseline = "/etc/../../x"\n',
            "stackwright.toml:2:1: lint.baseline: `/etc/../../x` is outside of the repository\n"
            "  fix: write a path inside of it, relative to the configuration",
        ),
        (
            '[lint.tiers]\n"test/**" = "integrated"\n',
            'stackwright.toml:2:1: lint.tiers."test/**": there is no `integrated` here\n'
            "  fix: did you mean `integration`?",
        ),
        (
            EXEMPTION.replace('owner = "a"\n', ""),
            "stackwright.toml:1:3: lint.exemptions[0].owner: is missing\n"
            '  fix: write who answers for it: owner = "team-gateway"',
        ),
        (
            EXEMPTION.replace('reason = "b"\n', 'reason = "  "\n'),
            "stackwright.toml:4:1: lint.exemptions[0].reason: must not be empty",
        ),
        (
            EXEMPTION.replace('rule = "compose-invocation"\n', ""),
            "stackwright.toml:1:3: lint.exemptions[0]: names no rule\n"
            '  fix: write either rule = "compose-invocation" or requirement = "R2"',
        ),
        (
            EXEMPTION + 'requirement = "R2"\n',
            "stackwright.toml:1:3: lint.exemptions[0]: names both a rule and a requirement\n"
            '  fix: write either rule = "compose-invocation" or requirement = "R2"',
        ),
        (
            EXEMPTION + "ruel = 1\n",
            "stackwright.toml:6:1: lint.exemptions[0].ruel: there is no such key here\n"
            "  fix: did you mean `rule`?",
        ),
        (
            EXEMPTION + EXEMPTION.replace("compose-invocation", "compose"),
            "stackwright.toml:7:1: lint.exemptions[1].rule: there is no rule `compose`\n"
            "  fix: did you mean `compose-invocation`?",
        ),
        (
            "[lint\n",
            "stackwright.toml:1:6: is not valid TOML: Expected ']' at the end of a table "
            "declaration\n  fix: texts stand in quotes, tables in [brackets]",
        ),
    ],
)
def test_the_message_of_a_mistake(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mistake(tmp_path, text) == expected


def test_all_mistakes_are_told_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[lint]\nslect = []\nfail-on = 3\n[[lint.exemptions]]\nrule = "x"\n'
    told = mistake(tmp_path, text).splitlines()
    assert told[0] == "stackwright.toml has 5 mistakes:"
    assert [line.split(": ")[0].strip() for line in told[1:]] == [
        "stackwright.toml:2:1",
        "stackwright.toml:3:1",
        "stackwright.toml:4:3",
        "stackwright.toml:4:3",
        "stackwright.toml:4:3",
    ]


def test_keys_in_a_pyproject_are_told_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[project]\nname = "x"\n[tool.stackwright.lint]\nselct = []\n'
    assert mistake(tmp_path, text, "pyproject.toml").startswith(
        "pyproject.toml:4:1: tool.stackwright.lint.selct: there is no such key here"
    )


def test_an_exemption_stands_where_its_table_opens_in_a_pyproject_too(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n' + EXEMPTION.replace("[[lint", "[[tool.stackwright.lint") * 2
    config = configured(tmp_path, text, "pyproject.toml")
    assert [each.at.line for each in config.exemptions] == [3, 8]


def test_paths_are_relative_to_the_file_and_told_from_the_root(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        '[lint]\nexclude = ["legacy/**", "*.bak", "../shared/old"]\nbaseline = "known.txt"\n'
        '[lint.tiers]\n"test/**" = "e2e"\n[services.a]\npaths = ["src", "../../lib"]\n',
        "apps/shop/stackwright.toml",
    )
    assert config.file == "apps/shop/stackwright.toml"
    assert config.exclude == ("apps/shop/legacy/**", "apps/shop/**/*.bak", "apps/shared/old")
    assert config.baseline == "apps/shop/known.txt"
    assert config.tiers == {"apps/shop/test/**": Tier.E2E}
    assert config.services[0].paths == ("apps/shop/src", "lib")


def test_a_glob_at_the_root_stays_as_it_is() -> None:
    assert from_root("*.bak", "") == "*.bak"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[Lint]\n", "1:2: Lint: there is no such table\n  fix: did you mean `lint`?"),
        (
            '[service.a]\npaths = ["x"]\n',
            "1:2: service: there is no such table\n  fix: did you mean `services`?",
        ),
        ("services = 3\n", "1:1: services: must be a table\n  fix: write [services]"),
        ("[services]\na = 3\n", "2:1: services.a: must be a table\n  fix: write [services.a]"),
        (
            "[services.a]\npaths = 3\n",
            '2:1: services.a.paths: must be a list of paths\n  fix: write paths = ["services/a"]',
        ),
        (
            '[services.a]\npaths = "x"\n',
            '2:1: services.a.paths: must be a list of paths\n  fix: write paths = ["x"]',
        ),
        (
            '[services.a]\npaths = ["x", 3]\n',
            '2:15: services.a.paths[1]: must be a path in quotes\n  fix: write "services/a"',
        ),
        (
            '[services.a]\npaths = ["../x"]\n',
            "2:10: services.a.paths[0]: `../x` is outside of the repository\n"
            "  fix: write a path inside of it, relative to the configuration",
        ),
        (
            "[services.a]\nlanguage = 4\n",
            '2:1: services.a.language: must be text in quotes\n  fix: write language = "go"',
        ),
        (
            '[services.a]\npahts = ["x"]\n',
            "2:1: services.a.pahts: there is no such key here\n  fix: did you mean `paths`?",
        ),
        ("ports = 3\n", "1:1: ports: must be a table\n  fix: write [ports]"),
        (
            "[ports]\nservice = 3\n",
            "2:1: ports.service: there is no such key here\n  fix: did you mean `services`?",
        ),
        (
            "[ports]\nservices = 3\n",
            "2:1: ports.services: must be a table\n  fix: write [ports.services]",
        ),
        (
            "[ports.services]\na = 3\n",
            "2:1: ports.services.a: must be a table\n  fix: write [ports.services.a]",
        ),
        (
            "[ports.services.a]\npg = 99999\n",
            "2:1: ports.services.a.pg: must be the number of a port\n"
            "  fix: write it like pg = 15437",
        ),
        (
            "[ports.services.a]\npg = true\n",
            "2:1: ports.services.a.pg: must be the number of a port\n"
            "  fix: write it like pg = 15437",
        ),
    ],
)
def test_what_is_read_of_the_shared_tables_is_checked(
    text: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mistake(tmp_path, text) == f"stackwright.toml:{expected}"


def test_what_only_stacks_are_made_of_is_not_checked(tmp_path: Path) -> None:
    text = "[stacks.whatever]\nwrong = 1\n[engine]\nuse = 3\n[ports]\nranges = 3\nkinds = 3\n"
    assert configured(tmp_path, text).services == ()


def test_both_halves_know_the_same_tables_and_keys() -> None:
    assert set(Stackfile.model_fields) == set(TABLES)
    assert set(ServiceTable.model_fields) == set(SERVICE_KEYS)
    assert set(PortsTable.model_fields) == set(PORTS_KEYS)


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.one_of(st.booleans(), st.integers(), st.text(max_size=5), st.floats(allow_nan=False)),
        lambda below: st.one_of(
            st.lists(below, max_size=3), st.dictionaries(st.text(max_size=8), below, max_size=3)
        ),
        max_leaves=8,
    ),
    st.sampled_from(["select", "fail-on", "exemptions", "tiers", "as-of", "baseline", "zzz"]),
    st.sampled_from(["services", "ports", "zzz"]),
)
def test_no_value_whatever_is_more_than_a_mistake(
    tmp_path_factory: pytest.TempPathFactory, value: object, key: str, table: str
) -> None:
    root = tmp_path_factory.mktemp("any")
    file = root / "stackwright.toml"
    file.write_text("", encoding="utf-8")
    read = read_config(file)
    with suppress(LintConfigError):
        load_config(replace(read, data={"lint": {key: value}}), root, RULES)
    for shared in (value, {"a": value}, {"a": {"paths": value}}, {"services": {"a": value}}):
        with suppress(LintConfigError):
            load_config(replace(read, data={table: shared}), root, RULES)


# ---- which file
