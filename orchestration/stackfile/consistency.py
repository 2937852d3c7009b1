"""What a configuration says against itself, as far as the file alone can tell."""

from __future__ import annotations

from collections.abc import Collection

from orchestration.nearest import suggest
from orchestration.stackfile.component_checks import (
    check_build,
    check_component,
    check_embedded,
)
from orchestration.stackfile.e2e_checks import check_platforms, check_service
from orchestration.stackfile.mistakes import Mistakes
from orchestration.stackfile.outline import bootstrap_of, outlines_of, skipped_parts
from orchestration.stackfile.positions import Key
from orchestration.stackfile.stack_checks import check_outlines, check_pins
from orchestration.stackfile.tables import Stackfile

_COMPONENT_DEPTH = len(("stacks", "STACK", "components", "COMPONENT"))


def check_consistency(stackfile: Stackfile, mistakes: Mistakes) -> None:
    """Note every contradiction.

    `mistakes` may hold some already, whose keys `stackfile` then lacks: what stands in their
    shadow is left alone.
    """
    broken = frozenset(each.key[:_COMPONENT_DEPTH] for each in mistakes.found)
    tables = {key[0] for key in broken if key}
    _check_default(stackfile, broken, mistakes)
    if "ports" not in tables:
        _check_kinds(stackfile, mistakes)
    check_platforms(stackfile, broken, mistakes)
    for name in stackfile.stacks:
        if _overshadowed(stackfile, name, broken):
            continue
        _check_stack(stackfile, name, broken, mistakes)
        if not tables & {"ports", "services"}:
            service = stackfile.stacks[name].service
            check_service(stackfile, service, ("stacks", name, "service"), mistakes)
            check_pins(stackfile, name, mistakes)


def _overshadowed(stackfile: Stackfile, name: str, broken: Collection[Key]) -> bool:
    """Whether mistakes outside of its components decide what the stack is made of."""
    return any(
        (key[:2] == ("stacks", name) and (len(key) < _COMPONENT_DEPTH or key[2] != "components"))
        or (key[:1] == ("bootstrap",) and stackfile.stacks[name].bootstrap)
        for key in broken
    )


def _check_default(stackfile: Stackfile, broken: Collection[Key], mistakes: Mistakes) -> None:
    default = stackfile.project.default
    if default is None or ("stacks",) in broken or ("stacks", default) in broken:
        return
    if default not in stackfile.stacks:
        mistakes.add(
            ("project", "default"),
            f"there is no stack `{default}`",
            fix=suggest(default, stackfile.stacks, nothing=f"declare it: [stacks.{default}]"),
        )


def _check_kinds(stackfile: Stackfile, mistakes: Mistakes) -> None:
    ranges = stackfile.ports.ranges
    for name, kind in stackfile.ports.kinds.items():
        if kind not in ranges:
            mistakes.add(
                ("ports", "kinds", name),
                f"there is no range for ports of kind `{kind}`",
                fix=suggest(kind, ranges, nothing=f'declare it: [ports.ranges] {kind} = "…"'),
            )


def _check_stack(
    stackfile: Stackfile, name: str, broken: Collection[Key], mistakes: Mistakes
) -> None:
    stack, key = stackfile.stacks[name], ("stacks", name)
    within = frozenset(each for each in broken if each[:3] == (*key, "components"))
    if stack.bootstrap is None and stack.datastorage is not None:
        mistakes.add(
            (*key, "datastorage"),
            "changes a bootstrap that this stack does not use",
            fix='add bootstrap = "datastorage", or remove the table',
        )
    if stack.bootstrap is None and not stack.components and not within:
        mistakes.add(
            key,
            "has nothing to bring up",
            fix=f'write bootstrap = "datastorage", or components: [stacks.{name}.components.NAME]',
        )
    if stack.bootstrap is not None:
        _check_bootstrap(stackfile, name, mistakes)
    for component, table in stack.components.items():
        component_key = (*key, "components", component)
        if component_key not in broken:
            check_component(table, component_key, mistakes)
    check_outlines(outlines_of(stackfile, name, within), mistakes)


def _check_bootstrap(stackfile: Stackfile, name: str, mistakes: Mistakes) -> None:
    bootstrap = bootstrap_of(stackfile, name)
    table = bootstrap.table
    if table.embedded is not None:
        check_embedded(table.embedded, bootstrap.key("embedded"), mistakes)
    if "datastorage" in skipped_parts(table):
        return
    if table.build is not None:
        check_build(table.build, bootstrap.key("build"), mistakes)
    if table.build is not None and table.datastorage_image is not None:
        mistakes.add(
            bootstrap.key("build"),
            "stands beside `datastorage_image`, and only one of them can be run",
            fix="keep `build` to make it from this project, `datastorage_image` to take it ready",
        )
    elif table.build is None and table.datastorage_image is None and table.embedded is None:
        mistakes.add(
            ("stacks", name, "bootstrap"),
            "does not know where DataStorage comes from",
            fix='under [bootstrap.datastorage] write build = { context = "…" } or '
            'datastorage_image = "…"; or skip = ["datastorage"]',
        )
