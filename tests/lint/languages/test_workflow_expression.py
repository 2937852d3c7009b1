"""The expressions of GitHub Actions."""

from __future__ import annotations

import pytest

from lint.languages.workflow_expression import expression
from lint.program import Choice, Expr, Flag, Glue, Lit, Name, Nothing, Opaque
from lint.program import Test as Asked
from tests.lint.languages.shell_code import NOWHERE, lit, name


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (" matrix.engine ", name("matrix.engine")),
        ("env.TAG", name("TAG")),
        ("github.event.inputs.tag", name("inputs.tag")),
        ("matrix['engine']", name("matrix.engine")),
        ("steps.x-y.outputs.tag", name("steps.x-y.outputs.tag")),
        ("'it''s'", lit("it's")),
        ("1.5", Lit("1.5", NOWHERE, True)),
        ("true", Flag(True)),
        ("null", Nothing()),
        ("!x", Asked("not", (name("x"),))),
        ("a != 'b'", Asked("!=", (name("a"), lit("b")))),
        ("a || b || 'c'", Choice((name("a"), name("b"), lit("c")))),
        ("a && b", Asked("and", (name("a"), name("b")))),
        ("a && b || c", Choice((name("b"), name("c")), name("a"))),
        (
            "a && b && c || d",
            Choice((name("c"), name("d")), Asked("and", (name("a"), name("b")))),
        ),
        ("(a == b) || c != d", Asked("or", (
            Asked("==", (name("a"), name("b"))), Asked("!=", (name("c"), name("d")))))),
        ("hashFiles('x', y)", Opaque((lit("x"), name("y")), "hashFiles")),
        ("format('{0}:{1}!', a, 'b')",
         Glue((name("a"), lit(":"), lit("b"), lit("!")), NOWHERE)),
        ("fromJSON(a)[0].b", Opaque((Opaque((Opaque((name("a"),), "fromJSON"),
                                             Lit("0", NOWHERE, True))), name("b")))),
        ("a.*.b", name("a.*.b")),
    ],
)  # fmt: skip
def test_each_form_is_read(source: str, expected: Expr) -> None:
    assert expression(source, NOWHERE) == expected


@pytest.mark.parametrize("source", ["", "a b", "(", "f(", "a ||", "'x", "{{", "f(a b)", "a["])
def test_what_cannot_be_read_is_not_modelled(source: str) -> None:
    assert isinstance(expression(source, NOWHERE), Opaque)


@pytest.mark.parametrize("sign", ["(", "!", "f(", "a["])
def test_hostile_nesting_is_survived(sign: str) -> None:
    assert isinstance(expression(sign * 5_000, NOWHERE), Opaque)


def test_names_are_kept_of_what_is_read_in_part() -> None:
    assert expression("a ? b", NOWHERE) == Opaque((Name("a"),), "a ? b")
