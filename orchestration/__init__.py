"""Bring integration-test stacks up behind readiness gates, and leave nothing behind.

`stack_up(...)` and, on Kubernetes, `platform_up(...)` are the Python API; the commands are in
`cli`, the Invoke tasks in `tasks`, and the pytest fixtures in `pytest_plugin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from orchestration.platform import Loader
    from orchestration.running import RunningStack
    from orchestration.running_platform import RunningPlatform
    from orchestration.shared import Shared

_R = TypeVar("_R")
__all__ = ["platform_up", "stack_up"]


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
    comes up or is removed raises KeyboardInterrupt or SystemExit, after the removal. Under pytest
    each of these is KeyboardInterrupt, which ends the session. A fork of the process has no part in
    the stack, and takes nothing down.
    """
    # Imported here so that `import orchestration` costs nothing (`stackwright --help`, pytest).
    from orchestration.shared_stack import SharedStack

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
    with _held(shared) as running:
        yield running


@contextmanager
def platform_up(
    service: str | None = None,
    *,
    config: Path | None = None,
    context: str | None = None,
    kubeconfig: Path | None = None,
    kind: bool = False,
    load: Loader | None = None,
    engine: str | None = None,
    fresh: bool = False,
    keep: bool = False,
) -> Iterator[RunningPlatform]:
    """A running E2E platform for the length of a `with` block, every access to it open.

    `service`: the service or platform, None for the default; `context`, `kubeconfig`, `kind`: the
    cluster, and `load`: how images get to its nodes, instead of the configuration's; `engine`: what
    builds the images. For the rest, and for
    what is raised, see `stack_up`.
    """
    from orchestration.platform import ClusterChoice
    from orchestration.shared_platform import SharedPlatform

    named = kind or context is not None or kubeconfig is not None
    cluster = ClusterChoice(kubeconfig=kubeconfig, context=context, kind=kind) if named else None
    shared = SharedPlatform(
        cwd=Path.cwd(),
        service=service,
        config=config,
        cluster=cluster,
        load=load,
        engine=engine,
        fresh=fresh,
        keep=keep,
        xdist=None,
        progress=lambda _redact: lambda _event: None,
    )
    with _held(shared) as running:
        yield running


@contextmanager
def _held(shared: Shared[_R]) -> Iterator[_R]:
    from orchestration.errors import StoppedError
    from orchestration.state import in_pytest, raise_on_sigterm

    restore = raise_on_sigterm()
    try:
        running = shared.acquire()
        try:
            yield running
        finally:
            shared.release()
    except StoppedError as stopped:
        end = KeyboardInterrupt(str(stopped)) if in_pytest() else stopped.as_python
        raise end from stopped
    finally:
        restore()
