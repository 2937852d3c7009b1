"""Whether a pod that was applied by itself is ready."""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.cluster.fields import Fields, told
from orchestration.cluster.look import Look
from orchestration.cluster.troubles import terminal, troubles
from orchestration.model import Failed, NotYet, Ready, Verdict, explain_exit


def pod(look: Look) -> Verdict:
    """Ready when it runs and is Ready, or has ended well. Failed when it has ended badly, or has a
    trouble that outlasts its grace."""
    phase = look.object.text("status", "phase")
    if phase == "Succeeded":
        return Ready("has ended well")
    if phase == "Failed":
        return Failed("; ".join(("has failed", *_ends(look.object))))
    ready = look.object.condition("Ready")
    if phase == "Running" and ready is not None and ready.status == "True":
        return Ready("runs and is ready")
    found = troubles([look.object], look.events)
    failed = terminal(found, look.now, look.first_seen)
    if failed is not None:
        return Failed(failed.describe(look.now, look.first_seen))
    if found:
        return NotYet(found[0].describe(look.now, look.first_seen))
    gated = look.object.says("PodScheduled", "False")
    why = gated or ready
    return NotYet(told(phase or "no status yet", why.told("") if why else ""))


def _ends(fields: Fields) -> Iterator[str]:
    """Why it failed: its own reason, then every container that did not end with 0."""
    own = told(fields.text("status", "reason"), fields.text("status", "message"))
    if own:
        yield own
    for key in ("initContainerStatuses", "containerStatuses"):
        for status in fields.tables("status", key):
            ended = status.table("state", "terminated")
            code = ended.count("exitCode")
            if code:
                oom = ended.text("reason") == "OOMKilled"
                shown = f"container {status.text('name')}: exit code {explain_exit(code, oom=oom)}"
                yield told(shown, ended.text("message"))
