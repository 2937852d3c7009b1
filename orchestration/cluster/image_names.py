"""Manifests with the images that were built for a run in place of those they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.nearest import suggest

_CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WithImages:
    """`notices`: what a user would not expect, one sentence each."""

    manifests: tuple[Manifest, ...]
    notices: tuple[str, ...] = ()


def with_images(manifests: Sequence[Manifest], tags: Mapping[str, str]) -> WithImages:
    """Replace images by `tags`: from the name in the manifests to what was built.

    In every list of containers, whatever object it is in: pods, templates, Jobs, CronJobs, custom
    resources. A name without a tag stands for all tags of it that have no name of their own, unless
    it takes its own place. What takes a place is on the nodes, and perhaps nowhere else: where it
    would be pulled always (`imagePullPolicy`, or a tag that stands for that), it is IfNotPresent.
    """
    work = _Replacing(tags)
    made = tuple(replace(each, body=work.body(each)) for each in manifests)
    return WithImages(manifests=made, notices=(*work.notices, *work.unused()))


def images_of(manifests: Sequence[Manifest]) -> frozenset[str]:
    """Every image that a container of the manifests runs, as it is written."""
    work = _Replacing({})
    for each in manifests:
        work.body(each)
    return frozenset(work.seen)


class _Replacing:
    def __init__(self, tags: Mapping[str, str]) -> None:
        self.notices: list[str] = []
        self._tags = tags
        self._used: set[str] = set()
        self.seen: set[str] = set()

    def body(self, manifest: Manifest) -> Mapping[str, object]:
        made = self._table(manifest.body, manifest)
        for path, name in self._elsewhere(made, ""):
            self._tell(
                manifest,
                f"names `{name}` at {path}, which is no container: the image in its place is "
                f"`{self._tags[name]}`, and only its containers use it",
            )
        return made

    def unused(self) -> Iterator[str]:
        """Of every image that was built for nothing."""
        for name in self._tags:
            if name not in self._used:
                others = sorted(self.seen)
                meant = suggest(name, others, nothing="no manifest has containers")
                yield f"no manifest uses the image `{name}` that is built: {meant}"

    def _table(self, table: Mapping[str, object], manifest: Manifest) -> dict[str, object]:
        return {str(key): self._value(str(key), each, manifest) for key, each in table.items()}

    def _value(self, key: str, value: object, manifest: Manifest) -> object:
        match value:
            case Mapping():
                return self._table(value, manifest)
            case list() if key in _CONTAINERS:
                return [self._container(each, manifest) for each in value]
            case list():
                return [self._value("", each, manifest) for each in value]
            case _:
                return value

    def _container(self, container: object, manifest: Manifest) -> object:
        image = container.get("image") if isinstance(container, Mapping) else None
        if not isinstance(container, Mapping) or not isinstance(image, str):
            return container
        self.seen.add(image)
        name = self._name(image)
        if name is None:
            return container
        self._used.add(name)
        here, policy = self._tags[name], container.get("imagePullPolicy")
        made = {**container, "image": here}
        if policy == "Always" or (policy is None and _is_latest(here)):
            made["imagePullPolicy"] = "IfNotPresent"
        if policy == "Always":
            self._tell(
                manifest,
                f"imagePullPolicy of container {container.get('name')} is IfNotPresent in place of "
                f"Always: `{here}` is on the nodes, and may be in no registry",
            )
        return made

    def _name(self, image: str) -> str | None:
        """The entry of `tags` that `image` means."""
        if image in self._tags:
            return image
        bare = _without_tag(image)
        return bare if self._tags.get(bare, bare) != bare else None

    def _elsewhere(self, value: object, path: str) -> Iterator[tuple[str, str]]:
        """Texts that are an image to be replaced, or an option with one; path and name."""
        match value:
            case Mapping():
                for key, each in value.items():
                    if key not in ("name", "image"):
                        yield from self._elsewhere(each, f"{path}.{key}" if path else str(key))
            case list():
                for index, each in enumerate(value):
                    yield from self._elsewhere(each, f"{path}[{index}]")
            case str():
                said = value.rpartition("=")[2]
                # A bare word may mean anything; only a reference is certain to be an image.
                if said in self._tags and ("/" in said or ":" in said):
                    yield path, said

    def _tell(self, manifest: Manifest, what: str) -> None:
        notice = f"{shown_place(manifest.place)}: {manifest.ref.short}: {what}"
        if notice not in self.notices:
            self.notices.append(notice)


def _is_latest(image: str) -> bool:
    """Whether Kubernetes pulls it always unless told otherwise: `:latest`, or no tag nor digest."""
    bare = _without_tag(image)
    return image == bare or image.removeprefix(bare).partition("@")[0] == ":latest"


def _without_tag(image: str) -> str:
    """`registry:5000/api` of `registry:5000/api:1@sha256:…`."""
    plain = image.partition("@")[0]
    head, _, last = plain.rpartition("/")
    bare = last.partition(":")[0]
    return f"{head}/{bare}" if head else bare
