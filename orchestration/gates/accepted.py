"""What gates accept as settings: both checks raise ValueError, naming the setting."""

from __future__ import annotations

import re

from orchestration.model import Text, reveal


def check_pattern(name: str, pattern: str | bytes) -> None:
    """A regular expression that compiles."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{name} is not a regular expression: {error}") from error


def check_text(name: str, text: Text) -> None:
    """A text that can be sent: UTF-8, and no NUL, which ends a text in many protocols."""
    try:
        sendable = b"\0" not in reveal(text).encode()
    except UnicodeEncodeError:
        sendable = False
    if not sendable:
        raise ValueError(f"{name} holds characters that cannot be sent")
