"""The volumes of a pod: files from ConfigMaps and Secrets, and memory for `emptyDir`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.kube.containers.container_environment import PodFacts
from tests.kube.containers.refused_error import RefusedError
from tests.kube.json_values import Doc, child, docs, number, text, value

MakeMemory = Callable[[str, int | None], str]
"""Makes a volume in memory, open to all, of a name and perhaps a group; its name at the engine."""


@dataclass(slots=True)
class PodVolumes:
    """`directory`: of this pod alone, on this machine, whose files containers may see."""

    directory: Path
    memory: MakeMemory
    _sources: dict[str, str] = field(default_factory=dict)

    def prepare(self, facts: PodFacts) -> None:
        """Make all that are not there yet. Raises RefusedError for what they are made from."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for volume in docs(facts.pod, "spec", "volumes"):
            name = text(volume, "name")
            if name in self._sources:
                continue
            if "emptyDir" in volume:
                group = value(facts.pod, "spec", "securityContext", "fsGroup")
                self._sources[name] = self.memory(name, group if isinstance(group, int) else None)
            else:
                self._sources[name] = str(self._files(facts, volume))

    def _files(self, facts: PodFacts, volume: Doc) -> Path:
        kind, key = ("Secret", "secret") if "secret" in volume else ("ConfigMap", "configMap")
        source = child(volume, key)
        name = text(source, "secretName") or text(source, "name")
        optional = source.get("optional") is True
        content = facts.content(kind, name, optional=optional) or {}
        chosen = {text(item, "key"): item for item in docs(source, "items")}
        missing = [each for each in chosen if each not in content]
        if missing and not optional:
            raise RefusedError(f"references non-existent config key: {missing[0]}")
        folder = self.directory / text(volume, "name")
        folder.mkdir(exist_ok=True)
        for entry, written in content.items():
            if chosen and entry not in chosen:
                continue
            item = chosen.get(entry, {})
            # No name of a key has a slash in it, and an item's path may not lead upward.
            path = folder / (text(item, "path") or entry)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written)
            default = number(source, "defaultMode", default=0o644)
            path.chmod(number(item, "mode", default=default))
        return folder

    def binds(self, container: Doc) -> tuple[str, ...]:
        """The mounts of a container. Raises RefusedError for one of a volume that is not there."""
        return tuple(self._bind(mount) for mount in docs(container, "volumeMounts"))

    def _bind(self, mount: Doc) -> str:
        name = text(mount, "name")
        if name not in self._sources:
            raise RefusedError(f'volume "{name}" is not among those of the pod')
        source = self._sources[name]
        files = source.startswith("/")
        below = text(mount, "subPath")
        if below:
            if not files or ".." in PurePosixPath(below).parts:
                raise RefusedError(f"subPath {below} of volume {name} is not done here")
            source = f"{source}/{below}"
        # As on a real node, nobody writes into what a ConfigMap or a Secret gives.
        closed = files or mount.get("readOnly") is True
        return f"{source}:{text(mount, 'mountPath')}:{'ro' if closed else 'rw,nocopy'}"

    def held(self) -> tuple[str, ...]:
        """Mounts that keep what is in memory for as long as a container with them lives."""
        return tuple(
            f"{source}:/held/{name}:nocopy"
            for name, source in self._sources.items()
            if not source.startswith("/")
        )

    def remove(self) -> None:
        """Forget the files; the engine's volumes are removed by whoever made them."""
        shutil.rmtree(self.directory, ignore_errors=True)
