"""A kind that no API of the cluster has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from orchestration.cluster.api import ApiError, ResourceKind
from orchestration.cluster.manifest import Ref
from orchestration.nearest import nearest, suggest

NOT_SERVED: Final = "NotServed"
"""Our reason for it; the server would have said `404 page not found`."""


def unknown_kind(ref: Ref, served: Iterable[ResourceKind]) -> ApiError:
    """For an object whose kind discovery did not find. `served`: the kinds that it did find."""
    known = tuple(served)
    elsewhere = sorted(each.api_version for each in known if each.kind == ref.kind)
    beside = {each.kind for each in known if each.api_version == ref.api_version}
    if elsewhere:
        message = f"{ref.kind} is served as {', '.join(elsewhere)}, not as {ref.api_version}"
    elif beside:
        message = f"{ref.api_version} has no {ref.kind}: {suggest(ref.kind, beside)}"
    else:
        message = f"nothing of {ref.api_version} is served"
        meant = nearest(ref.kind, {each.kind for each in known})
        if meant is not None:
            versions = sorted(each.api_version for each in known if each.kind == meant)
            message += f"; did you mean {meant} of {versions[0]}?"
    root = "/apis" if ref.group else "/api"
    return ApiError(
        verb="get",
        path=f"{root}/{ref.api_version}",
        code=404,
        reason=NOT_SERVED,
        message=message,
    )
