"""`lint rule`: the page of a rule, or of all."""

from __future__ import annotations

from datetime import date

from lint.errors import UsageError
from lint.nearest import suggestion
from lint.operations.outcome import outcome
from lint.operations.workplace import rules
from lint.outputs.rule_page import by_code, rule_index, rule_page
from lint.rules.rule import Rule


def rule(*, name: str | None = None, everything: bool = False) -> int:
    """Print the page of the rule of this name or code, or the list and all pages."""

    def command() -> int:
        from lint.guidance.catalogue import load

        requirements = load().current(date.max).requirements
        known = sorted(rules().values(), key=by_code)
        if everything:
            if name:
                raise UsageError("--all and a name are two different wishes", fix="leave one out")
            print(rule_index(known, requirements), end="")
            for each in known:
                print("\n" + rule_page(each, requirements), end="")
        else:
            print(rule_page(_named(name, known), requirements), end="")
        return 0

    return outcome(command)


def _named(name: str | None, known: list[Rule]) -> Rule:
    if not name:
        raise UsageError("no rule was named", fix="write its name, or --all for all of them")
    for each in known:
        if name.casefold() in (each.name, each.code.casefold()):
            return each
    names = [each.name for each in known]
    raise UsageError(f"there is no rule `{name}`", fix=suggestion(name, names))
