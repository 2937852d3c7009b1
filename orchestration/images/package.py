"""One binary package as apt describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_FIELD: Final = re.compile(r"^([A-Za-z0-9-]+):[ \t]*(.*)$", re.MULTILINE)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9+.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The version apt would install.

    `depends` has one tuple per requirement, each the names of its alternatives in order; version
    limits are dropped, as one distribution's candidates fit each other. Sizes are in bytes.
    """

    name: str
    version: str
    architecture: str
    sha256: str
    download_size: int
    installed_size: int
    depends: tuple[tuple[str, ...], ...] = ()
    provides: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """What `apt-get download` calls the file: the epoch's colon is escaped."""
        return f"{self.name}_{self.version.replace(':', '%3a')}_{self.architecture}.deb"

    def version_prefix(self, parts: int) -> str:
        """The first `parts` numbers of the upstream version: "5:7.0.15-1" → "7" or "7.0"."""
        upstream = self.version.split(":", 1)[-1]
        return ".".join(re.findall(r"\d+", upstream)[:parts])


def parse_packages(text: str) -> Iterator[Package]:
    """The packages in the output of `apt-cache show`; those that no source offers are left out."""
    for stanza in text.split("\n\n"):
        fields = dict(_FIELD.findall(stanza))
        if "Filename" not in fields:
            continue
        requirements = (fields.get("Pre-Depends", ""), fields.get("Depends", ""))
        yield Package(
            name=fields["Package"],
            version=fields["Version"],
            architecture=fields["Architecture"],
            sha256=fields.get("SHA256", ""),
            download_size=int(fields.get("Size", "0")),
            installed_size=int(fields.get("Installed-Size", "0")) * 1024,
            depends=tuple(
                alternatives
                for requirement in ",".join(requirements).split(",")
                if (alternatives := _names(requirement, "|"))
            ),
            provides=_names(fields.get("Provides", ""), ","),
        )


def _names(text: str, separator: str) -> tuple[str, ...]:
    found = (_NAME.match(part.strip()) for part in text.split(separator))
    return tuple(match.group() for match in found if match)
