"""Jobs run once for each row of their matrix, and for each job that calls their workflow."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lint.effects import Compose, RunsTests, Trace
from lint.linking import link
from lint.model import Tier
from tests.lint.linking.running import facts

OWNERS = {
    f"test/integration/{name}/suite_test.go": (name,) for name in ("gateway", "datastorage", "hapi")
}


def jobs(workflow: str, **others: str) -> list[Trace]:
    """The traces of a workflow's jobs, in a repository with three services."""
    files = {f".github/workflows/{name}.yml": dedent(text) for name, text in others.items()}
    files[".github/workflows/ci.yml"] = dedent(workflow)
    paths = frozenset((*files, *OWNERS))
    return [one for one in link(facts(files), paths, OWNERS) if one.entry.kind == "job"]


def matrix(told: str, *steps: str) -> str:
    """A workflow of one job with a matrix."""
    listed = "".join(f"\n              - {step}" for step in steps)
    return f"""
        on: push
        jobs:
          tests:
            runs-on: ubuntu-latest
            strategy:
              matrix: {told}
            steps:{listed}
        """


@pytest.mark.parametrize(
    "step",
    [
        "run: go test ./test/integration/${{ matrix.service }}/...",
        "{run: go test ./..., working-directory: 'test/integration/${{ matrix.service }}'}",
        "{env: {DIR: 'test/integration/${{ matrix.service }}'}, run: go test ./$DIR/...}",
        "run: make test SERVICE=${{ matrix.service }}",
    ],
)
@pytest.mark.parametrize(
    "told",
    [
        "{service: [gateway, datastorage], go: ['1.22', '1.23']}",
        "{include: [{service: gateway, port: 1}, {service: datastorage, port: 2}]}",
        "{service: [gateway], include: [{service: datastorage}]}",
        "{service: [gateway, hapi, datastorage], exclude: [{service: hapi}]}",
        """{service: "${{ fromJSON('[\\"gateway\\", \\"datastorage\\"]') }}"}""",
        """"${{ fromJson('{\\"service\\": [\\"gateway\\", \\"datastorage\\"]}') }}" """,
    ],
)
def test_a_job_counts_for_every_service_of_its_matrix(told: str, step: str) -> None:
    found = jobs(matrix(told, step, "run: docker compose up"))
    assert sorted(one.entry.services for one in found) == [("datastorage",), ("gateway",)]


def test_rows_that_differ_only_in_what_actions_are_handed_are_one() -> None:
    step = "{uses: actions/setup-go@v5, with: {go-version: '${{ matrix.go }}'}}"
    (found,) = jobs(matrix("{go: ['1.22', '1.23']}", step, "run: docker compose up"))
    assert [one for one in found.effects if isinstance(one, Compose)]


def test_what_stands_in_one_row_belongs_together() -> None:
    told = "{include: [{service: gateway, file: g.yml}, {service: hapi, file: h.yml}]}"
    found = jobs(
        matrix(
            told,
            "run: docker compose -f ${{ matrix.file }} up",
            "run: go test ./test/integration/${{ matrix.service }}",
        )
    )
    assert {
        (one.entry.services, effect.files[0].shown)
        for one in found
        for effect in one.effects
        if isinstance(effect, Compose)
    } == {(("gateway",), "g.yml"), (("hapi",), "h.yml")}


CALLED = """
    on:
      workflow_call:
        inputs:
          dir: {type: string, default: none}
          compose: {type: boolean}
    jobs:
      run:
        runs-on: ubuntu-latest
        steps:
          - {run: docker compose up, if: inputs.compose}
          - run: pytest ${{ inputs.dir }}
    """


def test_a_called_workflow_runs_with_what_each_job_hands_over() -> None:
    found = jobs(
        """
        on: push
        jobs:
          one:
            uses: ./.github/workflows/called.yml
            with: {dir: test/integration/gateway}
          two:
            strategy: {matrix: {service: [hapi, datastorage]}}
            uses: ./.github/workflows/called.yml
            with: {dir: 'test/integration/${{ matrix.service }}', compose: true}
          end-to-end:
            uses: ./.github/workflows/called.yml
            with: {dir: test/all, compose: true}
        """,
        called=CALLED,
    )
    assert [
        (
            one.entry.name,
            one.entry.services,
            one.entry.tier,
            any(isinstance(effect, Compose) for effect in one.effects),
            [
                path
                for effect in one.effects
                if isinstance(effect, RunsTests)
                for path in effect.paths
            ],
        )
        for one in found
    ] == [
        ("run", ("gateway",), Tier.INTEGRATION, False, ["test/integration/gateway"]),
        ("run", ("hapi",), Tier.INTEGRATION, True, ["test/integration/hapi"]),
        ("run", ("datastorage",), Tier.INTEGRATION, True, ["test/integration/datastorage"]),
        ("run", (), Tier.E2E, True, ["test/all"]),
    ]


def test_a_workflow_that_nobody_calls_or_that_calls_itself_runs_with_its_defaults() -> None:
    other = "on: push\njobs: {x: {runs-on: a, steps: [{run: date}]}}"
    (alone,) = [one for one in jobs(other, called=CALLED) if one.entry.name == "run"]
    assert [one.runner for one in alone.effects if isinstance(one, RunsTests)] == ["pytest"]
    assert not [one for one in alone.effects if isinstance(one, Compose)]
    itself = "on: push\njobs: {x: {uses: ./.github/workflows/ci.yml}}"
    assert jobs(itself) == []
