"""What went wrong with a request, as ApiError: from the server's answer, or from the way there."""

from __future__ import annotations

import json
import os
import re
import ssl
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from socket import EAI_AGAIN, gaierror
from typing import Final

from orchestration.cluster.api import ApiError, Body, Cause
from orchestration.cluster.fields import Fields
from orchestration.errors import StackwrightError
from orchestration.printable import one_line

LONGEST: Final = 300
"""Characters of a text that is no Status object: proxies answer with whole pages."""
UNFIT: Final = "an empty token, or characters in it (or in `as`) that no header may have"
"""Instead of a library's text, which repeats the header."""

_BY_CODE: Final = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    409: "Conflict",
    410: "Expired",
    413: "RequestEntityTooLarge",
    415: "UnsupportedMediaType",
    422: "Invalid",
    429: "TooManyRequests",
    500: "InternalError",
    502: "BadGateway",
    503: "ServiceUnavailable",
    504: "Timeout",
}

# What a server's 500 says when not the object is at fault but something behind the server: etcd
# without a leader, a webhook whose pods do not answer yet.
_PASSING: Final = (
    "connection refused",
    "connection reset",
    "deadline exceeded",
    "leader changed",
    "no endpoints available",
    "no leader",
    "timed out",
    "timeout",
    "too many requests",
    "unexpected EOF",
)
# Of a webhook whose certificate nobody has told the server of yet: cert-manager and operators write
# `caBundle` some seconds after their pods are ready.
_UNTRUSTED: Final = "x509:"

# Refusals that end by themselves: another write came between (the server itself tries five times;
# quotas under concurrent creations are known for it); a fresh namespace has no default service
# account yet; a fresh quota has not been counted yet.
_SOON_OVER: Final = {
    409: ("the object has been modified",),
    403: ("error looking up service account", "status unknown for quota"),
}

MISSING_ROLE: Final = re.compile(
    r'^(?P<kind>(?:cluster)?role)s?\.rbac\.authorization\.k8s\.io "(?P<name>[^"]*)" not found'
)
"""Said of a binding, which is applied at the same time as its role: without the verb `bind`, only
roles that are there can be bound (pkg/registry/rbac/rolebinding/policybased)."""


def refused(
    verb: str, path: str, code: int, content: bytes, headers: Mapping[str, str]
) -> ApiError:
    """From an answer that is no success: a Status object, or any text of whoever stands between."""
    try:
        status = json.loads(content)
    except ValueError:
        status = None
    wait = _retry_after(headers)
    if isinstance(status, Mapping) and status.get("kind") == "Status":
        return of_status(verb, path, status, code=code, retry_after_s=wait)
    text = one_line(content.decode(errors="replace"))
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    # A kind that was just discovered and is not served: with several API servers, a new CRD is not
    # known to all of them at the same moment.
    late = code == 404 and verb == "patch"
    return ApiError(
        verb=verb,
        path=path,
        code=code,
        reason=_BY_CODE.get(code, "Unknown"),
        message=text or "an empty answer",
        retry_after_s=wait,
        retryable=late or _passes(code, "", text, wait),
    )


def of_status(
    verb: str, path: str, status: Body, *, code: int = 0, retry_after_s: float | None = None
) -> ApiError:
    """From a Status object, as an answer or as the last event of a watch."""
    fields = Fields(status)
    code = code or fields.count("code") or 0
    reason = fields.text("reason")
    message = fields.text("message")
    asked = fields.count("details", "retryAfterSeconds")
    wait = retry_after_s if retry_after_s is not None else asked
    return ApiError(
        verb=verb,
        path=path,
        code=code,
        reason=reason or _BY_CODE.get(code, "Unknown"),
        message=message,
        causes=tuple(
            Cause(
                message=each.text("message"), field=each.text("field"), reason=each.text("reason")
            )
            for each in fields.tables("details", "causes")
        ),
        retry_after_s=wait,
        retryable=_passes(code, reason, message, wait) or _role_to_come(verb, path, code, message),
    )


def on_the_way(verb: str, path: str, error: BaseException) -> ApiError:
    """From what httpx2, TLS or the system raised: no answer came, or only half of one."""
    reason, retryable, message = _way(error)
    return ApiError(
        verb=verb, path=path, code=0, reason=reason, message=message, retryable=retryable
    )


def _passes(code: int, reason: str, message: str, wait: float | None) -> bool:
    match code:
        case 429 | 502 | 503 | 504:
            return True
        case 500:
            # Without a reason it is the 500 of a manifest whose fields have a wrong type.
            behind = any(each in message for each in _PASSING) or (
                "webhook" in message and _UNTRUSTED in message
            )
            passes = reason == "InternalError" and behind
            return wait is not None or reason == "ServerTimeout" or passes
        case _:
            return any(each in message for each in _SOON_OVER.get(code, ()))


def _role_to_come(verb: str, path: str, code: int, message: str) -> bool:
    binding = verb == "patch" and "rolebindings/" in path
    return code == 404 and binding and MISSING_ROLE.match(message) is not None


def _way(error: BaseException) -> tuple[str, bool, str]:
    import httpx2
    from lightkube.core.exceptions import ConfigError
    from socksio import SOCKSError

    chain = tuple(_chain(error))
    told = next((one_line(str(each)) for each in chain if str(each)), type(error).__name__)
    for each in chain:
        match each:
            case StackwrightError() | ConfigError():
                return "Unauthorized", False, one_line(str(each))
            case ssl.SSLEOFError() | ssl.SSLZeroReturnError():
                return "Broken", True, told
            case ssl.SSLWantReadError() | ssl.SSLWantWriteError():
                continue  # A handshake that nobody answered: the time for it was over.
            case ssl.SSLCertVerificationError():
                return "Untrusted", False, one_line(each.verify_message or str(each))
            case ssl.SSLError():
                return "Untrusted", False, one_line(each.reason or str(each))
            case gaierror():
                return "Unreachable", each.errno == EAI_AGAIN, one_line(each.strerror or str(each))
    match error:
        case httpx2.ConnectTimeout():
            return "Unreachable", True, "no connection within the time there is for one"
        case httpx2.TimeoutException() | TimeoutError():
            return "TimedOut", True, "no answer within the time there is for one"
        case httpx2.ConnectError() | httpx2.ProxyError():
            # The innermost: all around it say that no attempt succeeded.
            numbers = [each.errno for each in chain if isinstance(each, OSError) and each.errno]
            return "Unreachable", True, os.strerror(numbers[-1]) if numbers else told
        case SOCKSError():
            return "Unreachable", True, f"the SOCKS proxy broke off, or is none: {told}"
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            return "Unreachable", False, told
        case httpx2.LocalProtocolError() | UnicodeError():
            return "Unauthorized", False, UNFIT
    return "Broken", True, told


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        if isinstance(at, BaseExceptionGroup):
            at = at.exceptions[0]
        else:
            at = at.__cause__ or at.__context__


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, or a date measured against the answer's own."""
    given = headers.get("retry-after", "").strip()
    if not given:
        return None
    try:
        return max(0.0, float(int(given)))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(given)
        return max(0.0, (until - parsedate_to_datetime(headers.get("date", ""))).total_seconds())
    except (TypeError, ValueError):
        return None
