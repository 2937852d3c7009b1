"""Callables handed to something that calls them: partial, executors, clean-up registries."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import calling, managing
from lint.linking.apis.called import Called, Handler
from lint.linking.arguments import Arguments
from lint.linking.values import UNKNOWN, External, Func, Items, Value, items_of, join


def _apply(called: Called, target: Value, positional: tuple[Value, ...]) -> Value:
    given = Arguments(positional=positional, named=dict(called.given.named))
    return calling.apply(called.machine, target, given, called.at, called.frame)


def _partial(called: Called) -> Value:
    target, bound = called.given.positional[:1], called.given.positional[1:]
    made: list[Value] = []
    for shape in target[0] if target else ():
        if isinstance(shape, Func):
            made.append(
                (
                    Func(
                        shape.function,
                        shape.path,
                        shape.scope,
                        shape.receiver,
                        (*shape.bound, *bound),
                        (*shape.named, *called.given.named.items()),
                        shape.qualified,
                    ),
                )
            )
        else:
            made.append((External("functools.partial.bound", ((shape,), *bound)),))
    return join(*made) if made else UNKNOWN


def _bound(called: Called) -> Value:
    return _apply(called, called.words[0], (*called.words[1:], *called.given.positional))


def _calls(skip: int, *, concurrent: bool = False) -> Handler:
    """Calls the argument at `skip` with those behind it."""

    def handler(called: Called) -> Value | None:
        values = called.given.positional[skip:]
        if not values:
            return None
        with called.machine.under(concurrent=concurrent or None):
            return _apply(called, values[0], values[1:])

    return handler


def _thread(called: Called) -> Value | None:
    target = called.given.named.get("target")
    given = items_of(called.given.named.get("args") or UNKNOWN)
    if target is not None:
        with called.machine.under(concurrent=True):
            calling.apply(
                called.machine,
                target,
                Arguments(positional=given.items, rest=given.rest),
                called.at,
                called.frame,
            )
    return None


def _maps(called: Called) -> Value | None:
    if len(called.given.positional) < 2:
        return None
    target = called.given.positional[0]
    over = items_of(called.given.positional[1])
    results = [
        calling.apply(called.machine, target, Arguments(positional=(one,)), called.at, called.frame)
        for one in over.items[:12] or (UNKNOWN,)
    ]
    return (Items(tuple(results), rest=over.rest),)


def _later(skip: int) -> Handler:
    """Registers a callable that runs when the test, session or process ends."""

    def handler(called: Called) -> Value | None:
        values = called.given.positional[skip:]
        if not values:
            return None
        target, given = values[0], values[1:]

        def late() -> None:
            _apply(called, target, given)

        called.machine.cleanups.append(late)
        return target

    return handler


def _same(called: Called) -> Value:
    return called.given.get(0) or UNKNOWN


EXACT: Final[dict[str, Handler]] = {
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "functools.partial.bound": _bound,
    "asyncio.to_thread": _calls(0),
    "anyio.to_thread.run_sync": _calls(0),
    "map": _maps,
    "asyncio.run": _same,
    "asyncio.gather": _same,
    "asyncio.wait_for": _same,
    "asyncio.create_task": _same,
    "asyncio.ensure_future": _same,
    "contextlib.closing": _same,
    "contextlib.nullcontext": _same,
    "atexit.register": _later(0),
    "threading.Thread": _thread,
    "multiprocessing.Process": _thread,
    "weakref.finalize": _later(1),
}

PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"\.submit$"), _calls(0, concurrent=True)),
    (re.compile(r"\.run_in_executor$"), _calls(1)),
    (re.compile(r"Executor\(\)(?:\.__enter__\(\))?\.map$"), _maps),
    (re.compile(r"\.run_until_complete$"), _same),
    (
        re.compile(r"\.(?:addfinalizer|addCleanup|addClassCleanup|addModuleCleanup|callback)$"),
        _later(0),
    ),
    (
        re.compile(r"\.(?:enter_context|enterClassContext|enterContext|enter_async_context)$"),
        lambda called: _entered(called),
    ),
    (
        re.compile(r"(?:errgroup\.[\w(){}]+|sync\.WaitGroup[(){}]+)\.(?:Go|TryGo)$"),
        lambda called: _concurrently(called),
    ),
)


def _entered(called: Called) -> Value:
    """Enters a context manager now; it is left when the stack or test ends."""
    machine, at, frame = called.machine, called.at, called.frame
    managers = called.given.get(0) or UNKNOWN
    entered: list[Value] = []
    for shape in managers:
        value = managing.method(machine, shape, ("__enter__", "__aenter__"), at, frame)
        entered.append(value or (shape,))

    def late() -> None:
        for shape in managers:
            managing.method(machine, shape, ("__exit__", "__aexit__"), at, frame)

    machine.cleanups.append(late)
    return join(*entered)


def _concurrently(called: Called) -> Value | None:
    with called.machine.under(concurrent=True):
        return called.callbacks()
