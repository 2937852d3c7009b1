"""Targets of a makefile as functions: recipe, prerequisites, what is phony, which is default."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from lint.languages.make_items import MakeAssignment, MakeItem, MakeRecipeLine, MakeRule, flat
from lint.languages.make_recipes import MakeRecipes
from lint.languages.make_references import outside, reference, references
from lint.program import Assign, Branches, Define, Function, Span, Stmt

_SPECIAL: Final = re.compile(r"\.[A-Z_]+")
_TARGET: Final = re.compile(r"\$[({]?@|\$[({]call")
_MOST_EXPANSIONS: Final = 200
_LONGEST: Final = 20_000


def functions(
    items: Sequence[MakeItem], recipes: MakeRecipes, own: Mapping[str, Sequence[Assign]]
) -> list[Define]:
    """Every target once, in the order in which the file names them first.

    `own` gives the assignments that a file makes for one target alone.
    """
    known = _known(items)
    rules: dict[str, list[MakeRule]] = {}
    phony: set[str] = set()
    for item in flat(items):
        if not isinstance(item, MakeRule):
            continue
        for name in _words(item.targets.text.rstrip("&"), known):
            if name == ".PHONY":
                phony.update(_words(item.needs, known))
            elif not _SPECIAL.fullmatch(name):
                rules.setdefault(name, []).append(item)
    default = _default(rules, known)
    found = []
    done: dict[int, tuple[Stmt, ...]] = {}
    for name, of_target in rules.items():
        labels: tuple[str, ...] = ("phony",) if name in phony else ()
        labels += ("default",) if name == default else ()
        given = own.get(name, ())
        found.append(Define(_function(name, of_target, known, recipes, given, labels, done)))
    return found


def _default(rules: Iterable[str], known: Mapping[str, str]) -> str:
    goal = known.get(".DEFAULT_GOAL", "").strip()
    if goal:
        return goal
    ordinary = (name for name in rules if "%" not in name and not name.startswith("."))
    return next(ordinary, "")


def _function(
    name: str,
    rules: Sequence[MakeRule],
    known: Mapping[str, str],
    recipes: MakeRecipes,
    own: Sequence[Assign],
    labels: tuple[str, ...],
    done: dict[int, tuple[Stmt, ...]],
) -> Function:
    needs = tuple(dict.fromkeys(word for rule in rules for word in _words(rule.needs, known)))
    needs = tuple(word for word in needs if word not in ("|", ".WAIT"))
    with_recipe = [rule for rule in rules if rule.recipe] or list(rules[:1])
    blocks = [_lowered(name, rule, known, recipes, done) for rule in with_recipe]
    body: tuple[Stmt, ...]
    if len(blocks) == 1:
        body = blocks[0]
    elif all(rule.double for rule in with_recipe):
        body = tuple(statement for block in blocks for statement in block)
    else:
        body = (Branches(None, tuple(blocks)),)
    at = _extent(with_recipe[0])
    return Function(name, (), (*own, *body), at, needs=needs, labels=labels)


def _lowered(
    name: str,
    rule: MakeRule,
    known: Mapping[str, str],
    recipes: MakeRecipes,
    done: dict[int, tuple[Stmt, ...]],
) -> tuple[Stmt, ...]:
    """A rule's recipe for one target; `done` holds those that do not ask for their target."""
    lines = (item.text.text for item in flat(rule.recipe) if isinstance(item, MakeRecipeLine))
    if any(_TARGET.search(line) for line in lines):
        return recipes.lower(rule.recipe, _automatic(name, rule, known))
    if id(rule) not in done:
        done[id(rule)] = recipes.lower(rule.recipe, _automatic(name, rule, known))
    return done[id(rule)]


def _extent(rule: MakeRule) -> Span:
    """From the first target to the end of the recipe."""
    begin = rule.targets.at
    end = begin
    for item in flat(rule.recipe):
        if isinstance(item, MakeRecipeLine):
            end = item.text.at
    return Span(begin.line, begin.column, end.end_line, end.end_column)


def _automatic(name: str, rule: MakeRule, known: Mapping[str, str]) -> dict[str, str]:
    """What `$@`, `$<` and `$^` stand for; nothing is known of a pattern's."""
    needs = _words(rule.needs.partition("|")[0], known)
    words = {"@": name, "<": needs[0] if needs else "", "^": " ".join(needs)}
    words |= {"+": words["^"], "?": words["^"]}
    return {sign: word for sign, word in words.items() if "%" not in word and "$" not in word}


# ---- variables that are plain texts


def _known(items: Iterable[MakeItem]) -> dict[str, str]:
    """The variables that are assigned once, for all targets, without operators that append."""
    texts: dict[str, str] = {}
    doubtful: set[str] = set()
    for item in flat(items):
        if isinstance(item, MakeAssignment) and not item.targets:
            if item.name in texts or item.operator in ("+=", "!=") or "\n" in item.value.text:
                doubtful.add(item.name)
            texts[item.name] = item.value.text
    return {name: text for name, text in texts.items() if name not in doubtful}


def _words(text: str, known: Mapping[str, str]) -> list[str]:
    """Words with known variables in place; a word that asks for others stays as written."""
    for _ in range(_MOST_EXPANSIONS):
        at = _first(text, known)
        found = reference(text, at) if at >= 0 else None
        if found is None or len(text) > _LONGEST:
            break
        text = text[: found.start] + known[found.text] + text[found.end :]
    return _split(text.replace("\\\n", " "))


def _first(text: str, known: Mapping[str, str]) -> int:
    """Where the first reference to a known variable stands, -1: nowhere."""
    return next((found.start for found in references(text) if found.text in known), -1)


def _split(text: str) -> list[str]:
    """At white space outside of references."""
    words: list[str] = []
    text = text.replace("\t", " ").replace("\n", " ").strip()
    while text:
        end = outside(text, " ")
        words.append(text if end < 0 else text[:end])
        text = "" if end < 0 else text[end:].lstrip()
    return words
