"""What can be wrong among the components of one stack: names, references, order, host ports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, get_args

from orchestration.datastorage import Part
from orchestration.errors import ConfigError
from orchestration.nearest import suggest
from orchestration.references import SELF, Reference, split
from orchestration.stackfile.mistakes import Mistakes
from orchestration.stackfile.ordering import find_cycle
from orchestration.stackfile.outline import Outline, Said, waits_of
from orchestration.stackfile.positions import Key, write_key
from orchestration.stackfile.tables import Stackfile

EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - recognised here, bound by nobody
SKIPPABLE: Final = get_args(Part)


def check_outlines(outlines: Sequence[Outline], mistakes: Mistakes) -> None:
    """Note what is wrong among `outlines`."""
    _check_names(outlines, mistakes)
    by_name = {each.name: each for each in outlines}
    for outline in outlines:
        _check_after(outline, by_name, mistakes)
        for said in outline.texts:
            _check_text(said, outline, by_name, mistakes)
    _check_cycle(outlines, mistakes)


def check_pins(stackfile: Stackfile, name: str, mistakes: Mistakes) -> None:
    """Note names of host ports that are not registered, and host ports that are pinned twice."""
    stack = stackfile.stacks[name]
    service = stack.service or name
    registered = stackfile.ports.services.get(service, {})
    taken: dict[int, list[tuple[str, str]]] = {}
    for component, table in stack.components.items():
        for port_name, port in table.ports.items():
            key: Key = ("stacks", name, "components", component, "ports", port_name, "host")
            number = registered.get(port.host) if isinstance(port.host, str) else port.host
            if port.host is None:
                continue
            if number is None:
                mistakes.add(
                    key,
                    f"service `{service}` has no port `{port.host}` in the registry",
                    fix=suggest(
                        str(port.host),
                        registered,
                        nothing=f"add it to [ports.services.{service}], or write a number",
                    ),
                )
                continue
            others = taken.setdefault(number, [])
            for other, bind in others:
                if bind == port.bind or bind in EVERYWHERE or port.bind in EVERYWHERE:
                    mistakes.add(
                        key,
                        f"host port {number} is also that of {other}",
                        fix="give each its own, or leave `host` out and the engine chooses",
                    )
                    break
            others.append((f"{component}.{port_name}", port.bind))


def _check_names(outlines: Sequence[Outline], mistakes: Mistakes) -> None:
    taken = {"localhost": "this machine"}
    for outline in outlines:
        if outline.name in taken:
            table = write_key((*outline.key[:2], "datastorage"))
            mistakes.add(
                outline.key,
                f"`{outline.name}` is the name of {taken[outline.name]} already",
                fix="choose another"
                + (
                    f', or leave out the bootstrap\'s: skip = ["{outline.name}"] in [{table}]'
                    if outline.name in SKIPPABLE
                    else ""
                ),
            )
        taken.setdefault(outline.name, f"component `{outline.name}`")
    for outline in outlines:
        for said in outline.aliases:
            owner = taken.setdefault(said.text.lower(), said.text)
            if owner is not said.text:
                mistakes.add(
                    said.key,
                    f"`{said.text}` is the name of {owner} already",
                    fix="each name means one component: choose another, or leave it out",
                )
            taken[said.text.lower()] = f"component `{outline.name}`"


def _check_after(outline: Outline, by_name: Mapping[str, Outline], mistakes: Mistakes) -> None:
    for said in outline.after:
        if said.text == outline.name:
            mistakes.add(said.key, "a component cannot start after itself", fix="remove it")
        elif said.text not in by_name:
            mistakes.add(
                said.key,
                f"this stack has no component `{said.text}`",
                fix=suggest(
                    said.text,
                    [name for name in by_name if name != outline.name],
                    nothing="remove it: there is no other component",
                ),
            )


def _check_text(
    said: Said, outline: Outline, by_name: Mapping[str, Outline], mistakes: Mistakes
) -> None:
    try:
        pieces = split(said.text)
    except ConfigError as error:
        mistakes.add(said.key, error.what, fix=error.fix)
        return
    for reference in pieces:
        if isinstance(reference, Reference):
            _check_reference(reference, said, outline, by_name, mistakes)


def _check_reference(
    reference: Reference,
    said: Said,
    outline: Outline,
    by_name: Mapping[str, Outline],
    mistakes: Mistakes,
) -> None:
    meant = outline if reference.name == SELF else by_name.get(reference.name)
    if meant is None:
        mistakes.add(
            said.key,
            f"`{reference}` refers to no component of this stack",
            fix=suggest(
                reference.name,
                [*by_name, SELF],
            )
            + " (for a literal `${` write `$${`)",
        )
        return
    if meant.one_shot and meant is not outline:
        mistakes.add(
            said.key,
            f"`{reference}` refers to a one-shot, which has ended by then",
            fix=f'to wait for it, write after = ["{meant.name}"]',
        )
    if reference.wanted == "dsn" and said in outline.commands:
        mistakes.add(
            said.key,
            f"`{reference}` may carry a password, and everybody on the machine can read commands",
            fix="put it into `env`, and let the command take it from there",
        )
    if reference.wanted != "host" and meant.whole:
        if not meant.ports:
            mistakes.add(
                said.key,
                f"`{reference}` needs a port, and `{meant.name}` has none",
                fix=f"declare it: ports.http = 8080 for `{meant.name}`",
            )
        elif reference.port is not None and reference.port not in meant.ports:
            mistakes.add(
                said.key,
                f"`{meant.name}` has no port `{reference.port}`",
                fix=suggest(reference.port, meant.ports),
            )


def _check_cycle(outlines: Sequence[Outline], mistakes: Mistakes) -> None:
    waits = waits_of(outlines)
    for name, mine in waits.items():
        mine.pop(name, None)
    cycle = find_cycle(waits)
    if cycle:
        places = [write_key(waits[waiting][wanted]) for waiting, wanted in pairwise(cycle)]
        mistakes.add(
            waits[cycle[0]][cycle[1]],
            f"components wait for each other: {' → '.join(cycle)}",
            why="each must be ready before the one that waits for it can start",
            fix=f"break the circle at {' or '.join(dict.fromkeys(places))}",
        )
