from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.run_contents import entries, read
from orchestration.cluster.run_contents import written as contents
from tests.cluster.platform_runs import role, written

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/%"), min_size=1, max_size=20)


@given(NAMES)
def test_every_name_is_read_as_it_was_written(name: str) -> None:
    here = replace(written("Secret", "a", namespace="here"), name=name)
    there = replace(role(), name=name)
    assert set(read(contents([here, there]))) == {here.ref, there.ref}
    assert set(read(" ".join(entries([here.ref, there.ref])))) == {here.ref, there.ref}


def test_objects_of_a_kind_and_place_share_one_entry() -> None:
    made = [written("Secret", each, namespace="here") for each in "ba"]
    assert contents([*made, role()]) == (
        "rbac.authorization.k8s.io/v1/ClusterRole@=reader v1/Secret@here=a,b"
    )


def test_a_job_that_the_server_removes_by_itself_is_not_remembered() -> None:
    ends = written("Job", "a", api_version="batch/v1", spec={"ttlSecondsAfterFinished": 0})
    assert contents([ends]) == ""


def test_the_kinds_with_the_most_names_give_way() -> None:
    many = [written("ConfigMap", f"settings-{number}", namespace="here") for number in range(99)]
    few = written("Secret", "a", namespace="here")
    assert contents([*many, few], most=100) == "v1/Secret@here=a"
    assert len(contents([*many, few])) > 1000


def test_nonsense_is_nothing() -> None:
    for text in ("", "=", "@=,", "a", "v1=a", "@here=a"):
        assert read(text) == ()
