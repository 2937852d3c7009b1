"""Which texts give a secret of a stack away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchestration.gates import HttpGate, PostgresGate, RedisGate
from orchestration.model import Secret, Text
from orchestration.redact import Redactor, spelled_secrets
from orchestration.stack import Component, Stack


def tells_of(stack: Stack) -> Callable[[str], bool]:
    """Whether a text holds a secret of any component, however it is written, or spells one out
    (`--password=…`, `scheme://user:…@host`, `?token=…`)."""
    redactor = Redactor({each for component in stack.components for each in _secrets(component)})

    def tells(text: str) -> bool:
        return redactor(text) != text or any(spelled_secrets((text,)))

    return tells


def _secrets(component: Component) -> Iterator[str]:
    texts: list[Text | None] = [*component.env.values()]
    match component.gate:
        case PostgresGate(password=password) | RedisGate(password=password):
            texts.append(password)
        case HttpGate(headers=headers):
            texts += headers.values()
        case _:
            pass
    for each in texts:
        if isinstance(each, Secret):
            yield from {each.value, each.value.replace("$${", "${")}
    yield from spelled_secrets(component.command)
