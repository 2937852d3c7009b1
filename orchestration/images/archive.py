"""The archive an engine loads: one layer and how to run it, in the format of `docker save`.

An import of the layer alone would be simpler, but Docker then refuses STOPSIGNAL and Podman 4.3
ignores the tag. A loaded archive means the same, and has the same id, on both.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

from orchestration.images.recipe import ImageConfig

# Debian's names of architectures where an image's differ.
_ARCHITECTURES: Final = {"armhf": "arm", "i386": "386", "ppc64el": "ppc64le"}


def write_archive(
    layer: Path,
    target: Path,
    *,
    reference: str,
    config: ImageConfig,
    architecture: str,
    created: datetime,
) -> None:
    """Write the image archive of `layer` (an uncompressed tar file) to `target`.

    `architecture` is Debian's word ("amd64"); `created` has a time zone.
    """
    with layer.open("rb") as file:
        layer_digest = hashlib.file_digest(file, "sha256").hexdigest()
    moment = created.isoformat()
    image = json.dumps(
        {
            "architecture": _ARCHITECTURES.get(architecture, architecture),
            "os": "linux",
            "created": moment,
            "config": config,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer_digest}"]},
            "history": [{"created": moment, "created_by": "stackwright images build"}],
        }
    ).encode()
    image_name, layer_name = f"{hashlib.sha256(image).hexdigest()}.json", f"{layer_digest}.tar"
    manifest = [{"Config": image_name, "RepoTags": [reference], "Layers": [layer_name]}]
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        _add(tar, "manifest.json", json.dumps(manifest).encode())
        _add(tar, image_name, image)
        tar.add(layer, layer_name)


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, BytesIO(content))
