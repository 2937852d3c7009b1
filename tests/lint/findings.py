"""Findings for tests of what is done with them."""

from __future__ import annotations

from lint.model import Finding, Place, Severity


def finding(
    *,
    rule: str = "compose-invocation",
    code: str = "SW201",
    path: str = "test/a.go",
    line: int = 1,
    end_line: int = 0,
    message: str = "podman-compose up",
    fingerprint: str = "0123456789abcdef",
    services: tuple[str, ...] = (),
    requirement: str = "R2",
) -> Finding:
    """One that differs in what the test is about."""
    return Finding(
        rule=rule,
        code=code,
        requirement=requirement,
        severity=Severity.ERROR,
        place=Place(path, line, 1, end_line or line, 5),
        message=message,
        remedy="",
        services=services,
        fingerprint=fingerprint,
    )
