"""Whether a Service answers, as far as the API tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestration.cluster.fields import Fields
from orchestration.cluster.look import Look
from orchestration.model import NotYet, Ready, Verdict


def service(look: Look) -> Verdict:
    """Ready when it exists; a LoadBalancer when it has an address; with `endpoints` asked for, one
    with a selector when there is a ready one."""
    kind = look.object.text("spec", "type") or "ClusterIP"
    if kind == "LoadBalancer" and not look.object.tables("status", "loadBalancer", "ingress"):
        return NotYet("the load balancer has no address yet; does this cluster have any?")
    selects = bool(look.object.table("spec", "selector").body) and kind != "ExternalName"
    if look.endpoints is None or not selects:
        return Ready("exists")
    if look.endpoints < 1:
        return NotYet("has no ready endpoint: no pod that its selector chooses is ready")
    return Ready(f"{look.endpoints} ready endpoints" if look.endpoints > 1 else "1 ready endpoint")


def ready_endpoints(slices: Sequence[Mapping[str, object]]) -> int:
    """How many ready endpoints the EndpointSlices of a Service have together.

    One without `ready` counts: the API says to take it for ready. An address in two slices (a
    slice being replaced) counts once.
    """
    found: set[str] = set()
    for each in slices:
        for endpoint in Fields(each).tables("endpoints"):
            addresses = endpoint.get("addresses")
            if endpoint.get("conditions", "ready") is not False and isinstance(addresses, list):
                found.update(str(address) for address in addresses)
    return len(found)
