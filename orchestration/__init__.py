"""Bring integration-test stacks up behind readiness gates, and leave nothing behind.

`stack_up(...)` is the Python API; the commands are in `cli`, the Invoke tasks in `tasks`, and the
pytest fixture in `pytest_plugin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGTERM
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.running import RunningStack

__all__ = ["stack_up"]


@contextmanager
def stack_up(
    service: str | None = None,
    *,
    config: Path | None = None,
    engine: str | None = None,
    fresh: bool = False,
    keep: bool = False,
) -> Iterator[RunningStack]:
    """A running stack for the length of a `with` block.

    `service`: the service or stack, None for the default; `config`: the configuration file, None to
    find it from the current directory upward; `engine`: a pinned engine. A stack that is already up
    and proved is used unless `fresh`. `keep`: leave all as it is when it does not come up.

    SIGTERM ends the block too (as SystemExit), unless the caller has a handler of its own. Raises
    StackwrightError; everything that was started has been removed then. A signal while the stack
    comes up or is removed raises KeyboardInterrupt or SystemExit, after the removal.
    """
    # Imported here so that `import orchestration` costs nothing (`stackwright --help`, pytest).
    from orchestration.errors import StoppedError
    from orchestration.shared_stack import SharedStack
    from orchestration.state import raise_on_sigterm

    shared = SharedStack(
        cwd=Path.cwd(),
        service=service,
        engine=engine,
        config=config,
        fresh=fresh,
        keep=keep,
        xdist=None,
        progress=lambda _redact: lambda _event: None,
    )
    restore = raise_on_sigterm(lambda: SystemExit(128 + SIGTERM))
    try:
        running = shared.acquire()
        try:
            yield running
        finally:
            shared.release()
    except StoppedError as stopped:
        raise stopped.as_python from stopped
    finally:
        restore()
