"""The tables that declare one component: image or build, ports, volumes, how it runs embedded."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainValidator

from orchestration.model import LOOPBACK
from orchestration.stackfile.gate_tables import GateTable
from orchestration.stackfile.table import Table, mistake
from orchestration.stackfile.values import (
    NAME,
    TARGET,
    Address,
    Alias,
    BuildArgument,
    Command,
    Duration,
    FilePath,
    Image,
    Name,
    PortNumber,
    Stage,
    TextValue,
    Variable,
)


class BuildTable(Table):
    """An image built from the project's tree."""

    context: FilePath = Field(description="The directory that the build may copy from.")
    containerfile: FilePath | None = Field(
        default=None,
        description="The Containerfile, relative to `context`; if left out, `Containerfile`, else "
        "`Dockerfile`.",
    )
    args: dict[Variable, BuildArgument] = Field(
        default_factory=dict,
        description="Build arguments. They stay in the image's history, so secrets are refused.",
    )
    target: Stage | None = Field(default=None, description="The stage to build, if not the last.")


def _host(value: object) -> int | str:
    import re

    match value:
        case bool():
            pass
        case int() if 1 <= value <= 65535:
            return value
        case str() if re.fullmatch(NAME, value):
            return value
    raise mistake(
        "must be a port from 1 to 65535, or the name of a port in the registry",
        "leave it out and the engine chooses a free one",
    )


HostPort = Annotated[int | str, PlainValidator(_host, json_schema_input_type=PortNumber | Name)]


class PortTable(Table):
    """A port that the component listens on."""

    container: PortNumber = Field(description="The number inside of the container.")
    host: HostPort | None = Field(
        default=None,
        description="The number on the host, or the name of a port that [ports.services] registers "
        "for the stack's service; if left out, the engine chooses.",
    )
    bind: Address = Field(
        default=LOOPBACK,
        description="The address of the host it is published on. Other machines reach any but a "
        "loopback address: each run says so.",
    )


def _port(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return {"container": value}
    if isinstance(value, dict | PortTable):
        return value
    raise mistake(
        "must be the container's port, or a table",
        "write 8080, or { container = 8080, host = 18080 } where the host's port is to be fixed",
    )


Port = Annotated[PortTable, BeforeValidator(_port, json_schema_input_type=PortNumber | PortTable)]


class VolumeTable(Table):
    """A file or directory of the project that the component sees."""

    source: FilePath = Field(description="The file or directory, relative to the configuration.")
    target: str = Field(pattern=TARGET, description="The absolute path inside of the container.")
    writable: bool = Field(default=False, description="Whether the component may write to it.")


def _volume(value: object) -> object:
    if isinstance(value, dict | VolumeTable):
        return value
    if isinstance(value, str):
        match value.split(":"):
            case [source, target] if source and target:
                return {"source": source, "target": target}
            case [source, target, "ro" | "rw" as mode] if source and target:
                return {"source": source, "target": target, "writable": mode == "rw"}
    raise mistake(
        "must be a volume",
        'write "source:/target", "source:/target:rw", or '
        '{ source = "…", target = "/…", writable = true }',
    )


Volume = Annotated[VolumeTable, BeforeValidator(_volume, json_schema_input_type=str | VolumeTable)]


class EmbeddedTable(Table):
    """How the component runs as a process, where there is no container engine."""

    kind: Literal["command", "postgres", "redis"] | None = Field(
        default=None,
        description="`postgres` and `redis` are servers that stackwright brings; `command`, which "
        "a `command` implies, runs that.",
    )
    command: Command | None = Field(default=None, description="The command, as a list of words.")
    cwd: FilePath | None = Field(
        default=None, description="Its working directory; the configuration's if left out."
    )
    env: dict[Variable, TextValue] = Field(
        default_factory=dict, description="Variables on top of the component's own."
    )


class ComponentTable(Table):
    """One container or process of a stack."""

    image: Image | None = Field(
        default=None, description="The image to run. Either this or `build`."
    )
    build: BuildTable | None = Field(
        default=None, description="How to build the image. Either this or `image`."
    )
    ports: dict[Name, Port] = Field(
        default_factory=dict,
        description="The ports it listens on, by a name of your choice. A number is the "
        "container's port, and the engine chooses the host's.",
    )
    env: dict[Variable, TextValue] = Field(
        default_factory=dict,
        description="Its environment. Values may hold `${…}` references, and be secrets.",
    )
    env_files: list[FilePath] = Field(
        default_factory=list,
        description="Files of `KEY=value` lines. Later files win over earlier ones, `env` over "
        "all. The values are taken as they are, and treated as secrets.",
    )
    volumes: list[Volume] = Field(
        default_factory=list,
        description="What of the project it sees, read-only unless asked otherwise.",
    )
    command: Command | None = Field(
        default=None,
        description="The command instead of the image's own, as a list of words. May hold `${…}` "
        "references.",
    )
    aliases: list[Alias] = Field(
        default_factory=list,
        description="Names besides its own under which the others reach it in the network.",
    )
    after: list[Name] = Field(
        default_factory=list,
        description="Components that must be ready first, besides those its references name.",
    )
    one_shot: bool = Field(
        default=False, description="Whether it must end with exit code 0 instead of staying up."
    )
    timeout: Duration | None = Field(
        default=None, description='How long a one-shot may take: "60s" if left out.'
    )
    gate: GateTable | None = Field(
        default=None,
        description="When it counts as ready. Every component but a one-shot needs one.",
    )
    embedded: EmbeddedTable | None = Field(
        default=None, description="How it runs where there is no container engine."
    )
