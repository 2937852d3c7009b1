"""Gates from their tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestration.errors import ConfigError
from orchestration.gates import ExecGate, HttpGate, LogGate, PostgresGate, RedisGate, TcpGate
from orchestration.model import Pacing, Secret, Text, names_a_secret, reveal
from orchestration.ports import Gate
from orchestration.references import split
from orchestration.stackfile.component_tables import ComponentTable
from orchestration.stackfile.gate_ports import gate_port
from orchestration.stackfile.gate_tables import (
    ExecGateTable,
    HttpGateTable,
    LogGateTable,
    Paced,
    PostgresGateTable,
    RedisGateTable,
    TcpGateTable,
)
from orchestration.stackfile.positions import Key
from orchestration.stackfile.texts import Texts, Value


def make_gate(
    table: ComponentTable, env: Mapping[str, Text], key: Key, texts: Texts
) -> Gate | None:
    """The gate of a component whose environment is `env`; None for a one-shot or a mistake."""
    try:
        return _make(table, env, key, texts)
    except ValueError as error:
        texts.mistakes.add(key, f"cannot work: {error}")
        return None


def _make(table: ComponentTable, env: Mapping[str, Text], key: Key, texts: Texts) -> Gate | None:
    port = gate_port(table) or ""
    match table.gate:
        case None:
            return None
        case HttpGateTable() as gate:
            return HttpGate(
                port=port,
                path=gate.path,
                status=tuple(gate.status),
                body=gate.body,
                headers=_headers(gate.headers, (*key, "headers"), texts),
                pacing=_pacing(gate, Pacing()),
            )
        case TcpGateTable() as gate:
            return TcpGate(
                port=port,
                send=gate.send.encode(),
                expect=gate.expect.encode() if gate.expect is not None else None,
                pacing=_pacing(gate, Pacing()),
            )
        case ExecGateTable() as gate:
            made = ExecGate(command=tuple(gate.command), port=gate.port)
            return replace(made, pacing=_pacing(gate, made.pacing))
        case LogGateTable() as gate:
            return LogGate(
                pattern=gate.pattern,
                count=gate.count,
                port=gate.port,
                pacing=_pacing(gate, Pacing()),
            )
        case PostgresGateTable() as gate:
            user = gate.user or _from_env(env, "POSTGRES_USER", key, texts) or "postgres"
            return PostgresGate(
                port=port,
                user=reveal(user),
                password=_password(gate.password, (*key, "password"), texts)
                or _from_env(env, "POSTGRES_PASSWORD", key, texts),
                database=reveal(gate.database or _from_env(env, "POSTGRES_DB", key, texts) or user),
                pacing=_pacing(gate, Pacing()),
            )
        case RedisGateTable() as gate:
            return RedisGate(
                port=port,
                password=_password(gate.password, (*key, "password"), texts),
                username=gate.username,
                pacing=_pacing(gate, Pacing()),
            )


def _pacing(table: Paced, default: Pacing) -> Pacing:
    given = {
        name: getattr(table, name)
        for name in ("timeout", "interval", "growth", "longest", "successes")
        if getattr(table, name) is not None
    }
    return replace(default, **given)


def _headers(values: Mapping[str, Value], key: Key, texts: Texts) -> dict[str, Text]:
    found: dict[str, Text] = {}
    for name, value in values.items():
        text = texts.read(value, (*key, name))
        secret = names_a_secret(name) or name.lower() in ("authorization", "cookie")
        found[name] = Secret(text) if secret and isinstance(text, str) else text
    return found


def _password(value: Value | None, key: Key, texts: Texts) -> Secret | None:
    if value is None:
        return None
    text = texts.read(value, key)
    return text if isinstance(text, Secret) else Secret(text)


def _from_env(env: Mapping[str, Text], name: str, key: Key, texts: Texts) -> Text | None:
    """What the component's own environment says, which may not depend on other components."""
    if name not in env:
        return None
    text = env[name]
    try:
        pieces = split(text)
    except ConfigError:
        return None
    words = [each for each in pieces if isinstance(each, str)]
    if len(words) < len(pieces):
        setting = {"POSTGRES_DB": "database"}.get(name, name.removeprefix("POSTGRES_").lower())
        texts.mistakes.add(
            key,
            f"cannot know {name}, which refers to another component",
            fix=f"say it in the gate: {setting} = …",
        )
    return Secret("".join(words)) if isinstance(text, Secret) else "".join(words)
