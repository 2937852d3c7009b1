"""What bringing a stack up would do, step by step."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from orchestration.columns import columns
from orchestration.model import Embedded, Mount, Pacing, PortRequest, Secret, Text, names_a_secret
from orchestration.ports import Gate
from orchestration.printable import one_line
from orchestration.redact import SHOWN, Redactor, spelled_secrets
from orchestration.stack import Build, Component, Stack

_Row = tuple[str, str]


def render_plan(
    stack: Stack, engine_name: str, *, image_ids: Mapping[str, str | None] | None = None
) -> str:
    """The plan of `stack` on an engine as text that ends with a newline; secrets are `***`.

    `image_ids`: what the engine says of the stack's image references, None for one that is not
    there. Without it only the references are told.
    """
    embedded = engine_name == "embedded"
    hide = Redactor(_secrets(stack))
    builds = {
        each.name: each.source
        for each in stack.components
        if isinstance(each.source, Build) and not embedded
    }
    steps: list[tuple[str, list[str]]] = [
        ("sweep: remove what provably dead runs left behind", []),
    ]
    if embedded:
        steps.append(("no network and no images: components are processes of this machine", []))
    else:
        steps.append(("network: one of its own, removed with the run", []))
    if builds:
        made = [(name, *_build(name, build, stack)) for name, build in builds.items()]
        title = "builds: all at once from now on, each awaited where it is needed"
        steps.append((title, columns(made, indent="     ")))
    for component in stack.components:
        rows = list(_component(component, stack, embedded, image_ids, hide))
        steps.append((_title(component), columns(rows, indent="     ")))
    lines = [
        f"plan for stack {stack.name} (service {stack.service}) on {engine_name}, "
        f"at most {stack.deadline:g} s"
    ]
    for number, (title, details) in enumerate(steps, start=1):
        lines += [f"{number:2}. {title}", *details]
    return "\n".join([*lines, ""])


def _title(component: Component) -> str:
    if component.one_shot:
        return f"{component.name}: must exit with 0 within {component.timeout:g} s"
    return component.name


def _build(name: str, build: Build, stack: Stack) -> tuple[str, str]:
    where = f"{_relative(build.context, stack)} ({build.containerfile}"
    where += f", target {build.target})" if build.target else ")"
    return where, f"localhost/{name}:{stack.service}-<8 hex>"


def _component(
    component: Component,
    stack: Stack,
    embedded: bool,
    image_ids: Mapping[str, str | None] | None,
    hide: Callable[[str], str],
) -> Iterator[_Row]:
    command: tuple[str, ...] = component.command
    env = dict(component.env)
    if embedded:
        yield "process", _process(component.embedded, stack)
        if component.embedded is not None:
            command = component.embedded.command
            env |= component.embedded.env
    else:
        yield "image", _image(component, image_ids)
    if command:
        yield "command", hide(shlex.join(command))
    yield from _listed(
        "ports",
        (
            _port(each, embedded) + (": open to other machines" * (each in component.open_ports))
            for each in component.ports
        ),
    )
    yield from _listed("env", (f"{key}={_shown(key, env[key], hide)}" for key in sorted(env)))
    if not embedded:
        yield from _listed("mounts", (_mount(each, stack) for each in component.mounts))
    if component.gate is not None:
        yield "gate", hide(component.gate.describe())
        yield "", _pacing(component.gate)
    if component.after:
        yield "after", ", ".join(component.after)


def _listed(name: str, values: Iterator[str]) -> Iterator[_Row]:
    for at, value in enumerate(values):
        yield ("" if at else name), value


def _image(component: Component, image_ids: Mapping[str, str | None] | None) -> str:
    match component.source:
        case Build():
            return "the one built above, by its id"
        case str() as reference:
            if image_ids is None or reference not in image_ids:
                return reference
            return f"{reference}: {image_ids[reference] or 'not on this machine, will be pulled'}"
        case None:
            return "none: it can only run embedded"


def _process(embedded: Embedded | None, stack: Stack) -> str:
    if embedded is None:
        return "none: it can only run in a container"
    if embedded.kind != "command":
        return f"{embedded.kind}, the server stackwright brings"
    return f"in {_relative(embedded.cwd or stack.project, stack)}"


def _port(port: PortRequest, embedded: bool) -> str:
    host = f"{port.bind}:{port.host or '(chosen at start)'}"
    return f"{port.name} {host}" if embedded else f"{port.name} {host} -> {port.container}"


def _mount(mount: Mount, stack: Stack) -> str:
    mode = "read-only" if mount.read_only else "writable"
    return f"{_relative(mount.source, stack)} -> {mount.target} ({mode})"


def _pacing(gate: Gate) -> str:
    pacing: Pacing = gate.pacing
    text = f"at most {pacing.timeout:g} s, every {pacing.interval:g} s"
    if pacing.growth != 1 and pacing.longest > pacing.interval:
        text += f" growing by {pacing.growth:g} to {pacing.longest:g} s"
    return text + (f", {pacing.successes} times in a row" if pacing.successes > 1 else "")


def _relative(path: Path, stack: Stack) -> str:
    near = path.is_relative_to(stack.project)
    return one_line(str(path.relative_to(stack.project) if near else path))


def _shown(key: str, value: Text, hide: Callable[[str], str]) -> str:
    if isinstance(value, Secret) or names_a_secret(key):
        return SHOWN
    return hide(value) if value.isprintable() else hide(repr(value))


def _secrets(stack: Stack) -> Iterator[Text]:
    for component in stack.components:
        values = list(component.env.values())
        yield from spelled_secrets(component.command)
        if component.embedded is not None:
            values += component.embedded.env.values()
            yield from spelled_secrets(component.embedded.command)
        for value in values:
            yield from (value,) if isinstance(value, Secret) else spelled_secrets((value,))
