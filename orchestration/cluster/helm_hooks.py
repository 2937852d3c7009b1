"""Objects of a rendered chart that Helm would not make when it installs it.

`helm template` renders all: the pods of `helm test`, and what is for an upgrade or a removal.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_mistakes import shown_place

_HOOK: Final = "helm.sh/hook"
_LATER: Final = frozenset(
    {
        *("test", "test-success", "test-failure"),
        *(f"{when}-{what}" for when in ("pre", "post") for what in ("delete", "rollback")),
        *("pre-upgrade", "post-upgrade"),
    }
)


def is_for_later(manifest: Manifest) -> bool:
    """Whether it has hooks, and none of them is of an installation."""
    hooks = _hooks(manifest)
    return bool(hooks) and hooks <= _LATER


def left_out_notice(manifests: Iterable[Manifest]) -> str:
    """That these are not deployed, and why."""
    named = ", ".join(
        f"{each.ref} ({shown_place(each.place)}: {', '.join(sorted(_hooks(each)))})"
        for each in manifests
    )
    return f"left out, because they are Helm hooks of other moments than an installation: {named}"


def _hooks(manifest: Manifest) -> frozenset[str]:
    written = Fields(manifest.body).text("metadata", "annotations", _HOOK)
    return frozenset(filter(None, (each.strip() for each in written.split(","))))
