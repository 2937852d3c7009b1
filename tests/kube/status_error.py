"""Refusals, worded and shaped as a real server words and shapes them.

Source: k8s.io/apimachinery/pkg/api/errors/errors.go and the strategies that call it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.kube.json_values import Doc, Json
from tests.kube.resource import Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One reason of a refusal. `field`: its path, `reason`: `FieldValueInvalid` and the like."""

    reason: str
    message: str
    field: str = ""

    @property
    def doc(self) -> Doc:
        found: Doc = {}
        if self.reason:
            found["reason"] = self.reason
        found["message"] = self.message
        if self.field:
            found["field"] = self.field
        return found


class StatusError(Exception):
    """A request is refused with an HTTP `code` and a Status object."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        *,
        details: Doc | None = None,
        metadata: Doc | None = None,
        retry_after: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.metadata = metadata or {}
        self.retry_after = retry_after

    @property
    def doc(self) -> Doc:
        """The Status object."""
        found: Doc = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": dict(self.metadata),
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        }
        details = dict(self.details or {})
        if self.retry_after:
            details["retryAfterSeconds"] = self.retry_after
        if details:
            found["details"] = details
        found["code"] = self.code
        return found


class UnknownPathError(Exception):
    """Nothing is served there: a real server answers `404 page not found` as plain text."""


def _details(resource: Resource, name: str, causes: tuple[Cause, ...] = ()) -> Doc:
    return _shape(resource.group, resource.plural, name, causes)


def _shape(group: str, kind: str, name: str, causes: tuple[Cause, ...]) -> Doc:
    found: Doc = {}
    if name:
        found["name"] = name
    if group:
        found["group"] = group
    found["kind"] = kind
    if causes:
        told: list[Json] = [cause.doc for cause in causes]
        found["causes"] = told
    return found


def not_found(resource: Resource, name: str) -> StatusError:
    """404: no object of this name."""
    return StatusError(
        404,
        "NotFound",
        f'{resource.qualified} "{name}" not found',
        details=_details(resource, name),
    )


def already_exists(resource: Resource, name: str, *, deleting: bool = False) -> StatusError:
    """409: the name is taken, perhaps by an object that is on its way out."""
    head = "object is being deleted: " if deleting else ""
    return StatusError(
        409,
        "AlreadyExists",
        f'{head}{resource.qualified} "{name}" already exists',
        details=_details(resource, name),
    )


def conflict(resource: Resource, name: str, why: str) -> StatusError:
    """409: the object is no longer what the caller thinks."""
    return StatusError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}',
        details=_details(resource, name),
    )


def stale(resource: Resource, name: str) -> StatusError:
    """409 for a resourceVersion that is not the newest."""
    return conflict(
        resource,
        name,
        "the object has been modified; please apply your changes to the latest version "
        "and try again",
    )


def apply_conflict(message: str, causes: tuple[Cause, ...]) -> StatusError:
    """409 of a server-side apply: others own fields that it would change."""
    told: list[Json] = [cause.doc for cause in causes]
    return StatusError(409, "Conflict", message, details={"causes": told})


def invalid(resource: Resource, name: str, causes: tuple[Cause, ...]) -> StatusError:
    """422: the object breaks rules of its kind; one cause each."""
    kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
    lines = tuple(f"{cause.field}: {cause.message}" for cause in causes)
    body = lines[0] if len(lines) == 1 else f"[{', '.join(lines)}]"
    return StatusError(
        422,
        "Invalid",
        f'{kind} "{name}" is invalid: {body}',
        details=_shape(resource.group, resource.kind, name, causes),
    )


def forbidden(
    resource: Resource, name: str, why: str, causes: tuple[Cause, ...] = ()
) -> StatusError:
    """403, by admission or by authorization."""
    shown = f' "{name}"' if name else ""
    return StatusError(
        403,
        "Forbidden",
        f"{resource.qualified}{shown} is forbidden: {why}",
        details=_details(resource, name, causes),
    )


def unauthorized() -> StatusError:
    """401: the credentials are not known."""
    return StatusError(401, "Unauthorized", "Unauthorized")


def bad_request(why: str) -> StatusError:
    """400."""
    return StatusError(400, "BadRequest", why)


def method_not_allowed() -> StatusError:
    """405: the resource has no such verb."""
    return StatusError(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        details={},
    )


def unsupported_media_type(accepted: str) -> StatusError:
    """415: the body is in no language of this path. `accepted`: those that are, as one text."""
    return StatusError(
        415,
        "UnsupportedMediaType",
        f"the body of the request was in an unknown format - accepted media types include: "
        f"{accepted}",
    )


def expired(message: str, *, proceed: str = "") -> StatusError:
    """410: that part of history is gone. `proceed`: a token to go on without consistency."""
    return StatusError(410, "Expired", message, metadata={"continue": proceed} if proceed else {})


def too_new(asked: int, current: int) -> StatusError:
    """504: a resourceVersion from the future."""
    return StatusError(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {asked}, current: {current}",
        details={
            "causes": [
                {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            ]
        },
        retry_after=1,
    )
