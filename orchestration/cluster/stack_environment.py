"""The variables and arguments of a component in its pod; what is secret stands in a Secret."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.literal import literal
from orchestration.cluster.stack_objects import DATA_LIMIT, Body, StackObjects
from orchestration.errors import ConfigError
from orchestration.model import Secret, Text, names_a_secret, reveal
from orchestration.redact import spelled_secrets
from orchestration.references import Peer, expand

_VARIABLE: Final = re.compile(r"[-_a-zA-Z][-._a-zA-Z0-9]{0,252}")
_ARGUMENT: Final = "STACKWRIGHT_ARG_"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEnvironment:
    """`env` and `args` of a container, and the Secret that they refer to, if any."""

    env: tuple[Body, ...]
    args: tuple[str, ...]
    secret: Body | None = field(repr=False)


def environment_of(
    objects: StackObjects,
    peers: Mapping[str, Peer],
    probe_env: Mapping[str, Secret],
    tells: Callable[[str], bool],
) -> StackEnvironment:
    """The component's `env` and `command`, references filled in as its peers in the cluster are
    reached.

    `probe_env`: what its probes need besides; a variable of its own wins. `tells`: whether a text
    gives a secret of the stack away. Raises ConfigError, never with a value.
    """
    component = objects.component
    values: dict[str, Text] = {}
    for name, value in {**probe_env, **component.env}.items():
        if not _VARIABLE.fullmatch(name):
            raise ConfigError(
                f"component {component.name} has a variable `{name}`",
                why="Kubernetes takes names of up to 253 letters, digits, `-`, `_` and `.`, which "
                "do not begin with a digit or dot",
                fix="give it another name",
            )
        taken = value if name not in component.env else expand(value, component.name, peers)
        plain = isinstance(taken, str) and not (names_a_secret(name) or tells(taken))
        values[name] = taken if plain else Secret(reveal(taken))
    args = tuple(_arguments(objects, peers, tells, values))
    hidden = {name: value.value for name, value in values.items() if isinstance(value, Secret)}
    secret_name = f"{component.name}-env"
    return StackEnvironment(
        env=tuple(_variable(name, value, secret_name) for name, value in values.items()),
        args=args,
        secret=_secret(objects, secret_name, hidden) if hidden else None,
    )


def _variable(name: str, value: Text, secret_name: str) -> Body:
    if isinstance(value, Secret):
        return {
            "name": name,
            "valueFrom": {"secretKeyRef": {"name": secret_name, "key": name}},
        }
    return {"name": name, "value": literal(value)}


def _arguments(
    objects: StackObjects,
    peers: Mapping[str, Peer],
    tells: Callable[[str], bool],
    values: dict[str, Text],
) -> Iterator[str]:
    """The words of the command. A secret among them goes into `values`, for the kubelet to fill in:
    all who list pods can read an argument."""
    name = objects.component.name
    words = [expand(word, name, peers) for word in objects.component.command]
    spelled = tuple(spelled_secrets(reveal(word) for word in words))
    for index, word in enumerate(words):
        plain = reveal(word)
        secret = isinstance(word, Secret) or any(each in plain for each in spelled if each)
        if secret or tells(plain):
            values[f"{_ARGUMENT}{index}"] = Secret(plain)
            yield f"$({_ARGUMENT}{index})"
        else:
            yield literal(plain)


def _secret(objects: StackObjects, name: str, hidden: Mapping[str, str]) -> Body:
    data = {key: value.encode() for key, value in hidden.items()}
    size = sum(len(value) for value in data.values())
    if size > DATA_LIMIT:
        raise ConfigError(
            f"the secret variables of component {objects.component.name} are "
            f"{size / DATA_LIMIT:.1f} MiB",
            why="a Secret of Kubernetes holds 1 MiB",
            fix="mount what is large as a file",
        )
    encoded = {key: b64encode(value).decode() for key, value in data.items()}
    return objects.make("v1", "Secret", name, {"type": "Opaque", "data": encoded})
