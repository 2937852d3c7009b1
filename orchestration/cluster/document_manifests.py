"""The manifests that a document holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from orchestration.cluster.document import Document, Keys
from orchestration.cluster.manifest import Manifest, Place
from orchestration.cluster.manifest_mistakes import ManifestMistakes


def document_manifests(
    document: Document, file: Path, mistakes: ManifestMistakes
) -> Iterator[Manifest]:
    """One, or those of a list of objects; `mistakes` gets what cannot be one."""
    yield from _Reading(document, file, mistakes).manifests(document.value, ())


class _Reading:
    def __init__(self, document: Document, file: Path, mistakes: ManifestMistakes) -> None:
        self._document, self._file, self._mistakes = document, file, mistakes

    def manifests(self, body: object, at: Keys) -> Iterator[Manifest]:
        if not isinstance(body, dict):
            self._add(
                at,
                f"is no object but {_sort(body)}",
                fix="an object begins with `apiVersion:` and `kind:`; documents end at `---`",
            )
            return
        kind, items = body.get("kind"), body.get("items")
        if isinstance(kind, str) and kind.endswith("List") and isinstance(items, list):
            for index, item in enumerate(items):
                whole = _inherited(item, body.get("apiVersion"), kind.removesuffix("List"))
                yield from self.manifests(whole, (*at, "items", index))
            return
        manifest = self._manifest(body, at)
        if manifest is not None:
            yield manifest

    def _manifest(self, body: Mapping[str, object], at: Keys) -> Manifest | None:
        metadata = body.get("metadata", {})
        if not isinstance(metadata, dict):
            what = f"`metadata` is no table but {_sort(metadata)}"
            self._add((*at, "metadata"), what, fix="write `name:` below it")
            return None
        api_version = self._text(body, (*at, "apiVersion"), body.get("apiVersion"), "apps/v1")
        kind = self._text(body, (*at, "kind"), body.get("kind"), "Deployment")
        name = self._text(body, (*at, "metadata", "name"), metadata.get("name"), "postgres")
        namespace = metadata.get("namespace")
        if namespace is not None and not isinstance(namespace, str):
            what = f"`metadata.namespace` is no text but {_sort(namespace)}"
            self._add((*at, "metadata", "namespace"), what, fix="quote it")
            return None
        if not (api_version and kind and name):
            return None
        return Manifest(
            api_version=api_version,
            kind=kind,
            name=name,
            namespace=namespace or None,
            body=body,
            place=self._place(at),
        )

    def _text(self, body: Mapping[str, object], at: Keys, value: object, example: str) -> str:
        """What is at a required key; "" and a mistake when it is no text."""
        if isinstance(value, str) and value:
            return value
        key = "metadata.name" if at[-1] == "name" else str(at[-1])
        if value is None or value == "":
            self._add(at, f"has no `{key}`", why=_which(body), fix=_fix(body, key, example))
        else:
            self._add(at, f"`{key}` is no text but {_sort(value)}", fix="quote it")
        return ""

    def _add(self, at: Keys, what: str, *, why: str = "", fix: str = "") -> None:
        self._mistakes.add(self._place(at), what, why=why, fix=fix)

    def _place(self, at: Keys) -> Place:
        return Place(path=self._file, line=self._document.line(*at))


def _inherited(item: object, api_version: object, kind: str) -> object:
    """An item of a typed list (`RoleList`), which need not say what it is."""
    if kind and isinstance(item, dict) and "kind" not in item:
        return {"apiVersion": api_version, "kind": kind, **item}
    return item


def _which(body: Mapping[str, object]) -> str:
    """What it is, as far as one can tell: a user looks for it in a file of many."""
    kind, metadata = body.get("kind"), body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    told = [each for each in (kind, name) if isinstance(each, str) and each]
    return f"it is the object `{' '.join(told)}`" if told else ""


def _fix(body: Mapping[str, object], key: str, example: str) -> str:
    metadata = body.get("metadata")
    if key == "metadata.name" and isinstance(metadata, dict) and "generateName" in metadata:
        return "write a name in place of `generateName`: objects are applied by their names"
    return f"write it: `{key}: {example}`"


def _sort(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a table"
