"""Who a container's process is, and what it may do."""

from __future__ import annotations

from dataclasses import dataclass

from tests.kube.containers.refused_error import RefusedError
from tests.kube.json_values import Doc, child, texts, value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """`user`: with its group after a colon where one is said, "" for the image's own. `groups`:
    more groups. `may_gain`: whether a program may have more rights than who starts it."""

    user: str = ""
    groups: tuple[str, ...] = ()
    read_only: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    may_gain: bool = True


def rights(pod: Doc, container: Doc, image_user: str) -> Rights:
    """What the security contexts say. Raises RefusedError for a container that must not be root
    and may be; worded after the kubelet's `verifyRunAsNonRoot`."""
    spec = child(pod, "spec")
    own = {**child(spec, "securityContext"), **child(container, "securityContext")}
    user = value(own, "runAsUser")
    if own.get("runAsNonRoot") is True and not (isinstance(user, int) and user > 0):
        if user == 0:
            raise RefusedError("container's runAsUser breaks non-root policy")
        author = image_user.split(":")[0]
        if author in ("", "0", "root"):
            raise RefusedError("container has runAsNonRoot and image will run as root")
        if not author.isdecimal():
            raise RefusedError(
                f"container has runAsNonRoot and image has non-numeric user ({author}), "
                "cannot verify user is non-root"
            )
    group = value(own, "runAsGroup")
    return Rights(
        user="" if user is None else f"{user}:{group}" if group is not None else f"{user}",
        groups=tuple(str(each) for each in (spec_groups(spec))),
        read_only=own.get("readOnlyRootFilesystem") is True,
        cap_add=tuple(texts(own, "capabilities", "add")),
        cap_drop=tuple(texts(own, "capabilities", "drop")),
        may_gain=own.get("allowPrivilegeEscalation") is not False,
    )


def spec_groups(spec: Doc) -> list[int]:
    """The groups of all containers of a pod."""
    more = value(spec, "securityContext", "supplementalGroups")
    found = [value(spec, "securityContext", "fsGroup"), *(more if isinstance(more, list) else [])]
    return [each for each in found if isinstance(each, int)]
