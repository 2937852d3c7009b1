"""The front end for Dockerfiles and Containerfiles: images and stages, no program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

import tree_sitter_containerfile
from tree_sitter import Language, Node, Parser

from lint.facts import FileFacts, ImageRef, Unparsable
from lint.languages import comments
from lint.languages.dockerfile_source import DockerfileSource
from lint.languages.hash_comments import hash_comments

_INSTRUCTION: Final = re.compile(
    r"\s*(?:add|arg|cmd|copy|cross_build|entrypoint|env|expose|from|healthcheck|label|maintainer"
    r"|onbuild|run|shell|stopsignal|user|volume|workdir)\b",
    re.IGNORECASE,
)
_FROM: Final = re.compile(
    r"\s*from\s+(?:--\S+\s+)*(?P<image>[^\s-]\S*)(?:\s+as\s+(?P<stage>\S+))?", re.IGNORECASE
)
_COPY: Final = re.compile(
    r"\s*(?:onbuild\s+)?(?:copy|add)\s+(?:--\S+\s+)*?--from=(?P<image>\S+)", re.IGNORECASE
)
_ARG: Final = re.compile(r"\s*arg\s", re.IGNORECASE)
_PARAMETER: Final = re.compile(r"--from=(?P<image>\S+)")
_MOUNT: Final = re.compile(r"[=,]from=(?P<image>[^\s,]+)")
_ARGUMENT: Final = re.compile(r"(?P<name>\w+)=(?P<value>\"[^\"]*\"|'[^']*'|\S*)")
_REFERENCE: Final = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::?-(?P<default>[^{}$]*))?\})")
_LONGEST: Final = 5_000
_NOTHING: Final = "scratch"


@cache
def _language() -> Language:
    return Language(tree_sitter_containerfile.language())


def extract(data: bytes) -> FileFacts:
    """All facts of a Dockerfile.

    The base of `FROM scratch` is no image and is left out. Variables are replaced by the defaults
    of `ARG`s before the first `FROM`, where they have one.
    """
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\0", " ")
    source = DockerfileSource(text)
    stages = _Stages(source)
    for node in Parser(_language()).parse(source.data).root_node.children:
        stages.read(node)
    remarks = hash_comments(text.split("\n"), source.comments)
    return FileFacts(
        "dockerfile",
        mentions=comments.mentions(remarks),
        images=tuple(stages.images),
        suppressions=comments.suppressions(remarks),
        unparsable=tuple(stages.unparsable),
    )


class _Stages:
    """What the instructions say in order: defaults, stages, images."""

    def __init__(self, source: DockerfileSource) -> None:
        self._source = source
        self._defaults: dict[str, str] = {}
        self._names: set[str] = set()
        self._count = 0
        self._stage = ""
        self.images: list[ImageRef] = []
        self.unparsable: list[Unparsable] = []

    def read(self, node: Node) -> None:
        """One instruction, or what the grammar could not make one of."""
        if node.has_error:
            self._lines(node)
            return
        match node.type:
            case "arg_instruction":
                self._default(self._source.joined(node.start_byte, node.end_byte))
            case "from_instruction":
                self._from(node)
            case "copy_instruction" | "add_instruction":
                self._parameters(node, "param", _PARAMETER)
            case "run_instruction":
                self._parameters(node, "mount_param", _MOUNT)
            case "onbuild_instruction":
                for child in node.named_children:
                    self.read(child)

    def _default(self, text: str) -> None:
        """`ARG`s before the first `FROM` are what images may be named by."""
        for one in _ARGUMENT.finditer(text) if not self._count else ():
            self._defaults[one["name"]] = filled(one["value"].strip("\"'"), self._defaults)

    def _from(self, node: Node) -> None:
        alias = node.child_by_field_name("as")
        name = self._source.joined(alias.start_byte, alias.end_byte).split()[:1] if alias else []
        for child in node.named_children:
            if child.type == "image_spec":
                self._begin(child.start_byte, child.end_byte, "".join(name))

    def _begin(self, start: int, end: int, name: str) -> None:
        """A stage begins, on an image or on an earlier stage."""
        self._stage = name or str(self._count)
        self._count += 1
        self._refer(start, end, defaults=self._defaults)
        if name:
            self._names.add(name.lower())

    def _refer(self, start: int, end: int, *, defaults: Mapping[str, str]) -> None:
        image = filled(self._source.joined(start, end).strip("\"'"), defaults)
        at = self._source.span(start, end)
        earlier = image.isdecimal() and int(image) < self._count
        if earlier or image.lower() in self._names:
            self.images.append(ImageRef("stage", image, at, self._stage))
        elif image and image.lower() != _NOTHING:
            self.images.append(ImageRef("base", image, at, self._stage))

    def _parameters(self, node: Node, kind: str, form: re.Pattern[str]) -> None:
        for child in node.named_children:
            if child.type != kind:
                continue
            text = self._source.joined(child.start_byte, child.end_byte)
            for one in form.finditer(text):
                begin = child.start_byte + len(text[: one.start("image")].encode())
                self._refer(begin, begin + len(one["image"].encode()), defaults={})

    def _lines(self, node: Node) -> None:
        """Instructions that the grammar errs on: what can be told of them by their words."""
        for start, end in self._source.lines(node.start_byte, node.end_byte):
            line = self._source.joined(start, end)
            if found := _FROM.match(line):
                self._begin(*_bytes(start, line, found), found["stage"] or "")
            elif found := _COPY.match(line):
                self._refer(*_bytes(start, line, found), defaults={})
            elif _ARG.match(line):
                self._default(line)
            elif line.strip() and not _INSTRUCTION.match(line):
                why = "this is no instruction of a Dockerfile"
                self.unparsable.append(Unparsable(why, self._source.span(start, end)))


def _bytes(start: int, line: str, found: re.Match[str]) -> tuple[int, int]:
    begin = start + len(line[: found.start("image")].encode())
    return begin, begin + len(found["image"].encode())


def filled(text: str, defaults: Mapping[str, str]) -> str:
    """A text with known variables in place; those without a value stay as written."""

    def word(one: re.Match[str]) -> str:
        value = defaults.get(one["bare"] or one["name"], "")
        return value or one[0]

    whole = _REFERENCE.sub(word, text)
    return whole if len(whole) <= _LONGEST else text
