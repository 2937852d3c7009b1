"""In which fields two versions of an object differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchestration.cluster.api import Body

_SERVERS_OWN = frozenset(
    {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"}
)


def differences(one: Body, other: Body) -> tuple[str, ...]:
    """Paths such as `spec.versions[0].served`, without their values: they may be secrets.

    The status, and what servers write into metadata, do not count.
    """
    return tuple(_paths(_wanted(one), _wanted(other), ""))


def missing(wanted: Body, live: Body) -> tuple[str, ...]:
    """Paths at which `live` does not say what `wanted` says; it may say more in tables."""
    return tuple(_missing(_wanted(wanted), _wanted(live), ""))


def _wanted(body: Body) -> Mapping[str, object]:
    metadata = body.get("metadata")
    table = metadata if isinstance(metadata, Mapping) else {}
    kept = {key: each for key, each in table.items() if key not in _SERVERS_OWN and each}
    return {**{key: each for key, each in body.items() if key != "status"}, "metadata": kept}


def _paths(one: object, other: object, at: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in (*one, *(each for each in other if each not in one)):
            yield from _paths(one.get(key), other.get(key), f"{at}.{key}" if at else str(key))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _paths(left, right, f"{at}[{index}]")
    elif one != other:
        yield at


def _missing(wanted: object, live: object, at: str) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(live, Mapping):
        for key, each in wanted.items():
            yield from _missing(each, live.get(key), f"{at}.{key}" if at else str(key))
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for index, (left, right) in enumerate(zip(wanted, live, strict=True)):
            yield from _missing(left, right, f"{at}[{index}]")
    elif wanted != live:
        yield at
