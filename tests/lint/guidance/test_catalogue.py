"""The timeline of the guidance, and how one version of it is chosen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lint.errors import LintConfigError
from lint.guidance.catalogue import load
from lint.guidance.guidance import Guidance

TODAY = date(2026, 2, 1)
MUSTS = {f"R{number}" for number in range(1, 12)}


def as_of(day: str) -> Guidance:
    return load().current(date.fromisoformat(day))


def levels(guidance: Guidance) -> dict[str, str]:
    return {one.id: one.level for one in guidance.requirements.values()}


@pytest.mark.parametrize(
    ("day", "spec"),
    [
        ("2025-12-16", "DD-INTEGRATION-001 1.0"),
        ("2025-12-20", "DD-INTEGRATION-001 1.0"),
        ("2025-12-21", "DD-TEST-002 1.0"),
        ("2025-12-23", "DD-TEST-002 1.2"),
        ("2025-12-25", "DD-TEST-002 1.2"),
        ("2025-12-26", "DD-INTEGRATION-001 2.0"),
        ("2025-12-27", "DD-INTEGRATION-001 2.0"),
        ("2030-01-01", "DD-INTEGRATION-001 2.0"),
    ],
)
def test_each_day_has_one_authority(day: str, spec: str) -> None:
    found = as_of(day)
    assert f"{found.id} {found.version}" == spec


def test_today_every_requirement_is_asked() -> None:
    told = levels(as_of("2026-02-01"))
    assert {one for one, level in told.items() if level.startswith("MUST")} == MUSTS
    assert [one for one, level in told.items() if level == "SHOULD"] == [
        "S1",
        "S2",
        "S3",
        "S4",
        "S5",
    ]
    assert list(told)[:11] == [f"R{number}" for number in range(1, 12)]


def test_a_requirement_is_found_by_its_rules() -> None:
    today = as_of("2026-02-01")
    decided = {
        "compose-invocation": "R2",
        "compose-file": "R2",
        "shell-container-script": "R3",
        "mutable-image-tag": "R4",
        "constant-local-tag": "R4",
        "registry-pull": "R5",
        "start-order": "R6",
        "start-without-wait": "R7",
        "fixed-sleep-wait": "R7",
        "port-collision": "R8",
        "unregistered-port": "R8",
        "duplicated-infrastructure": "R9",
        "missing-cleanup": "R10",
        "cleanup-without-effect": "R10",
        "skip-instead-of-fail": "R11",
        "orphan-compose-file": "S3",
        "stale-citation": "S5",
        "stale-comment": "S5",
        "contradicted-claim": "S5",
        "forbidden-advice": "S5",
    }
    for rule, requirement in decided.items():
        found = today.requirement_of(rule)
        assert found is not None
        assert found.id == requirement


def test_compose_was_allowed_before_it_was_forbidden() -> None:
    assert as_of("2025-12-17").requirement_of("compose-invocation") is None
    assert as_of("2025-12-21").requirement_of("compose-invocation") is not None


def test_scripts_were_fine_then_deprecated_then_forbidden() -> None:
    assert "R3" not in load().named("DD-TEST-002@1.1", TODAY).requirements
    assert levels(as_of("2025-12-23"))["R3"] == "SHOULD"
    assert levels(as_of("2025-12-26"))["R3"] == "MUST NOT"


def test_tags_were_free_until_they_had_to_be_unique() -> None:
    assert as_of("2025-12-25").requirement_of("constant-local-tag") is None
    assert "R4" not in load().named("DD-TEST-002@1.2", TODAY).requirements


def test_companions_add_what_the_authority_of_the_day_leaves_open() -> None:
    assert list(as_of("2025-12-17").requirements) == ["R5"]
    assert list(as_of("2025-12-18").requirements) == ["R5", "R10"]
    assert list(as_of("2025-12-21").requirements) == ["R2", "R5", "R6", "R7", "R10"]
    assert "R8" in as_of("2025-12-22").requirements


def test_before_the_first_guidance_there_is_none() -> None:
    with pytest.raises(LintConfigError, match=r"DD-INTEGRATION-001@1\.0, is of 2025-12-16"):
        as_of("2025-12-01")


def test_an_old_version_by_name_is_that_of_its_day() -> None:
    old = load().named("DD-INTEGRATION-001@1.0", TODAY)
    assert list(old.requirements) == ["R5"]
    assert not [one for one in old.documents if one.superseded_by]


def test_a_name_without_version_is_the_one_in_force() -> None:
    assert load().named("DD-INTEGRATION-001", TODAY).version == "2.0"
    assert load().named("DD-INTEGRATION-001", date(2025, 12, 20)).version == "1.0"
    assert load().named("dd-test-002@v1.0", TODAY).version == "1.0"


def test_two_documents_of_one_number_are_told_apart_by_version_or_id() -> None:
    images = load().named("DD-TEST-001@1.3", TODAY)
    assert images.id == "DD-TEST-001-unique-container-image-tags"
    assert load().named("DD-TEST-001@1.9", TODAY).id == "DD-TEST-001-port-allocation-strategy"
    with pytest.raises(LintConfigError, match="several") as raised:
        load().named("DD-TEST-001", TODAY)
    assert "DD-TEST-001-port-allocation-strategy@1.9" in str(raised.value)


@pytest.mark.parametrize(
    ("spec", "nearest"),
    [
        ("DD-INTEGRATION-01@2.0", "DD-INTEGRATION-001@2.0"),
        ("DD-INTEGRATION-001@3.0", "DD-INTEGRATION-001@2.0"),
        ("dd-tets-002@1.1", "DD-TEST-002@1.1"),
    ],
)
def test_a_wrong_name_is_told_the_nearest_first(spec: str, nearest: str) -> None:
    with pytest.raises(LintConfigError) as raised:
        load().named(spec, TODAY)
    assert raised.value.why.startswith(f"there are: {nearest},")
    assert raised.value.fix == f"Write `{nearest}`."


def test_documents_stand_as_they_stood_on_the_day() -> None:
    def of(day: str) -> dict[tuple[str, str], str]:
        found = as_of(day).documents
        return {(one.title[:11], one.version): one.superseded_by for one in found}

    assert of("2025-12-26")["integration", ""] == ""
    assert of("2025-12-27")["integration", ""] == "DD-INTEGRATION-001 2.0"
    assert of("2025-12-26")["local image", "1.0"] == "DD-INTEGRATION-001 2.0"
    assert ("local image", "2.0") not in of("2025-12-25")
    assert of("2025-12-27")["parallel ex", ""] == ""


OWN = """\
id = "TEAM-1"
title = "Our own"

