"""The front end for YAML: what a document is, is told by what it holds, not by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from lint.facts import FileFacts, Mention, Suppression
from lint.languages import comments
from lint.languages.azure import azure
from lint.languages.circleci import circleci
from lint.languages.compose import compose, compose_in_block
from lint.languages.gitlab import gitlab
from lint.languages.hooks import hooks
from lint.languages.manifest import manifests
from lint.languages.pipelines import bitbucket, buildkite, drone
from lint.languages.taskfile import taskfile
from lint.languages.travis import travis
from lint.languages.workflow import action, workflow
from lint.languages.yaml_nodes import Mapping, Node
from lint.languages.yaml_tree import read
from lint.program import Module

KINDS: Final[tuple[Callable[[Mapping], FileFacts | None], ...]] = (
    manifests,
    workflow,
    action,
    circleci,
    hooks,
    taskfile,
    bitbucket,
    drone,
    buildkite,
    gitlab,
    azure,
    travis,
)
"""What a document may be, the most telling first. Each answers None for what is not its own."""


def extract(data: bytes) -> FileFacts:
    """All facts of a file of YAML, whatever its documents are."""
    tree = read(data.decode("utf-8-sig", "replace"))
    parts = [part for root in tree.roots if (part := _facts(root))]
    embedded = [found for block in tree.blocks if (found := compose_in_block(block))]
    parts.append(FileFacts("yaml", compose=tuple(embedded)))
    return FileFacts(
        "yaml",
        _program(parts),
        mentions=_by_line(
            (*comments.mentions(tree.comments), *_all(one.mentions for one in parts))
        ),
        ports=_all(one.ports for one in parts),
        compose=_all(one.compose for one in parts),
        suppressions=_suppressions(
            (*comments.suppressions(tree.comments), *_all(one.suppressions for one in parts))
        ),
        unparsable=(*tree.unparsable, *_all(one.unparsable for one in parts)),
    )


def _facts(root: Node) -> FileFacts | None:
    if not isinstance(root, Mapping):
        return None
    for kind in KINDS:
        if found := kind(root):
            return found
    if file := compose(root):
        return FileFacts("yaml", compose=(file,))
    return None


def _program(parts: Iterable[FileFacts]) -> Module | None:
    """The programs of all documents as one."""
    modules = [part.program for part in parts if part.program]
    if not modules:
        return None
    labels = dict.fromkeys(label for module in modules for label in module.labels)
    body = tuple(statement for module in modules for statement in module.body)
    return Module(body, labels=tuple(labels))


T = TypeVar("T")


def _all(many: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    """All of them once: what an alias repeats stands in the file only once."""
    return tuple(dict.fromkeys(one for part in many for one in part))


def _by_line(found: tuple[Mention, ...]) -> tuple[Mention, ...]:
    return tuple(sorted(found, key=lambda one: (one.at.line, one.at.column)))


def _suppressions(found: tuple[Suppression, ...]) -> tuple[Suppression, ...]:
    return tuple(sorted(found, key=lambda one: (one.at.line, one.at.column)))
