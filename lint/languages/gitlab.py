"""GitLab CI: jobs as functions, what they extend written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from lint.facts import FileFacts, ImageRef
from lint.languages.dialect import GITLAB, literal
from lint.languages.scripts import Scripts
from lint.languages.workflow import job_images
from lint.languages.workflow_steps import deferred
from lint.languages.yaml_nodes import MOST_ITEMS, Mapping, Node, Pair, Scalar, Sequence, items
from lint.program import Assign, Choice, Define, Expr, Function, Module, Name, Stmt

_RESERVED_WORDS: Final = """
    default include stages variables workflow image services before_script after_script cache
    spec
"""
_RESERVED: Final = frozenset(_RESERVED_WORDS.split())
_JOB_WORDS: Final = """
    script stage extends before_script after_script only except rules needs dependencies
    artifacts tags when allow_failure trigger environment parallel retry coverage image
    services variables cache interruptible resource_group timeout inherit release secrets run
    pages id_tokens hooks dast_configuration identity manual_confirmation publish start_in
"""
_JOB: Final = frozenset(_JOB_WORDS.split())
_TELLING: Final = _JOB - {"tags", "environment", "hooks", "run", "image", "when"}
_DEEPEST: Final = 11


def gitlab(root: Mapping) -> FileFacts | None:
    """The facts of a pipeline; None where it is none.

    Hidden jobs (`.name`), which only others extend, have the label `template`.
    """
    jobs = [(pair, job) for pair, job in root.entries if pair.key not in _RESERVED]
    if not _is_pipeline(root, jobs):
        return None
    scripts = Scripts(GITLAB)
    pipeline = _Pipeline(root, scripts)
    body: list[Stmt] = [*_variables(root.mapping("variables"))]
    images: list[ImageRef] = [*job_images("", root)]
    if default := root.mapping("default"):
        images.extend(job_images("", default))
    for pair, job in jobs:
        if not pair.key.startswith(".") or job.keys & _JOB:
            body.append(Define(pipeline.job(pair, job)))
            images.extend(job_images(pair.key, job))
    facts = scripts.facts(Module(tuple(body), labels=("workflow:gitlab",)))
    return msgspec.structs.replace(facts, images=tuple(images))


def _is_pipeline(root: Mapping, jobs: list[tuple[Pair, Mapping]]) -> bool:
    if root.keys & {"jobs", "services", "apiVersion", "tasks"} and not isinstance(
        root.get("services"), Sequence
    ):
        return False
    real = [job for _, job in jobs if "script" in job.keys and not job.keys - _JOB]
    if real:
        return bool(root.keys & _RESERVED) or any(job.keys & _TELLING - {"script"} for job in real)
    calls = [job for _, job in jobs if job.keys & {"extends", "trigger"} and not job.keys - _JOB]
    return bool(calls) and "stages" in root.keys


class _Pipeline:
    """The jobs of one file, and the templates that they share."""

    def __init__(self, root: Mapping, scripts: Scripts) -> None:
        self._root = root
        self._scripts = scripts
        self._default = root.mapping("default")
        self._whole: dict[str, Mapping] = {}
        self._left = 0

    def job(self, pair: Pair, job: Mapping) -> Function:
        """A job with all that it extends and that is set for every job."""
        whole = self._extended(job, 0)
        hidden = pair.key.startswith(".")
        body: list[Stmt] = [*_matrix(whole.get("parallel"))]
        body.extend(_variables(whole.mapping("variables")))
        body.extend(deferred(self._script(self._of(whole, "after_script", hidden=hidden))))
        body.extend(self._script(self._of(whole, "before_script", hidden=hidden)))
        body.extend(self._script(whole.get("script")))
        labels = ("template",) if hidden else ()
        return Function(
            pair.key, (), tuple(body), pair.at, needs=tuple(_needs(whole)), labels=labels
        )

    def _of(self, job: Mapping, key: str, *, hidden: bool) -> Node | None:
        if job.pair(key) is not None or hidden:
            return job.get(key)
        if self._default and self._default.pair(key):
            return self._default.get(key)
        return self._root.get(key)

    def _extended(self, job: Mapping, depth: int) -> Mapping:
        """The job over what it extends: mappings are joined, all else is replaced."""
        pairs = {pair.key: pair for pair in job.pairs}
        for name in reversed([one.text for one in job.each("extends") if isinstance(one, Scalar)]):
            parent = self._parent(name, depth + 1)
            for pair in parent.pairs if parent else ():
                own = pairs.get(pair.key)
                if own is None:
                    pairs[pair.key] = pair
                elif isinstance(own.value, Mapping) and isinstance(pair.value, Mapping):
                    pairs[pair.key] = _joined(own, own.value, pair.value)
        return Mapping(pairs=tuple(pairs.values()), at=job.at)

    def _parent(self, name: str, depth: int) -> Mapping | None:
        """A job with what it extends itself; as it stands where it extends itself in a circle."""
        if name not in self._whole and (parent := self._root.mapping(name)):
            self._whole[name] = parent
            if depth <= _DEEPEST:
                self._whole[name] = self._extended(parent, depth)
        return self._whole.get(name)

    def _script(self, node: Node | None) -> tuple[Stmt, ...]:
        self._left = MOST_ITEMS
        return tuple(
            statement
            for scalar in self._commands(node, 0)
            for statement in self._scripts.lower(scalar)
        )

    def _commands(self, node: Node | None, depth: int) -> Iterator[Scalar]:
        """The commands of a script; `!reference [.job, script]` looked up."""
        for one in items(node) if node is not None else ():
            self._left -= 1
            if self._left < 0:
                return
            if isinstance(one, Scalar):
                if one.text:
                    yield one
            elif isinstance(one, Sequence) and one.tag == "!reference" and depth < _DEEPEST:
                found: Node | None = self._root
                for key in one.items[:4]:
                    inside = found if isinstance(found, Mapping) else None
                    found = inside.get(key.text) if inside and isinstance(key, Scalar) else None
                yield from self._commands(found, depth + 1)


def _joined(own: Pair, over: Mapping, under: Mapping) -> Pair:
    keys = over.keys
    more = tuple(pair for pair in under.pairs if pair.key not in keys)
    value = Mapping(pairs=(*over.pairs, *more), at=over.at)
    return Pair(key=own.key, key_at=own.key_at, value=value, at=own.at)


def _variables(told: Mapping | None) -> tuple[Stmt, ...]:
    """Variables as assignments, also in their long form (`value:`, `description:`)."""
    found: list[Stmt] = []
    for pair in told.pairs if told else ():
        node: Node | None = pair.value
        if isinstance(node, Mapping):
            node = node.get("value")
        if node is not None:
            found.append(Assign(Name(pair.key), literal(node, GITLAB)))
    return tuple(found)


def _needs(job: Mapping) -> Iterator[str]:
    for key in ("needs", "dependencies"):
        for one in job.each(key):
            if isinstance(one, Mapping):
                name = one.text("job")
            else:
                name = one.text if isinstance(one, Scalar) else ""
            if name:
                yield name


def _matrix(parallel: Node | None) -> tuple[Stmt, ...]:
    """`parallel: matrix:` as a choice for each variable."""
    if not isinstance(parallel, Mapping):
        return ()
    axes: dict[str, list[Expr]] = {}
    for row in parallel.each("matrix"):
        for pair in row.pairs if isinstance(row, Mapping) else ():
            values = [literal(one, GITLAB) for one in items(pair.value)]
            axes.setdefault(pair.key, []).extend(values)
    return tuple(
        Assign(Name(name), values[0] if len(values) == 1 else Choice(tuple(values)))
        for name, values in axes.items()
        if values
    )