[[version]]
version = "1"
in_force = 2026-01-01
extends = "DD-INTEGRATION-001@2.0"
drop = ["S4"]

[[version.requirement]]
id = "R4"
name = "unique-image-tags"
level = "SHOULD"
text = "Tags should differ."
rules = ["mutable-image-tag"]
"""


def own(tmp_path: Path, text: str, name: str = "guidance.toml") -> Path:
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_user_s_guidance_extends_a_built_in_one(tmp_path: Path) -> None:
    catalogue = load([own(tmp_path, OWN)])
    found = catalogue.current(TODAY)
    assert (found.id, found.version) == ("TEAM-1", "1")
    assert found.requirements["R4"].level == "SHOULD"
    assert found.requirement_of("constant-local-tag") is None
    assert catalogue.current(date(2025, 12, 31)).id == "DD-INTEGRATION-001"


def test_a_guidance_that_stands_alone_is_not_filled_up(tmp_path: Path) -> None:
    text = OWN.replace('extends = "DD-INTEGRATION-001@2.0"\ndrop = ["S4"]\n', "")
    filled = load([own(tmp_path, text)]).current(TODAY)
    assert "R2" in filled.requirements
    alone = load([own(tmp_path, f"alone = true\n{text}")]).current(TODAY)
    assert list(alone.requirements) == ["R4"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('id = "TEAM-1"', 'identity = "TEAM-1"', ":1: `identity` is wrong"),
        ('title = "Our own"', 'title = ""', ":2: `title` is wrong"),
        ('title = "Our own"', 'title = "x"\nrole = "boss"', ":3: `role` is wrong"),
        ("in_force = 2026-01-01", 'in_force = "soon"', ":6: `version[1].in_force` is wrong"),
        ("in_force = 2026-01-01", "", ":4: `version[1].in_force` is wrong"),
        ('drop = ["S4"]', "drop = 4", ":8: `version[1].drop` is wrong"),
        ('drop = ["S4"]', 'drop = ["S9"]', ":7: `TEAM-1@1` drops `S9`"),
        ("@2.0", "@9.0", ":7: `TEAM-1@1` extends `DD-INTEGRATION-001@9.0`"),
        ("DD-INTEGRATION-001@2.0", "TEAM-1@1", ":7: `TEAM-1@1` extends `TEAM-1@1`"),
        ('"SHOULD"', '"OUGHT"', ":13: `version[1].requirement[1].level` is wrong"),
        ('["mutable-image-tag"]', '["Tag"]', ":15: `version[1].requirement[1].rules` is wrong"),
        ("[[version.requirement]]", "[version.requirement]", "requirement` is wrong"),
        ('id = "TEAM-1"', "id = ", ":1: is not valid TOML"),
        ('["mutable-image-tag"]', '["mutable-tag"]', ":15: `version[1].requirement[1].rules`"),
        ('title = "Our own"', 'title = "x"\nsuperseded_by = "B"', ":3: `superseded_by` is wrong"),
        (
            'title = "Our own"',
            'title = "x"\nsuperseded_by = "B"\nsince = 2025-01-01',
            ":4: `since` is wrong",
        ),
        ("in_force = 2026-01-01", "in_force = 2026-13-01", ":6: is not valid TOML"),
        (
            "in_force = 2026-01-01",
            "in_force = 2026-01-01\nuntil = 2025-12-01",
            ":7: `version[1].until` is wrong",
        ),
        (
            "in_force = 2026-01-01",
            'in_force = 2026-01-01\nsuperseded_by = "TEAM-1 2"',
            ":7: `version[1].superseded_by` is wrong",
        ),
        ("[[version]]", "[[versions]]", "is wrong"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_key(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    file = own(tmp_path, OWN.replace(old, new, 1))
    with pytest.raises(LintConfigError) as raised:
        load([file], ["mutable-image-tag"])
    assert str(file) in raised.value.what
    assert told in raised.value.what
    assert raised.value.fix


OVER = """\
id = "{0}"
title = "{0}"
superseded_by = "{1}"
since = 2027-01-01

