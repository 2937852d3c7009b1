"""Whether the workloads that keep pods running are ready: `apps/v1`.

The counts and conditions are those of kstatus (sigs.k8s.io/cli-utils, `status/core.go`); what it
lets pass, such as a pod that cannot pull its image, is told by the pods.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from orchestration.cluster.fields import Condition, Fields
from orchestration.cluster.look import Look
from orchestration.cluster.refused_pods import refusal
from orchestration.cluster.troubles import Trouble, terminal, troubles
from orchestration.model import Failed, NotYet, Ready, Verdict

DEADLINE: Final = "ProgressDeadlineExceeded"


def deployment(look: Look) -> Verdict:
    """Ready when updated, ready and available are what is wanted, nothing old is left over, and it
    is Available. Failed when its deadline for progress is over, or its new pods cannot start."""
    wanted = _wanted(look.object)
    parts = [
        *_short_of(look.object, wanted, ("updated", "available")),
        *_surplus(look.object, _count(look.object, "updatedReplicas"), "old"),
        *_surplus(look.object, wanted, "surplus"),
    ]
    available = look.object.says("Available")
    progressing = look.object.says("Progressing", "False")
    if progressing is not None and progressing.reason == DEADLINE:
        head = _ready_of(look.object, wanted)
        return Failed("; ".join((head, progressing.told(DEADLINE), *_first(look, _pods(look)))))
    if available is None and not parts:
        parts.append(_unavailable(look.object.condition("Available")))
    short = parts or _count(look.object, "readyReplicas") < wanted
    if short and look.object.get("spec", "paused") is True:
        parts.append("it is paused")
    return _verdict(look, wanted, parts)


def replica_set(look: Look) -> Verdict:
    """Ready when ready and available are what is wanted, and nothing is left over."""
    wanted = _wanted(look.object)
    parts = [
        *_short_of(look.object, wanted, ("available",)),
        *_surplus(look.object, wanted, "surplus"),
    ]
    return _verdict(look, wanted, parts)


def stateful_set(look: Look) -> Verdict:
    """Ready when all are ready, for `minReadySeconds` if it has any, and of the current revision.

    With a partition only those above it are updated; with OnDelete nobody updates them, so any
    revision will do.
    """
    wanted = _wanted(look.object)
    strategy = look.object.table("spec", "updateStrategy")
    partition = strategy.count("rollingUpdate", "partition") or 0
    # Servers before 1.24 count the available ones only then.
    lasting = (look.object.count("spec", "minReadySeconds") or 0) > 0
    parts = [
        *(_short_of(look.object, wanted, ("available",)) if lasting else ()),
        *_surplus(look.object, wanted, "surplus"),
    ]
    if strategy.text("type") != "OnDelete":
        if partition > 0:
            due = max(0, wanted - partition)
            updated = _count(look.object, "updatedReplicas")
            if updated < due:
                parts.append(f"{updated} of {due} above the partition updated")
        elif look.object.text("status", "currentRevision") != look.object.text(
            "status", "updateRevision"
        ):
            updated = _count(look.object, "updatedReplicas")
            parts.append(f"its new revision is not current yet ({updated} updated)")
    return _verdict(look, wanted, parts)


def daemon_set(look: Look) -> Verdict:
    """Ready when every node that wants a pod has an updated, available one."""
    wanted = look.object.count("status", "desiredNumberScheduled")
    if wanted is None:
        return NotYet("nobody has counted its nodes yet")
    replaced = look.object.text("spec", "updateStrategy", "type") != "OnDelete"
    names = {
        "scheduled": "currentNumberScheduled",
        **({"updated": "updatedNumberScheduled"} if replaced else {}),
        "available": "numberAvailable",
    }
    counts = {word: _count(look.object, key) for word, key in names.items()}
    parts = [f"{count} {word}" for word, count in counts.items() if count < wanted]
    return _verdict(look, wanted, parts, ready="numberReady")


def _verdict(look: Look, wanted: int, parts: list[str], ready: str = "readyReplicas") -> Verdict:
    """Ready when there is nothing to complain of; `parts`: what is missing besides ready pods."""
    head = _ready_of(look.object, wanted, ready)
    if not parts and _count(look.object, ready) >= wanted:
        return Ready(head)
    found = _pods(look)
    refused = refusal(look)
    reason = ", ".join((head, *parts))
    if refused is not None:
        reason = f"{reason}; {refused.describe()}"
    failed = terminal(found, look.now, look.first_seen)
    if failed is not None:
        return Failed("; ".join((reason, *_first(look, (failed, *found)))))
    reason = "; ".join((reason, *_first(look, found)))
    return Failed(reason) if refused is not None and refused.final else NotYet(reason)


def _pods(look: Look) -> tuple[Trouble, ...]:
    return troubles(look.pods, look.events)


def _first(look: Look, found: Iterable[Trouble]) -> list[str]:
    """The first trouble in words, and how many pods have others."""
    told = list({each.key: each for each in found}.values())
    if not told:
        return []
    more = f" (and {len(told) - 1} more)" if len(told) > 1 else ""
    return [told[0].describe(look.now, look.first_seen) + more]


def _wanted(fields: Fields) -> int:
    wanted = fields.count("spec", "replicas")
    return 1 if wanted is None else wanted


def _count(fields: Fields, key: str) -> int:
    return fields.count("status", key) or 0


def _ready_of(fields: Fields, wanted: int, ready: str = "readyReplicas") -> str:
    return f"{_count(fields, ready)} of {wanted} ready"


def _short_of(fields: Fields, wanted: int, words: Iterable[str]) -> list[str]:
    counts = {word: _count(fields, f"{word}Replicas") for word in words}
    return [f"{count} {word}" for word, count in counts.items() if count < wanted]


def _surplus(fields: Fields, most: int, word: str) -> list[str]:
    """Pods that still have to go: an update is over when none of the old ones answers any more."""
    left = _count(fields, "replicas") - most
    return [f"{left} {word} still to go"] if left > 0 else []


def _unavailable(available: Condition | None) -> str:
    told = available.told("no reason given") if available else "the condition is not there yet"
    return f"not Available ({told})"
