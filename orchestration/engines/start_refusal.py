"""Why an engine did not start a container, read from its own words: their status codes say little
(Podman answers 500 to everything), and they differ by engine, version and network driver.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from orchestration.errors import (
    ClaimError,
    ComponentError,
    PortError,
    StackwrightError,
)
from orchestration.model import Launch, PortBinding, explain_exit

_NAME_TAKEN: Final = re.compile(r"name .* is already in use|that name is already in use", re.I)
_PORT_TAKEN: Final = re.compile(r"address already in use|port is already allocated", re.I)
_PORT_FORBIDDEN: Final = re.compile(
    r"cannot expose privileged port|(bind|listen)[^\n]*permission denied", re.I
)
_ADDRESS_FOREIGN: Final = re.compile(r"cannot assign requested address", re.I)
_NUMBER: Final = re.compile(r"(?:port |:)(\d{1,5})\b", re.I)
_COMMAND_MISSING: Final = re.compile(
    r"executable file .*not found|command that was not found|exec: .*no such file", re.I
)
_COMMAND_UNFIT: Final = re.compile(
    r"exec: .*permission denied|OCI permission denied|exec format error", re.I
)


class PortRaceError(Exception):
    """An engine-chosen port was taken by somebody else in between: trying again helps."""


def refusal(
    launch: Launch, text: str, holder_of: Callable[[int], str | None]
) -> StackwrightError | PortRaceError:
    """The error for an engine that answered `text`. `holder_of`: who holds a host port."""
    if _NAME_TAKEN.search(text):
        return ClaimError(
            f"the name {launch.name} is taken",
            why=text,
            fix="`stackwright stack down` or `stackwright stack clean`, if a run of yours left it",
        )
    if _PORT_TAKEN.search(text):
        return _taken(launch, text, holder_of)
    if _PORT_FORBIDDEN.search(text):
        return PortError(
            f"the engine may not publish the ports of {launch.component}: {_wanted(launch.ports)}",
            why=text,
            fix="use host ports of 1024 and above, or allow lower ones: "
            "`sysctl net.ipv4.ip_unprivileged_port_start`",
        )
    if _ADDRESS_FOREIGN.search(text):
        return PortError(
            f"{launch.component} is to be published on an address this machine does not have: "
            f"{_wanted(launch.ports)}",
            why=text,
            fix='set `bind` of the port to "127.0.0.1" or another address of this machine',
        )
    for pattern, code in ((_COMMAND_MISSING, 127), (_COMMAND_UNFIT, 126)):
        if pattern.search(text):
            return ComponentError(
                f"the command of {launch.component} cannot be run: exit code {explain_exit(code)}",
                why=text,
                fix="correct its `command`, or the ENTRYPOINT of its image",
            )
    return ComponentError(
        f"component {launch.component} cannot be started",
        why=text,
        fix="correct what the engine names",
    )


def _taken(
    launch: Launch, text: str, holder_of: Callable[[int], str | None]
) -> PortError | PortRaceError:
    pinned = {each.host: each for each in launch.ports if each.host}
    named = [pinned[number] for number in map(int, _NUMBER.findall(text)) if number in pinned]
    if not named and len(pinned) < len(launch.ports):
        return PortRaceError(text)
    binding = named[0] if named else next(iter(pinned.values()), None)
    if binding is None:
        return PortError(f"a port of {launch.component} is in use", why=text, fix="try again")
    holder = holder_of(binding.host)
    return PortError(
        f"host port {binding.host} ({launch.component}, port {binding.name}) is in use"
        + (f" by {holder}" if holder else ""),
        why=text,
        fix="stop what holds it, or give the port another number "
        "(`stackwright ports check` shows what is registered); leave `host` out to let the "
        "engine choose",
    )


def _wanted(ports: tuple[PortBinding, ...]) -> str:
    return ", ".join(f"{each.bind}:{each.host or 'any'}" for each in ports)