[[version]]
version = "1"
in_force = 2026-01-01
"""


@pytest.mark.parametrize(
    ("files", "circle"),
    [
        ([("A", "B 1"), ("B", "A 1")], "A → B 1 → A 1 → B 1"),
        ([("A", "B"), ("B", "C@v1"), ("C", "A")], "A → B → C 1 → A"),
        ([("A", "A 1")], "A → A 1 → A 1"),
    ],
)
def test_documents_that_supersede_each_other_are_told(
    tmp_path: Path, files: list[tuple[str, str]], circle: str
) -> None:
    paths = [own(tmp_path, OVER.format(*each), f"{each[0]}.toml") for each in files]
    with pytest.raises(LintConfigError) as raised:
        load(paths)
    expected = f"{paths[0]}:3: `superseded_by` leads in a circle: {circle}"
    assert raised.value.what == expected


def test_two_files_of_one_id_are_told(tmp_path: Path) -> None:
    paths = [own(tmp_path, OWN, "a.toml"), own(tmp_path, OWN, "b.toml")]
    with pytest.raises(LintConfigError, match=r"b\.toml has the id `TEAM-1`, as .*a\.toml has"):
        load(paths)


def test_a_file_that_is_missing_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(LintConfigError, match="cannot be read"):
        load([tmp_path / "nowhere.toml"])
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(LintConfigError, match="not UTF-8"):
        load([binary])


def test_the_example_of_the_documentation_is_valid(tmp_path: Path) -> None:
    page = Path(__file__).parents[3] / "docs" / "lint-guidance.md"
    example = page.read_text(encoding="utf-8").split("```toml\n")[2].partition("```")[0]
    found = load([own(tmp_path, example)]).named("TEAM-INFRA", date(2026, 4, 1))
    assert found.version == "2"
    assert "S4" not in found.requirements
