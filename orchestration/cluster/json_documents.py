"""The documents of a JSON text. JSON is YAML once its syntax is known to be right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from orchestration.cluster.document import Document, LineNumbers
from orchestration.cluster.manifest import Place
from orchestration.cluster.manifest_mistakes import ManifestMistakes
from orchestration.cluster.yaml_documents import YamlText, part_documents

_BLANK: Final = re.compile(r"[ \t\r\n]*")
# A character outside of the basic plane, as JSON escapes it and YAML does not.
_PAIR: Final = re.compile(
    r"(?<!\\)(?P<before>(?:\\\\)*)\\u(?P<high>[dD][89abAB][0-9a-fA-F]{2})"
    r"\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
)


def json_documents(path: Path, text: str, mistakes: ManifestMistakes) -> Iterator[Document]:
    """The objects of `text`, which may hold several one after the other, as kubectl takes them.

    `mistakes` gets what is wrong.
    """
    text = _joined(text)
    lines = LineNumbers(text)
    decoder = json.JSONDecoder()
    start = _blank_end(text, 0)
    while start < len(text):
        try:
            _, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            place = Place(path=path, line=lines.at(error.pos))
            mistakes.add(place, f"is not JSON: {error.msg}", fix="correct the syntax there")
            return
        except RecursionError:
            place = Place(path=path, line=lines.at(start))
            mistakes.add(place, "is nested too deeply", fix="check what wrote the file")
            return
        part = YamlText(path=path, text=text[start:end], lines=lines, start=start)
        yield from part_documents(part, mistakes)
        start = _blank_end(text, end)


def _blank_end(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start


def _joined(text: str) -> str:
    """`text` with each pair of surrogate escapes as the character it means."""
    return _PAIR.sub(_character, text)


def _character(pair: re.Match[str]) -> str:
    high, low = int(pair["high"], 16), int(pair["low"], 16)
    return pair["before"] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
