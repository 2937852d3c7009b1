"""What is spoken with an API server: kinds, lists, changes, and how a request can fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from orchestration.cluster.manifest import group_of

Body = Mapping[str, object]
"""An object as JSON, whole: what nobody here knows of it is kept."""

MANAGER: Final = "stackwright"
"""Our field manager in server-side apply."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ResourceKind:
    """A kind as the API server serves it. `plural`: its name in paths, `deployments`."""

    api_version: str
    kind: str
    plural: str
    namespaced: bool

    @property
    def group(self) -> str:
        """The API group, "" for the core."""
        return group_of(self.api_version)

    def path(self, namespace: str | None = None, name: str = "") -> str:
        """The path of all of them, of those in a namespace, or of one."""
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        inside = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{inside}/{self.plural}" + (f"/{name}" if name else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All objects of a kind at one moment, from which a watch can go on."""

    items: tuple[Body, ...] = field(repr=False)
    resource_version: str


class ChangeKind(StrEnum):
    """What a watch tells of an object."""

    ADDED = "ADDED"
    MODIFIED = "MODIFIED"
    DELETED = "DELETED"
    BOOKMARK = "BOOKMARK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One event of a watch."""

    kind: ChangeKind
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One of the reasons in an answer. `field`: `.spec.replicas`, "" when it names none."""

    message: str
    field: str = ""
    reason: str = ""


class ApiError(Exception):
    """A request to the API server failed, or its answer never came. Never shown as it is:
    `told` of `cluster_failure.py` turns it into an error for people.

    `code`: the HTTP status, 0 when there was no answer; `reason`: the server's word for it
    (`Conflict`, `AlreadyExists`, `Forbidden`, `Invalid`, `Expired`), or ours for what happened on
    the way (`Unreachable`, `TimedOut`, `Broken`, `Untrusted`). `retry_after_s`: what the server
    asked for. `retryable`: whether the same request may well succeed a moment later: 429, a 5xx
    that says so or comes from on the way, a broken connection; never a refusal of the object, and
    never the 500 of a manifest with fields of a wrong type.
    """

    def __init__(
        self,
        *,
        verb: str,
        path: str,
        code: int,
        reason: str,
        message: str,
        causes: tuple[Cause, ...] = (),
        retry_after_s: float | None = None,
        retryable: bool = False,
    ) -> None:
        self.verb = verb
        self.path = path
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = causes
        self.retry_after_s = retry_after_s
        self.retryable = retryable
        super().__init__(f"{verb} {path}: {code} {reason}: {message}")
