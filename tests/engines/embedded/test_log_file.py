from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.engines.embedded.log_file import follow_log, read_log


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.mark.parametrize(
    ("content", "tail", "expected"),
    [
        (b"a\nb\nc\n", 2, "b\nc\n"),
        (b"a\nb\nc", 2, "b\nc"),
        (b"a\nb\nc\n", 9, "a\nb\nc\n"),
        (b"a\n\n\n", 2, "\n\n"),
        (b"a\nb\n", 0, ""),
        (b"", 3, ""),
        (b"a\xff\n", 1, "a\ufffd\n"),
        (b"x" * 200_000 + b"\nend\n", 1, "end\n"),
        (b"x" * 200_000 + b"\nend\n", 2, "x" * 200_000 + "\nend\n"),
    ],
)
def test_the_tail_is_the_last_lines(log: Path, content: bytes, tail: int, expected: str) -> None:
    log.write_bytes(content)
    assert read_log(log, tail) == expected


def test_the_tail_of_a_huge_log_is_read_without_the_rest(log: Path) -> None:
    with log.open("wb") as file:
        file.truncate(1 << 42)  # four terabytes of hole: whoever reads them does not come back
        file.seek(0, 2)
        file.write(b"\none\ntwo\n")
    assert read_log(log, 2) == "one\ntwo\n"


def test_a_missing_log_is_empty(log: Path) -> None:
    assert read_log(log) == ""
    assert list(follow_log(log, lambda: False, lambda _: None)) == []


def test_following_gives_whole_lines_of_what_is_new_and_at_last_the_rest(log: Path) -> None:
    log.write_bytes(b"old\n")
    written = [b"on", b"e\r\ntw", b"o\n\xff", b""]

    def pause(_: float) -> None:
        with log.open("ab") as file:
            file.write(written.pop(0))

    assert list(follow_log(log, lambda: not written, pause)) == ["one", "two", "\ufffd"]
