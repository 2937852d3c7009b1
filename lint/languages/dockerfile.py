"""The front end for Dockerfiles and Containerfiles: what they build on, no program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

import tree_sitter_containerfile
from tree_sitter import Language, Node, Parser

from lint.facts import BaseImage, FileFacts, Unparsable
from lint.languages import comments
from lint.languages.dockerfile_source import DockerfileSource
from lint.languages.hash_comments import hash_comments
from lint.program import Span

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
    of `ARG`s before the first `FROM`, or by their own (`${TAG:-latest}`), where they have one.
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
        bases=tuple(stages.bases),
        suppressions=comments.suppressions(remarks),
        unparsable=tuple(stages.unparsable),
    )


class _Stages:
    """What the instructions say in order: defaults, stages, images."""

    def __init__(self, source: DockerfileSource) -> None:
        self._source = source
        self._defaults: dict[str, str] = {}
        self._names: set[str] = set()
        self._begun = False
        self._named: list[BaseImage] = []
        self.unparsable: list[Unparsable] = []

    @property
    def bases(self) -> Iterator[BaseImage]:
        """Without what is copied from a stage, which may also follow."""
        for one in self._named:
            stage = one.image.isdecimal() or one.image.lower() in self._names
            if not (one.copied and stage):
                yield one

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
        for one in _ARGUMENT.finditer(text) if not self._begun else ():
            self._defaults[one["name"]] = filled(one["value"].strip("\"'"), self._defaults)

    def _from(self, node: Node) -> None:
        alias = node.child_by_field_name("as")
        name = self._source.joined(alias.start_byte, alias.end_byte).split()[:1] if alias else []
        for child in node.named_children:
            if child.type == "image_spec":
                image = self._source.joined(child.start_byte, child.end_byte)
                self._begin(image, "".join(name), self._span(node))

    def _begin(self, image: str, name: str, at: Span) -> None:
        """A stage begins, on an image or on an earlier stage."""
        self._begun = True
        image = filled(image.strip("\"'"), self._defaults)
        if image.lower() not in self._names:
            self._refer(BaseImage(image, at))
        if name:
            self._names.add(name.lower())

    def _refer(self, base: BaseImage) -> None:
        if base.image.lower() not in ("", _NOTHING):
            self._named.append(base)

    def _copies(self, image: str, at: Span) -> None:
        self._refer(BaseImage(filled(image.strip("\"'"), {}), at, copied=True))

    def _parameters(self, node: Node, kind: str, form: re.Pattern[str]) -> None:
        for child in node.named_children:
            if child.type == kind:
                for one in form.finditer(self._source.joined(child.start_byte, child.end_byte)):
                    self._copies(one["image"], self._span(node))

    def _lines(self, node: Node) -> None:
        """Instructions that the grammar errs on: what can be told of them by their words."""
        for start, end in self._source.lines(node.start_byte, node.end_byte):
            line, at = self._source.joined(start, end), self._source.span(start, end)
            if found := _FROM.match(line):
                self._begin(found["image"], found["stage"] or "", at)
            elif found := _COPY.match(line):
                self._copies(found["image"], at)
            elif _ARG.match(line):
                self._default(line)
            elif line.strip() and not _INSTRUCTION.match(line):
                self.unparsable.append(Unparsable("this is no instruction of a Dockerfile", at))

    def _span(self, node: Node) -> Span:
        return self._source.span(node.start_byte, node.end_byte)


def filled(text: str, defaults: Mapping[str, str]) -> str:
    """A text with known variables in place; those without a value stay as written."""

    def word(one: re.Match[str]) -> str:
        value = defaults.get(one["bare"] or one["name"])
        if not value and one["default"] is not None:
            value = one["default"]
        return one[0] if value is None else value

    whole = _REFERENCE.sub(word, text)
    return whole if len(whole) <= _LONGEST else text
