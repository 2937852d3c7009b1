from __future__ import annotations

import pytest

from lint.globs import fixed_beginning, matches


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("test/integration/a.go", "test/integration", True),
        ("test/integration/a.go", "test/integration/", True),
        ("test/integration2/a.go", "test/integration", False),
        ("test/integration/a.go", "integration", True),
        ("test/integration/a.go", "/integration", False),
        ("test/integration/a.go", "./test", True),
        ("test/integration/a.go", "*.go", True),
        ("test/integration/a.go", "test/*.go", False),
        ("test/integration/a.go", "test/**/*.go", True),
        ("test/a.go", "test/**/*.go", True),
        ("test/integration/a.go", "test/**", True),
        ("test/integration/a.go", "test/*/a.?o", True),
        ("test/integration/a.go", "test/*/[!b].go", True),
        ("test/integration/a.go", "test/*/[b-z].go", False),
        ("a+b(c).go", "a+b(c).go", True),
        ("aXb.go", "a.b.go", False),
        ("deep/er/a.go", ".", True),
        ("deep/er/a.go", "**/er/*", True),
        ("er/a.go", "**/er/*", True),
    ],
)
def test_a_pattern_means_a_file_a_directory_or_a_glob(
    path: str, pattern: str, expected: bool
) -> None:
    assert matches(path, pattern) is expected


def test_the_fixed_beginning_ends_before_the_first_wildcard() -> None:
    assert fixed_beginning("test/*/gateway") == "test"
    assert fixed_beginning("test/gateway/") == "test/gateway"
    assert fixed_beginning("**/gateway") == ""
