"""The base of every table of the configuration: nothing unknown, nothing converted silently."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

MISTAKE: Final = "stackwright"
"""The type of the errors whose message is ready to be shown."""


class Table(BaseModel):
    """A table whose keys are all known and whose values have exactly the declared types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def mistake(what: str, fix: str = "") -> PydanticCustomError:
    """The error for a validator to raise, in our words: what is wrong, and what to do about it."""
    context: dict[str, Any] = {"what": what, "fix": fix}
    return PydanticCustomError(MISTAKE, "{what}", context)
