"""The arithmetic of verdicts, over every combination of what the requirements may be."""

from __future__ import annotations

from itertools import combinations

import pytest

from lint.compliance import verdict
from lint.model import Judgement, Status, Verdict

PASS, FAIL, NONE, UNKNOWN, EXEMPT = (
    *(Status.PASS, Status.FAIL, Status.NOT_APPLICABLE),
    *(Status.UNKNOWN, Status.EXEMPT),
)


def judged(statuses: tuple[Status, ...], *, programmatic: bool) -> Verdict:
    musts = {f"R{at}": Judgement(status=one) for at, one in enumerate(statuses)}
    return verdict(musts, programmatic=programmatic)


@pytest.mark.parametrize(
    ("statuses", "in_code", "otherwise"),
    [
        ((), Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE),
        ((NONE,), Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE),
        ((PASS,), Verdict.COMPLIANT, Verdict.COMPLIANT),
        ((PASS, NONE), Verdict.COMPLIANT, Verdict.COMPLIANT),
        ((FAIL,), Verdict.PARTIAL, Verdict.VIOLATION),
        ((PASS, FAIL), Verdict.PARTIAL, Verdict.VIOLATION),
        ((FAIL, UNKNOWN), Verdict.PARTIAL, Verdict.VIOLATION),
        ((FAIL, EXEMPT), Verdict.PARTIAL, Verdict.VIOLATION),
        ((FAIL, NONE), Verdict.PARTIAL, Verdict.VIOLATION),
        ((UNKNOWN,), Verdict.UNKNOWN, Verdict.UNKNOWN),
        ((PASS, UNKNOWN), Verdict.UNKNOWN, Verdict.UNKNOWN),
        ((UNKNOWN, NONE), Verdict.UNKNOWN, Verdict.UNKNOWN),
        ((UNKNOWN, EXEMPT), Verdict.UNKNOWN, Verdict.UNKNOWN),
        ((EXEMPT,), Verdict.PARTIAL, Verdict.VIOLATION),
        ((PASS, EXEMPT), Verdict.PARTIAL, Verdict.VIOLATION),
        ((EXEMPT, NONE), Verdict.PARTIAL, Verdict.VIOLATION),
        ((PASS, FAIL, UNKNOWN, EXEMPT, NONE), Verdict.PARTIAL, Verdict.VIOLATION),
        ((PASS, UNKNOWN, EXEMPT, NONE), Verdict.UNKNOWN, Verdict.UNKNOWN),
    ],
)
def test_the_verdict_of_a_combination(
    statuses: tuple[Status, ...], in_code: Verdict, otherwise: Verdict
) -> None:
    assert judged(statuses, programmatic=True) is in_code
    assert judged(statuses, programmatic=False) is otherwise


@pytest.mark.parametrize("programmatic", [True, False])
def test_nothing_is_compliant_but_what_holds_throughout(programmatic: bool) -> None:
    for size in range(len(Status) + 1):
        for statuses in combinations(Status, size):
            found = judged(statuses, programmatic=programmatic)
            assert found is judged(statuses[::-1], programmatic=programmatic)
            compliant = PASS in statuses and {*statuses} <= {PASS, NONE}
            assert (found is Verdict.COMPLIANT) is compliant
            assert (found is Verdict.NOT_APPLICABLE) is ({*statuses} <= {NONE})
            if FAIL in statuses:
                assert found is (Verdict.PARTIAL if programmatic else Verdict.VIOLATION)
