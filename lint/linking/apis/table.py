"""All libraries that the machine knows: exact paths first, then patterns in order."""

from __future__ import annotations

import re
from typing import Final

from lint.linking.apis import (
    actions,
    commands,
    containers,
    environment,
    functional,
    mocking,
    options,
    paths,
    pipelines,
    readiness,
    sequences,
    starting,
    testing,
    tox_docker,
    writing,
)
from lint.linking.apis.called import Called, Handler
from lint.linking.arguments import Arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import External, Value
from lint.program import Span

EXACT: Final[dict[str, Handler]] = {
    **environment.EXACT,
    **paths.EXACT,
    **sequences.EXACT,
    **options.EXACT,
    **commands.EXACT,
    **writing.EXACT,
    **starting.EXACT,
    **readiness.EXACT,
    **functional.EXACT,
    **testing.EXACT,
    **containers.EXACT,
}
PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    *mocking.PATTERNS,
    *testing.PATTERNS,
    *starting.PATTERNS,
    *containers.PATTERNS,
    *readiness.PATTERNS,
    *functional.PATTERNS,
    *environment.PATTERNS,
    *sequences.PATTERNS,
    *options.PATTERNS,
    *commands.PATTERNS,
    *writing.PATTERNS,
    *actions.PATTERNS,
    *tox_docker.PATTERNS,
    *pipelines.PATTERNS,
)
_FOREIGN: Final = re.compile(
    r"^(?:github\.com/(?:docker|moby|testcontainers|ory|onsi|stretchr)|testing\.|net/|os/|fmt\.|time\."
    r"|subprocess|os\.|docker|requests|urllib|pathlib|asyncio|pytest|unittest|logging|json|re\.)"
)
_FOUND: dict[str, Handler | None] = {}


def handler_of(path: str) -> Handler | None:
    """What is known of a path."""
    if path in _FOUND:
        return _FOUND[path]
    found = EXACT.get(path)
    if found is None and "." in path:
        found = next((handler for pattern, handler in PATTERNS if pattern.search(path)), None)
    if len(_FOUND) < 20_000:
        _FOUND[path] = found
    return found


def knows(path: str) -> bool:
    """Whether a path is in the tables."""
    return handler_of(path) is not None


def foreign(path: str) -> bool:
    """Whether a path is a library's for sure, so that no method of the repository is meant."""
    return bool(_FOREIGN.match(path))


def call(
    machine: Machine, shape: External, given: Arguments, at: Span, frame: Frame
) -> Value | None:
    """Do what a library's call does; None where nothing is known of it."""
    handler = handler_of(shape.path)
    if handler is None:
        return None
    result = handler(
        Called(
            machine=machine,
            path=shape.path,
            words=shape.words,
            given=given,
            at=at,
            frame=frame,
            made=shape.at,
        )
    )
    if result is not None:
        return result
    return (External(f"{shape.path}()", shape.words, machine.place(frame, at)),)
