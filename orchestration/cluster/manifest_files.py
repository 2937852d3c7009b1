"""Manifests from files, folders and kustomizations. Every mistake is told at its line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from orchestration.cluster.document import Document, LineNumbers
from orchestration.cluster.document_manifests import document_manifests
from orchestration.cluster.helm_hooks import is_for_later, left_out_notice
from orchestration.cluster.kustomization import KUSTOMIZATIONS, build, kustomization_in
from orchestration.cluster.manifest import Manifest, Place, Ref
from orchestration.cluster.manifest_mistakes import ManifestMistakes, shown_place
from orchestration.errors import ConfigError
from orchestration.nearest import nearest

SUFFIXES: Final = (".yaml", ".yml", ".json")
"""What is read in a folder; a file named by itself may be called anything."""


def load(
    paths: Iterable[Path], *, told: Callable[[str], None] = lambda _: None
) -> tuple[Manifest, ...]:
    """The manifests of `paths`, in their order and the order of the files.

    A path is a file (YAML of any number of documents, or JSON), a folder (its files by name, not
    those of folders below), or a folder with a kustomization, which is built. The items of lists
    (`kind: List`) are manifests of their own. A file named twice is read once. What a chart has for
    its tests, upgrades and removal (`helm_hooks`) is left out, and `told` in one sentence. Raises
    ConfigError with every mistake at file:line: a path that is not there, what is not YAML, what
    has no apiVersion, kind or name, a key or an object written twice, and a path that holds no
    manifest.
    """
    mistakes = ManifestMistakes()
    manifests: list[Manifest] = []
    seen: set[Path] = set()
    for path in paths:
        before = len(manifests), len(mistakes.found)
        files = [each for each in _files(path, mistakes) if _new(each, seen)]
        for file in files:
            for document in _documents(file, mistakes):
                manifests += document_manifests(document, file, mistakes)
        if files and before == (len(manifests), len(mistakes.found)):
            mistakes.add(
                Place(path=path, line=0),
                "holds no manifest",
                why="nothing is in it but comments and blanks",
                fix="write a manifest, or name another path",
            )
    later = [each for each in manifests if is_for_later(each)]
    if later:
        told(left_out_notice(later))
        manifests = [each for each in manifests if not is_for_later(each)]
    _refuse_twins(manifests, mistakes)
    mistakes.raise_if_any()
    return tuple(manifests)


def _new(file: Path, seen: set[Path]) -> bool:
    resolved = file.resolve()
    if resolved in seen:
        return False
    seen.add(resolved)
    return True


def _files(path: Path, mistakes: ManifestMistakes) -> list[Path]:
    place = Place(path=path, line=0)
    try:
        if not path.is_dir():
            if path.exists():
                return [path]
            mistakes.add(place, "is not there", fix=_meant(path))
            return []
        kustomization = kustomization_in(path)
        if kustomization is not None:
            return [kustomization]
        inside = sorted(path.iterdir())
        files = [each for each in inside if each.suffix.lower() in SUFFIXES and each.is_file()]
    except OSError as error:
        mistakes.add(place, f"cannot be read: {error.strerror}", fix="check the path and its mode")
        return []
    if not files:
        mistakes.add(
            place,
            f"holds no {', '.join(SUFFIXES)} file",
            why="folders below it are not read" if inside else "",
            fix="name the folder that holds the manifests",
        )
    return files


def _meant(path: Path) -> str:
    try:
        found = nearest(path.name, [each.name for each in path.parent.iterdir()])
    except OSError:
        found = None
    return f"did you mean `{path.parent / found}`?" if found else "correct the path"


def _documents(file: Path, mistakes: ManifestMistakes) -> Iterator[Document]:
    try:
        from orchestration.cluster.json_documents import json_documents
        from orchestration.cluster.yaml_documents import yaml_documents
    except ImportError:
        raise ConfigError(
            "manifests cannot be read: PyYAML is not installed",
            why="the Kubernetes tier is an extra, so that others do without its libraries",
            fix="pip install 'stackwright[kubernetes]'",
        ) from None
    if file.name in KUSTOMIZATIONS:
        # No line of what was made is a line that anybody wrote.
        built = build(file, mistakes)
        yield from yaml_documents(file, built, LineNumbers(""), mistakes)
        return
    text = _text(file, mistakes)
    if file.suffix.lower() == ".json":
        yield from json_documents(file, text, mistakes)
    else:
        yield from yaml_documents(file, text, LineNumbers(text), mistakes)


def _text(file: Path, mistakes: ManifestMistakes) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        place = Place(path=file, line=0)
        mistakes.add(place, f"cannot be read: {error.strerror}", fix="check the path and its mode")
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("latin-1")
        place = Place(path=file, line=LineNumbers(before).at(len(before)))
        mistakes.add(place, "is not UTF-8", fix="save it as UTF-8")
        return ""


def _refuse_twins(manifests: Iterable[Manifest], mistakes: ManifestMistakes) -> None:
    first: dict[tuple[str, Ref], Place] = {}
    for each in manifests:
        ref = each.ref
        # One object is served under all versions of its group.
        key = (
            ref.group,
            Ref(api_version="", kind=ref.kind, namespace=ref.namespace, name=ref.name),
        )
        if key in first:
            mistakes.add(
                each.place,
                f"{ref} is there twice",
                why=f"it stands at {shown_place(first[key])} too, and the later one would win",
                fix="remove one, or give it another name or namespace",
            )
        first.setdefault(key, each.place)
