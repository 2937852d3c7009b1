"""How long a deployment took, and how long it had to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestration.cluster.deploy_report import ObjectResult
from orchestration.cluster.manifest import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployTiming:
    """Seconds, as in DeployReport."""

    deploy_s: float
    ready_s: float
    critical_path_s: float
    sum_of_parts_s: float


def timing(results: Sequence[ObjectResult], ended_s: float) -> DeployTiming:
    """The times of a deployment whose wait ended after `ended_s`.

    An object's own time is from its first request until it was ready, or until the end of the wait
    when it never was; nothing for what was never applied. The critical path is the longest chain
    of own times: before an object comes what it needed to be ready, and of the wave before whatever
    took longest to be applied. The sum of parts is what applying and awaiting one after the other
    would take: all own times.
    """
    whole = {each.ref: _own(each, each.ready_s, ended_s) for each in results}
    ready = [each.ready_s for each in results]
    last = max((each for each in ready if each is not None), default=0.0)
    return DeployTiming(
        deploy_s=max((each.applied_s or 0.0 for each in results), default=0.0),
        ready_s=ended_s if None in ready else last,
        critical_path_s=_longest(results, whole),
        sum_of_parts_s=sum(whole.values()),
    )


def _own(result: ObjectResult, until: float | None, otherwise: float) -> float:
    if result.begun_s is None or result.applied_s is None:
        return 0.0
    return max(0.0, (otherwise if until is None else until) - result.begun_s)


def _longest(results: Sequence[ObjectResult], whole: Mapping[Ref, float]) -> float:
    """The longest chain. What a deferred object needs comes first, then the objects by wave, so
    each chain is known when it is asked for."""
    reached: dict[Ref, float] = {}
    before = 0.0
    for _, wave in _by_wave(results):
        applied = before
        for each in wave:
            start = max((before, *(reached.get(need, 0.0) for need in each.needs)))
            reached[each.ref] = start + whole[each.ref]
            applied = max(applied, start + _own(each, each.applied_s, 0.0))
        before = applied
    late = {each.ref: each for each in results if each.wave == 0}
    while late:
        free = [each for each in late.values() if late.keys().isdisjoint(each.needs)]
        if not free:  # they wait for each other, which `deferred` refuses
            break
        for each in free:
            start = max((reached.get(need, 0.0) for need in each.needs), default=0.0)
            reached[each.ref] = start + whole[each.ref]
            del late[each.ref]
    return max(reached.values(), default=0.0)


def _by_wave(results: Iterable[ObjectResult]) -> list[tuple[int, list[ObjectResult]]]:
    groups: dict[int, list[ObjectResult]] = {}
    for each in results:
        if each.wave:
            groups.setdefault(each.wave, []).append(each)
    return sorted(groups.items())
