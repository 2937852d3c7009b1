"""Texts of a configuration as they will be used: secrets read, env files parsed."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from orchestration.model import Secret, Text, names_a_secret
from orchestration.nearest import nearest
from orchestration.references import escape
from orchestration.stackfile.mistakes import Mistakes
from orchestration.stackfile.places import Places, Sort
from orchestration.stackfile.positions import Key
from orchestration.stackfile.values import PATTERNS, VARIABLE, FromEnv, FromFile

LONGEST: Final = 131_072
"""Bytes; Linux passes no longer variable to a process (MAX_ARG_STRLEN)."""

Value = str | FromEnv | FromFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Reads secrets from `environ` and from files of the project; mistakes are noted."""

    environ: Mapping[str, str]
    places: Places
    mistakes: Mistakes

    def read(self, value: Value, key: Key) -> Text:
        """The text itself: what comes from elsewhere is a Secret, and "" after a mistake."""
        match value:
            case str():
                return value
            case FromEnv():
                return Secret(self._variable(value.env, key))
            case FromFile():
                return Secret(self._file(value.file, key))

    def variables(self, values: Mapping[str, Value], key: Key) -> dict[str, Text]:
        """Values of `env`: literals keep their references, the rest is as it was written.

        A variable whose name says that it is secret is one.
        """
        found: dict[str, Text] = {}
        for name, value in values.items():
            text = self.read(value, (*key, name))
            if isinstance(text, Secret):
                found[name] = Secret(escape(text.value))
            else:
                found[name] = Secret(text) if names_a_secret(name) else text
        return found

    def env_file(self, written: str, key: Key) -> dict[str, Text]:
        """The variables of an env file, all of them secrets; nothing in them is expanded."""
        place = self.places.find(written, key, Sort.FILE)
        content = self._content(place, written, key) if place is not None else None
        if content is None:
            return {}
        from dotenv.parser import parse_stream

        found: dict[str, Text] = {}
        for binding in parse_stream(io.StringIO(content)):
            where = f"{written}:{binding.original.line}"
            if binding.error:
                self.mistakes.add(
                    key, f"{where} is not a line of an env file", fix="write KEY=value"
                )
            elif binding.key is not None and not re.fullmatch(VARIABLE, binding.key):
                self.mistakes.add(
                    key,
                    f"{where} sets what is not the name of a variable",
                    why=PATTERNS[VARIABLE],
                )
            elif binding.key is not None and binding.value is None:
                self.mistakes.add(
                    key,
                    f"{where} gives `{binding.key}` no value",
                    fix=f"write {binding.key}= for an empty one",
                )
            elif binding.key is not None and binding.value is not None:
                found[binding.key] = Secret(escape(binding.value))
        return found

    def _variable(self, name: str, key: Key) -> str:
        value = self.environ.get(name)
        if value is None:
            meant = nearest(name, self.environ)
            self.mistakes.add(
                key,
                f"the environment has no variable {name}",
                fix=f"set it: export {name}=…" + (f" (there is {meant})" if meant else ""),
            )
            return ""
        return self._usable(value, f"variable {name}", key)

    def _file(self, written: str, key: Key) -> str:
        place = self.places.find(written, key, Sort.FILE)
        content = self._content(place, written, key) if place is not None else None
        if content is None:
            return ""
        line = content.removesuffix("\n")
        return self._usable(
            line.removesuffix("\r") if line != content else line, f"file `{written}`", key
        )

    def _content(self, place: Path, written: str, key: Key) -> str | None:
        try:
            with place.open("rb") as file:
                content = file.read(LONGEST + 1)
            if len(content) > LONGEST:
                self.mistakes.add(key, f"file `{written}` is larger than {LONGEST // 1024} KiB")
                return None
            return content.decode("utf-8-sig")
        except OSError as error:
            self.mistakes.add(key, f"file `{written}` cannot be read: {error.strerror}")
        except UnicodeDecodeError:
            self.mistakes.add(key, f"file `{written}` is not UTF-8")
        return None

    def _usable(self, text: str, source: str, key: Key) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            self.mistakes.add(key, f"{source} is not UTF-8")
            return ""
        if "\0" in text:
            self.mistakes.add(key, f"{source} holds a NUL character")
            return ""
        return text
