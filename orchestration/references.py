"""`${component.port}` and its like in env values and commands: how one component finds another.

`${NAME.host}`, `${NAME.port}`, `${NAME.port.PORT}`, `${NAME.url}`, `${NAME.dsn}`, as peers reach
NAME; `self` is the component that holds the text; `$${` is a literal `${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

from orchestration.errors import ConfigError
from orchestration.model import PortBinding, Secret, Text, reveal
from orchestration.nearest import suggest
from orchestration.ports import Gate

SELF: Final = "self"
Wanted = Literal["host", "port", "url", "dsn"]
WANTED: Final[tuple[Wanted, ...]] = get_args(Wanted)

_HELD: Final = re.compile(r"\$\$\{|\$\{([^}]*)(\}?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One `${…}`. `name` may be `self`; `port` is the named port of `${NAME.port.PORT}`."""

    name: str
    wanted: Wanted
    port: str | None = None

    def __str__(self) -> str:
        tail = f".{self.port}" if self.port is not None else ""
        return f"${{{self.name}.{self.wanted}{tail}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A component as its peers reach it. `ports`: those whose `inside` is known."""

    host: str
    ports: tuple[PortBinding, ...]
    gate: Gate | None


def split(text: Text) -> tuple[str | Reference, ...]:
    """The literal pieces and the references of `text`, in order.

    Raises ConfigError for a `${…}` that is not a reference. It never shows a Secret's own text.
    """
    plain = reveal(text)
    pieces: list[str | Reference] = []
    end = 0
    for held in _HELD.finditer(plain):
        if held.start() > end:
            pieces.append(plain[end : held.start()])
        if held[0] == "$${":
            pieces.append("${")
        else:
            pieces.append(_parse(held[1], closed=bool(held[2]), shown=isinstance(text, str)))
        end = held.end()
    if end < len(plain):
        pieces.append(plain[end:])
    return tuple(pieces)


def names_in(text: Text) -> tuple[str, ...]:
    """The components `text` refers to, each once, in order, `self` left out.

    Raises ConfigError as `split` does.
    """
    found = [each.name for each in split(text) if isinstance(each, Reference)]
    return tuple(name for name in dict.fromkeys(found) if name != SELF)


def escape(text: str) -> str:
    """`text` so that `expand` gives it back unchanged, whatever it holds."""
    return text.replace("${", "$${")


def expand(text: Text, self_name: str, peers: Mapping[str, Peer]) -> Text:
    """`text` with its references filled in; a Secret if it was one or any part of it is.

    Raises ConfigError for a component or port that `peers` does not have.
    """
    secret = isinstance(text, Secret)
    filled: list[str] = []
    for piece in split(text):
        if isinstance(piece, Reference):
            value = _resolve(piece, self_name, peers)
            secret = secret or isinstance(value, Secret)
            filled.append(reveal(value))
        else:
            filled.append(piece)
    whole = "".join(filled)
    return Secret(whole) if secret else whole


def _parse(inner: str, *, closed: bool, shown: bool) -> Reference:
    written = f"`${{{inner}{'}' if closed else ''}`" if shown else "a `${…}` in it"
    literal = "for a literal `${` write `$${`"
    if not closed:
        raise ConfigError(f"{written} is not closed with `}}`", fix=literal)
    match inner.split("."):
        case [name, "host" | "url" | "dsn" | "port" as wanted] if name:
            return Reference(name=name, wanted=wanted)
        case [name, "port", port] if name and port:
            return Reference(name=name, wanted="port", port=port)
        case [name, word] if name and word and shown:
            raise ConfigError(
                f"{written} asks for `{word}`, which no component has",
                fix=f"{suggest(word, WANTED)} ({literal})",
            )
        case _:
            raise ConfigError(
                f"{written} is not a reference to a component",
                fix="a reference is `${NAME.host}`, `${NAME.port}`, `${NAME.port.PORT}`, "
                f"`${{NAME.url}}` or `${{NAME.dsn}}`; {literal}",
            )


def _resolve(reference: Reference, self_name: str, peers: Mapping[str, Peer]) -> Text:
    name = self_name if reference.name == SELF else reference.name
    peer = peers.get(name)
    if peer is None:
        raise ConfigError(
            f"component {self_name} refers to {reference}, and no component {name} has been "
            "started before it",
            fix=suggest(name, peers, nothing=f"start {name} before {self_name}"),
        )
    if reference.wanted == "host":
        return peer.host
    binding = _binding(reference, self_name, peer)
    if reference.wanted == "port":
        return str(binding.inside)
    gate = peer.gate if peer.gate is not None and peer.gate.port in (None, binding.name) else None
    if reference.wanted == "dsn" and gate is not None:
        return gate.dsn(peer.host, binding.inside)
    scheme = gate.scheme if gate is not None else "tcp"
    place = f"[{peer.host}]" if ":" in peer.host else peer.host
    return f"{scheme}://{place}:{binding.inside}"


def _binding(reference: Reference, self_name: str, peer: Peer) -> PortBinding:
    wanted = reference.port
    if wanted is None and peer.gate is not None:
        wanted = peer.gate.port
    for binding in peer.ports:
        if wanted in (None, binding.name):
            return binding
    raise ConfigError(
        f"component {self_name} refers to {reference}, which has no port"
        + (f" `{wanted}`" if wanted else ""),
        fix=suggest(
            wanted or "", [each.name for each in peer.ports], nothing="give it a port to be reached"
        ),
    )
