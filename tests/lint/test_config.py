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
from lint.config_file import find_config, read_config
from lint.errors import LintConfigError
from lint.loose_tables import from_root, loose_config
from lint.model import Place, Severity, Tier
from lint.settings import Exemption, LintConfig

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
            '[lint]\nselect = ["compose-invokation"]\n',
            "stackwright.toml:2:11: lint.select[0]: there is no rule `compose-invokation`\n"
            "  fix: did you mean `compose-invocation`?",
        ),
        (
            '[lint]\nignore = ["SW9"]\n',
            "stackwright.toml:2:11: lint.ignore[0]: there is no rule `SW9`\n"
            "  fix: there is `compose-invocation`, `SW201`, `mutable-image-tag`, `SW401`",
        ),
        (
            '[lint]\nas-of = "yesterday"\n',
            "stackwright.toml:2:1: lint.as-of: must be a date: 2026-01-31, and is text",
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


def test_what_the_other_half_checks_is_read_loosely(tmp_path: Path) -> None:
    file = tmp_path / "stackwright.toml"
    file.write_text(
        'ports = { services = { a = { pg = 1, redis = true, x = "y" }, b = 3 } }\n'
        'services = { a = { paths = ["x", 3], language = 4 }, b = "c", d = {} }\n'
        "[stacks.whatever]\nwrong = 1\n"
    )
    config = loose_config(read_config(file), tmp_path).config
    assert [(each.name, each.language, each.paths) for each in config.services] == [
        ("a", "", ("x",)),
        ("d", "", ()),
    ]
    assert config.ports == {"a": {"pg": 1}, "b": {}}


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
)
def test_no_value_whatever_is_more_than_a_mistake(
    tmp_path_factory: pytest.TempPathFactory, value: object, key: str
) -> None:
    root = tmp_path_factory.mktemp("any")
    file = root / "stackwright.toml"
    file.write_text("", encoding="utf-8")
    read = read_config(file)
    with suppress(LintConfigError):
        load_config(replace(read, data={"lint": {key: value}}), root, RULES)


# ---- which file


def found(start: Path, stop: Path | None = None, explicit: Path | None = None) -> Path | None:
    return find_config(start, stop, explicit)


def test_the_nearest_file_above_is_found_but_none_above_the_repository(tmp_path: Path) -> None:
    (tmp_path / "stackwright.toml").write_text("")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert found(below) == tmp_path / "stackwright.toml"
    assert found(below, stop=tmp_path / "a") is None
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.stackwright.lint]\n")
    assert found(below, stop=tmp_path) == tmp_path / "a" / "pyproject.toml"


def test_a_pyproject_of_other_tools_is_not_meant(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("this is = not [TOML\n")
    assert found(tmp_path, stop=tmp_path) is None


def test_a_pyproject_may_point_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "s.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text('[tool.stackwright]\nconfig = "conf/s.toml"\n')
    assert found(tmp_path) == tmp_path / "conf" / "s.toml"
    assert found(tmp_path, explicit=Path("pyproject.toml")) == tmp_path / "conf" / "s.toml"


@pytest.mark.parametrize(
    ("files", "explicit", "expected"),
    [
        (
            {"stackwright.toml": "", "pyproject.toml": "[tool.stackwright.lint]\n"},
            None,
            "has two configurations",
        ),
        (
            {"pyproject.toml": '[tool.stackwright]\nconfig = "gone.toml"\n'},
            None,
            "pyproject.toml:2:1: tool.stackwright.config: there is no other file `gone.toml`",
        ),
        (
            {"pyproject.toml": '[tool.stackwright]\nconfig = ""\n'},
            None,
            "pyproject.toml:2:1: tool.stackwright.config: must be the path of a file",
        ),
        (
            {
                "s.toml": "",
                "pyproject.toml": '[tool.stackwright]\nconfig = "s.toml"\nlint = {}\n',
            },
            None,
            "pyproject.toml:3:1: tool.stackwright.lint: is not read",
        ),
        ({"pyproject.toml": "[tool]\nstackwright = 1\n"}, None, "tool.stackwright: must be"),
        ({"a/b.toml": ""}, "a", "a is a directory without a configuration"),
    ],
)
def test_the_message_when_no_file_can_be_told(
    files: dict[str, str],
    explicit: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(LintConfigError) as caught:
        found(tmp_path, explicit=Path(explicit) if explicit else None)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"a = '\xff'\n", ":1: is not UTF-8"), (b"a = 1\nb = " + b"[" * 5000, "is not valid TOML")],
)
def test_a_file_that_is_no_toml_is_told(content: bytes, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "stackwright.toml"
    file.write_bytes(content)
    with pytest.raises(LintConfigError) as caught:
        read_config(file)
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LintConfigError, match="there is no file"):
        read_config(tmp_path / "gone.toml")
