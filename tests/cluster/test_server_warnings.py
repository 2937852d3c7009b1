"""What an API server warns of beside its answer."""

from __future__ import annotations

import pytest

from orchestration.cluster.server_warnings import server_warnings

GOES = "policy/v1beta1 PodSecurityPolicy is deprecated in v1.21+, unavailable in v1.25+"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (f'299 - "{GOES}"', [GOES]),
        (f'299 - "{GOES}" "Sat, 21 Nov 2026 22:00:00 GMT"', [GOES]),
        ('299 kube:6443 "one", 299 - "two"', ["one", "two"]),
        ('299 - "one, and 299 - of it",299 - "two"', ["one, and 299 - of it", "two"]),
        (r'299 - "unknown field \"spec.a\\b\""', ['unknown field "spec.a\\b"']),
        ('110 - "Response is Stale", 299 - "one"', ["one"]),
        ('299 - ""', []),
        ("299 - one", []),
        ('299 - "one', []),
        ("", []),
    ],
)
def test_the_texts_of_a_header_are_read(header: str, told: list[str]) -> None:
    assert list(server_warnings([header])) == told


def test_there_may_be_several_headers() -> None:
    assert list(server_warnings(['299 - "one"', '299 - "two"'])) == ["one", "two"]
