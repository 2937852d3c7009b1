"""GitLab CI: jobs as functions, what they extend written out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, product
from typing import Final

from lint.facts import FileFacts
from lint.languages.dialect import GITLAB, literal
from lint.languages.scripts import Scripts
from lint.languages.workflow_matrix import choices, rows
from lint.languages.workflow_steps import deferred
from lint.languages.yaml_nodes import (
    MOST_ITEMS,
    Mapping,
    Node,
    Pair,
    Scalar,
    Sequence,
    items,
    mappings,
)
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Define,
    Do,
    Expr,
    Function,
    Lit,
    Module,
    Name,
    Stmt,
)

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
_SCRIPTS: Final = ("before_script", "script", "after_script")
_DEEPEST: Final = 11
_MOST_JOBS: Final = 64


def gitlab(root: Mapping) -> FileFacts | None:
    """The facts of a pipeline; None where it is none.

    Hidden jobs (`.name`), which only others extend, have the label `template`; so have functions
    for each of their scripts (`.name:before_script`), which jobs of other files may take. What a
    job extends that is not here is a call of `gitlab.extends`, what `include:` names of
    `gitlab.include`.
    """
    jobs = [(pair, job) for pair, job in root.entries if pair.key not in _RESERVED]
    if not _is_pipeline(root, jobs):
        return None
    scripts = Scripts(GITLAB)
    pipeline = _Pipeline(root, scripts)
    body: list[Stmt] = [*_variables(root.mapping("variables"))]
    for pair, job in jobs:
        if not pair.key.startswith(".") or job.keys & _JOB:
            body.append(Define(pipeline.job(pair, job)))
            if pair.key.startswith("."):
                body.extend(Define(one) for one in pipeline.parts(pair, job))
    body.extend(_include(root))
    return scripts.facts(Module(tuple(body), labels=("workflow:gitlab",)))


def _is_pipeline(root: Mapping, jobs: list[tuple[Pair, Mapping]]) -> bool:
    if root.keys & {"jobs", "services", "apiVersion", "tasks"} and not isinstance(
        root.get("services"), Sequence
    ):
        return False
    real = [job for _, job in jobs if "script" in job.keys and not job.keys - _JOB]
    if real:
        return bool(root.keys & _RESERVED) or any(job.keys & _TELLING - {"script"} for job in real)
    if any(
        pair.key.startswith(".") and not job.keys - _JOB and job.keys & set(_SCRIPTS)
        for pair, job in jobs
    ):
        return all(pair.key.startswith(".") or pair.key in _RESERVED for pair in root.pairs)
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
        elsewhere = tuple(self._elsewhere(job))
        before, main, after = (
            tuple(
                one
                for parent in elsewhere
                if whole.pair(key) is None
                for one in _taken(parent, key)
            )
            for key in _SCRIPTS
        )
        body: list[Stmt] = [*_matrix(whole.get("parallel"))]
        body.extend(one for parent in elsewhere for one in _taken(parent, "variables"))
        body.extend(_variables(whole.mapping("variables")))
        late = (*self._script(self._of(whole, "after_script", hidden=hidden)), *after)
        body.extend(deferred(late))
        body.extend((*self._script(self._of(whole, "before_script", hidden=hidden)), *before))
        body.extend((*self._script(whole.get("script")), *main))
        labels = ("template",) if hidden else ()
        return Function(
            pair.key, (), tuple(body), pair.at, needs=tuple(_needs(whole)), labels=labels
        )

    def parts(self, pair: Pair, job: Mapping) -> Iterator[Function]:
        """A hidden job's variables and scripts, each for itself."""
        whole = self._extended(job, 0)
        told = {"variables": _variables(whole.mapping("variables"))}
        told.update((key, self._script(whole.get(key))) for key in _SCRIPTS)
        for key, body in told.items():
            if body:
                yield Function(f"{pair.key}:{key}", (), body, pair.at, labels=("template",))

    def _elsewhere(self, job: Mapping) -> Iterator[Scalar]:
        """What a job extends, also by way of others, that other files define."""
        seen: set[str] = set()
        pending = [job]
        while pending:
            for name in pending.pop().each("extends"):
                if not isinstance(name, Scalar) or name.text in seen:
                    continue
                seen.add(name.text)
                parent = self._root.mapping(name.text)
                if parent is None:
                    yield name
                else:
                    pending.append(parent)

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


def _taken(parent: Scalar, key: str) -> tuple[Stmt, ...]:
    """A part of a job that another file defines."""
    args = (Arg(Lit(parent.text, parent.at)), Arg(Lit(key, parent.at)))
    return (Do(Call(Attr(Name("gitlab"), "extends"), args, parent.at)),)


def _include(root: Mapping) -> tuple[Stmt, ...]:
    """The files of this repository that a pipeline includes."""
    told: list[Scalar] = []
    for one in root.each("include"):
        named = one.scalar("local") if isinstance(one, Mapping) else one
        if isinstance(named, Scalar) and "://" not in named.text:
            told.append(named)
    if not told:
        return ()
    args = tuple(Arg(Lit(one.text, one.at)) for one in told)
    return (Do(Call(Attr(Name("gitlab"), "include"), args, told[0].at)),)


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
    """`parallel: matrix:` as a choice for each variable, and as all combinations."""
    if not isinstance(parallel, Mapping):
        return ()
    axes: dict[str, list[Expr]] = {}
    combinations: list[dict[str, Expr]] = []
    for row in mappings(parallel.each("matrix")):
        told = {pair.key: [literal(one, GITLAB) for one in items(pair.value)] for pair in row.pairs}
        for key, values in told.items():
            axes.setdefault(key, []).extend(values)
        ways = islice(product(*told.values()), _MOST_JOBS)
        combinations.extend(dict(zip(told, way, strict=True)) for way in ways)
    return (*rows(combinations[:_MOST_JOBS]), *choices(axes))
