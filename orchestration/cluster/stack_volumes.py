"""Files and directories of the project as a pod sees them: ConfigMaps, and Secrets for secrets."""

from __future__ import annotations

import os
import posixpath
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.cluster.stack_objects import DATA_LIMIT, Body, StackObjects
from orchestration.errors import ConfigError
from orchestration.model import Mount, names_a_secret

_KEY: Final = re.compile(r"[^-._a-zA-Z0-9]")
_UNPRINTABLE: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML does not carry as it is; the API server reads what is applied as YAML."""

_KEPT_SECRET: Final = frozenset(
    {".env", ".jks", ".key", ".keytab", ".kubeconfig", ".p12", ".pem", ".pfx"}
)
"""Endings, and whole names, of files that hold keys."""

_READ: Final = 0o444
_RUN: Final = 0o555
_MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class StackVolume:
    """One mount: the object that holds the files, the pod's volume, the container's mount.

    `notice`: what of the directory a pod does not see, "" when it sees all.
    """

    object: Body = field(repr=False)
    volume: Body
    mount: Body
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """`path`: relative to the mount. `size` in bytes."""

    path: str
    source: Path
    size: int
    executable: bool


def volume_of(
    objects: StackObjects, number: int, mount: Mount, tells: Callable[[str], bool]
) -> StackVolume:
    """The `number`th mount of the component, from 1; `tells` as of `environment_of`.

    A file that holds a secret of the stack, or is called like one, takes the whole mount into a
    Secret. Raises ConfigError for what no ConfigMap can hold.
    """
    what = f"volume {_shown(objects, mount.source)} of component {objects.component.name}"
    if not mount.read_only:
        raise ConfigError(
            f"{what} is writable",
            why="the files of a project get into a cluster as a ConfigMap, which nobody can write "
            "to, and nothing comes back from there",
            fix="mount it read-only; what the component only needs while it runs, it can write "
            "anywhere else in its container",
        )
    single = mount.source.is_file()
    left_out: list[str] = []
    try:
        files = [_file(mount.source, "file")] if single else list(_tree(mount.source, left_out))
        contents = _contents(files, what)
    except OSError as error:
        raise ConfigError(f"{what} cannot be read: {error.strerror}") from error
    secret = any(_is_secret(path, data, tells) for path, data in _named(mount, files, contents))
    name = f"{objects.component.name}-mount-{number}"
    data = {_key(at, each.path): contents[at] for at, each in enumerate(files)}
    items = [
        {"key": key, "path": each.path, "mode": _RUN if each.executable else _READ}
        for key, each in zip(data, files, strict=True)
    ]
    volume: Body = {"name": f"mount-{number}"}
    if secret:
        volume["secret"] = {"secretName": name, **({"items": items} if items else {})}
    else:
        volume["configMap"] = {"name": name, **({"items": items} if items else {})}
    seen: Body = {"name": f"mount-{number}", "mountPath": place_of(mount), "readOnly": True}
    if single:
        seen["subPath"] = "file"
    return StackVolume(
        object=_secret(objects, name, data) if secret else _config_map(objects, name, data),
        volume=volume,
        mount=seen,
        notice=f"{what}: a pod does not see {', '.join(left_out)}" if left_out else "",
    )


def place_of(mount: Mount) -> str:
    """Where in the container it is, without needless slashes."""
    return "/" + posixpath.normpath(mount.target).lstrip("/")


def refuse_nested(objects: StackObjects) -> None:
    """Raise ConfigError when a mount lies in another: nothing can be made in a ConfigMap."""
    places = sorted(place_of(mount) for mount in objects.component.mounts)
    for place in places:
        for other in places:
            if place != other and place.startswith(f"{other}/"):
                raise ConfigError(
                    f"component {objects.component.name} mounts {place} inside of {other}",
                    why="a ConfigMap is read-only, and nothing can be mounted in one",
                    fix=f"put the files below {other} into one directory, or mount them side by "
                    "side",
                )


def _shown(objects: StackObjects, source: Path) -> str:
    project = objects.stack.project
    return str(source.relative_to(project) if source.is_relative_to(project) else source)


def _file(source: Path, path: str) -> _File:
    found = source.stat()
    return _File(
        path=path, source=source, size=found.st_size, executable=bool(found.st_mode & 0o100)
    )


def _tree(root: Path, left_out: list[str]) -> Iterator[_File]:
    """The files below `root`. What a bind mount would show and a ConfigMap cannot hold is either
    left out, where nobody misses it, or refused."""
    real = os.path.realpath(root)
    for here, names, files in os.walk(root, onerror=_refuse):
        names.sort()
        directory = Path(here)
        inside = directory.relative_to(root)
        if not names and not files and directory != root:
            left_out.append(f"the empty directory {inside}")
        for name in (*names, *sorted(files)):
            place = directory / name
            shown = (inside / name).as_posix()
            if place.is_symlink() and not Path(os.path.realpath(place)).is_relative_to(real):
                left_out.append(f"{shown}, a link that leads out of it")
            elif place.is_symlink() and not place.exists():
                left_out.append(f"{shown}, a link that leads nowhere")
            elif name in names and not place.is_symlink():
                continue
            elif not place.is_file():
                what = "a link to a directory" if place.is_symlink() else "no regular file"
                raise ConfigError(
                    f"{place} is {what}",
                    why="a ConfigMap holds files only",
                    fix="move it out of the directory that is mounted",
                )
            else:
                yield _file(place, _carried(shown, place))


def _refuse(error: OSError) -> None:
    raise error


def _carried(path: str, place: Path) -> str:
    """Raises ConfigError for a path that no item of a volume may have."""
    if path.startswith("..") or not path.isprintable():
        raise ConfigError(
            f"{str(place)!r} has a name that no volume of Kubernetes can hold",
            why="a path in a volume does not begin with `..`, and is UTF-8 without control "
            "characters",
            fix="give it another name",
        )
    return path


def _contents(files: Iterable[_File], what: str) -> list[bytes]:
    listed = list(files)
    # Before anything is read: it may be gigabytes.
    _limit(sum(each.size for each in listed), len(listed), what)
    contents = [each.source.read_bytes() for each in listed]
    _limit(sum(len(each) for each in contents), len(listed), what)
    return contents


def _limit(size: int, count: int, what: str) -> None:
    if size > DATA_LIMIT:
        files = "1 file" if count == 1 else f"{count} files"
        raise ConfigError(
            f"{what} has {files} of {size / _MIB:.2f} MiB",
            why="it would become a ConfigMap, which holds 1 MiB",
            fix="copy it into the component's image (`build`), or mount only what it needs",
        )


def _named(
    mount: Mount, files: Iterable[_File], contents: Iterable[bytes]
) -> Iterator[tuple[str, bytes]]:
    for each, data in zip(files, contents, strict=True):
        yield str(each.source.relative_to(mount.source.parent)), data


def _is_secret(path: str, data: bytes, tells: Callable[[str], bool]) -> bool:
    names = path.split("/")
    ending = Path(names[-1]).suffix or names[-1]
    if ending in _KEPT_SECRET or any(names_a_secret(name) for name in names):
        return True
    return tells(data.decode(errors="replace"))


def _key(at: int, path: str) -> str:
    """A key that no other file has: keys hold no slash, and paths that differ may look alike."""
    return f"{at}.{_KEY.sub('_', path)[-100:]}"


def _secret(objects: StackObjects, name: str, data: dict[str, bytes]) -> Body:
    encoded = {key: b64encode(each).decode() for key, each in data.items()}
    return objects.make("v1", "Secret", name, {"type": "Opaque", "data": encoded})


def _config_map(objects: StackObjects, name: str, data: dict[str, bytes]) -> Body:
    texts: dict[str, str] = {}
    binary: dict[str, str] = {}
    for key, each in data.items():
        text = _text(each)
        if text is None:
            binary[key] = b64encode(each).decode()
        else:
            texts[key] = text
    content = {"data": texts, "binaryData": binary}
    filled = {key: value for key, value in content.items() if value}
    return objects.make("v1", "ConfigMap", name, filled)


def _text(data: bytes) -> str | None:
    """None when it must go as binary data."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _UNPRINTABLE.search(text) else text
