"""The matrix of a workflow's job: its axes as choices, and all combinations of them."""

from __future__ import annotations

import pytest

from lint.program import Assign, Choice, Dict, Listing, Lit, Stmt
from tests.lint.languages.shell_code import lit, name
from tests.lint.languages.yaml_code import does


def job(body: str, *, before: str = "") -> str:
    """A workflow whose job `test` has these lines, written as if they began at column 1."""
    lines = "\n".join(f"    {line}" for line in body.strip("\n").splitlines())
    return f"on: push\n{before}jobs:\n  test:\n    runs-on: ubuntu-latest\n{lines}\n"


def test_a_matrix_is_a_choice_for_each_axis() -> None:
    body = does(
        job(
            """
            strategy:
              matrix:
                service: [gateway, datastorage]
                engine:
                  - {name: podman, args: -q}
                  - {name: docker}
                include:
                  - service: hapi
                    port: 18120
                  - service: gateway
                exclude:
                  - service: none
            steps: []
            """.replace("\n            ", "\n")
        ),
        "test",
    )
    combinations, *choices = body
    assert choices == [
        Assign(name("matrix.service"), Choice((lit("gateway"), lit("datastorage"), lit("hapi")))),
        Assign(name("matrix.engine.name"), Choice((lit("podman"), lit("docker")))),
        Assign(name("matrix.engine.args"), lit("-q")),
        Assign(name("matrix.port"), lit("18120")),
    ]
    assert rows(combinations) == [
        {"service": "gateway", "engine.name": "podman", "engine.args": "-q"},
        {"service": "gateway", "engine.name": "docker"},
        {"service": "datastorage", "engine.name": "podman", "engine.args": "-q"},
        {"service": "datastorage", "engine.name": "docker"},
        {"service": "hapi", "port": "18120"},
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("{a: [x, y], b: [1, 2]}", ["x1", "x2", "y1", "y2"]),
        ("{a: [x, y], b: [1, 2], exclude: [{a: x, b: 2}]}", ["x1", "y1", "y2"]),
        ("{a: [x, y], include: [{a: x, b: 1}, {b: 2}]}", ["x2", "y2"]),
        ("{a: [x, y], include: [{a: x, b: 1}, {a: z, b: 3}]}", ["x1", "y", "z3"]),
        ("{include: [{a: x}, {a: y, b: 1}]}", ["x", "y1"]),
        ("{a: \"${{ fromJSON('[1, 2]') }}\"}", ["1", "2"]),
        ("\"${{ fromJson('{b: [1], a: [x, y]}') }}\"", ["1x", "1y"]),
        ("{a: '${{ fromJSON(inputs.x) }}'}", []),
        ("{a: [x]}", []),
        (f"{{a: {list(range(65))}}}", []),
    ],
)
def test_the_combinations_of_a_matrix_are_those_that_github_makes(
    told: str, expected: list[str]
) -> None:
    body = does(job(f"strategy: {{matrix: {told}}}\nsteps: []"), "test")
    found = rows(body[0]) if body and expected else []
    assert ["".join(one.values()) for one in found] == expected
    assert expected or not any(one.target == name("matrix") for one in sets_in(body))


def rows(statement: object) -> list[dict[str, str]]:
    """The combinations by their names without `matrix.`."""
    assert isinstance(statement, Assign)
    assert statement.target == name("matrix")
    assert isinstance(statement.value, Listing)
    found: list[dict[str, str]] = []
    for item in statement.value.items:
        assert isinstance(item.value, Dict)
        found.append(
            {
                entry.key.text.removeprefix("matrix."): entry.value.text
                for entry in item.value.entries
                if isinstance(entry.key, Lit) and isinstance(entry.value, Lit)
            }
        )
    return found


def sets_in(body: tuple[Stmt, ...]) -> list[Assign]:
    """The assignments of a block."""
    return [one for one in body if isinstance(one, Assign)]
