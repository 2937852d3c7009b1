"""What embedded servers take from a component that was described for an image."""

from __future__ import annotations

from orchestration.errors import ComponentError
from orchestration.model import LOOPBACK, Launch, PortBinding
from orchestration.mount_mapping import MountMapping


def only_port(launch: Launch) -> PortBinding:
    """The port to listen on. Raises ComponentError unless there is exactly one."""
    match launch.ports:
        case (port,):
            return port
        case _:
            raise ComponentError(
                f"component {launch.component} has {len(launch.ports)} ports",
                why="an embedded server listens on exactly one",
                fix="give it one port: `ports.db = 5432`",
            )


def served_addresses(port: PortBinding) -> tuple[str, ...]:
    """The addresses to listen on: 127.0.0.1, where peers look for it, and what was asked for."""
    if port.bind in (LOOPBACK, "0.0.0.0"):  # noqa: S104 - only where the user asked for it
        return (port.bind,)
    return (LOOPBACK, port.bind)


def options_of(launch: Launch, *, programs: tuple[str, ...]) -> tuple[str, ...]:
    """The options in a command such as `redis-server --maxmemory 64mb`, mounts resolved.

    Raises ComponentError when the command runs something else than one of `programs`.
    """
    mapping = MountMapping.of((each.target, each.source) for each in launch.mounts)
    words = tuple(mapping.apply(word) for word in launch.command)
    if words and words[0] in programs:
        words = words[1:]
    if words and not words[0].startswith("-"):
        raise ComponentError(
            f"component {launch.component} runs `{words[0]}`, and is embedded as a server",
            why=f"the embedded server takes options only, as in `{programs[0]} --option value`",
            fix='give options alone, or run it embedded by `{ command = ["…"] }`',
        )
    return words
