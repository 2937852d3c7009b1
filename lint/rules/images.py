"""What an image's name tells: its repository, its tag, and whether the project builds it itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lint.effects import Build, Start, Word
from lint.model import Place
from lint.project import Project
from lint.text import Literal, Text, Unique, text

_UNIQUE: Final = "\ue000"
_UNKNOWN: Final = "\ue001"
_REFERENCE: Final = re.compile(r"[\w./:@+\-\ue000\ue001]+")
_NOISE: Final = re.compile(r"[^a-z0-9]")
_PUBLIC: Final = """
postgres postgresql pgvector postgis timescaledb redis valkey keydb dragonfly mysql mariadb
mongo mongodb kafka zookeeper rabbitmq nats memcached elasticsearch opensearch cassandra
scylla cockroach neo4j influxdb clickhouse etcd vault consul minio localstack wiremock
mockserver mailhog mailpit jaeger prometheus grafana keycloak nginx httpd traefik haproxy
envoy registry alpine busybox ubuntu debian fedora centos golang python node ruby rust java
openjdk httpbin toxiproxy pause ryuk hello-world
"""
PUBLIC: Final = frozenset(_PUBLIC.split())
"""Last elements of repositories that everybody pulls: never built by the project itself."""


_TOOLS: Final = """
alpine busybox ubuntu debian fedora centos golang python node ruby rust java openjdk pause
ryuk hello-world scratch
"""
TOOLS: Final = frozenset(_TOOLS.split())
"""Images that serve nothing: what runs in them is a tool or the subject of a test."""


class Tag(StrEnum):
    """What is known of a tag."""

    MISSING = "missing"
    LATEST = "latest"
    CONSTANT = "constant"
    UNIQUE = "unique"
    DIGEST = "digest"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One possible image name. In `repository`, `?` stands for what is not known.

    `at` is where the name's literal stands, None: nowhere.
    """

    shown: str
    repository: str
    tag: Tag
    label: str = ""
    """The tag as written, where it is known."""
    at: Place | None = None

    @property
    def last(self) -> str:
        """The last element of the repository."""
        return self.repository.rpartition("/")[2]

    @property
    def host(self) -> str:
        """The registry (`ghcr.io`, `localhost:5000`), empty: none is named."""
        first, slash, _ = self.repository.partition("/")
        return first if slash and ("." in first or ":" in first or first == "localhost") else ""

    @property
    def tool(self) -> bool:
        """Whether it is a bare system or a language's tools."""
        return self.last in TOOLS

    @property
    def public(self) -> bool:
        """Whether it is one that everybody pulls (`postgres`, `bitnami/redis`)."""
        return self.last in PUBLIC and self.host != "localhost"


def images(word: Word) -> tuple[Image, ...]:
    """The images that an argument may name."""
    return tuple(image for one in word if (image := parse(one)))


def parse(name: Text) -> Image | None:
    """One image name taken apart, None: it is no image name."""
    flat = "".join(
        part.text
        if isinstance(part, Literal)
        else _UNIQUE
        if isinstance(part, Unique)
        else _UNKNOWN
        for part in name.parts
    ).strip()
    if not _REFERENCE.fullmatch(flat) or flat.startswith("-"):
        return None
    stem, _, digest = flat.partition("@")
    head, slash, last = stem.rpartition("/")
    last, colon, label = last.partition(":")
    repository = (head + slash + last).replace(_UNKNOWN, "?").replace(_UNIQUE, "?")
    return Image(
        shown=name.shown,
        repository=repository,
        tag=_tag(flat, digest, last, colon, label),
        label="" if _UNKNOWN in label or _UNIQUE in label else label,
        at=name.at,
    )


def _tag(flat: str, digest: str, last: str, colon: str, label: str) -> Tag:
    if _UNIQUE in flat:
        return Tag.UNIQUE
    if digest:
        return Tag.DIGEST
    if not colon:
        return Tag.UNKNOWN if _UNKNOWN in last else Tag.MISSING
    if _UNKNOWN in label or not label:
        return Tag.UNKNOWN
    return Tag.LATEST if label == "latest" else Tag.CONSTANT


def normal(name: str) -> str:
    """A repository without the hosts that mean nothing (`docker.io/library/`, `localhost/`)."""
    for host in ("docker.io/library/", "docker.io/", "localhost/", "library/"):
        name = name.removeprefix(host)
    return name


class Built:
    """Which images the project builds, in any of its entry points or compose files."""

    def __init__(self, project: Project) -> None:
        self._names: set[str] = set()
        self._tails: set[str] = set()
        self._upstream: set[tuple[str, str]] = set()
        """Builds under a well-known name: only the same tag is the project's own."""
        for trace in project.traces:
            for build in trace.effects:
                if isinstance(build, Build):
                    self._take(image for tag in build.tags for image in images(tag))
        for facts in project.files.values():
            for compose in facts.compose:
                named = [parse(text(one.image)) for one in compose.services if one.build]
                self._take(image for image in named if image)
        self._services = {
            name
            for service in project.services
            for name in (_NOISE.sub("", service.name.lower()), *service.names)
            if name not in PUBLIC and len(name) > 2
        }

    def _take(self, found: Iterable[Image]) -> None:
        for image in found:
            if not image.last or image.last == "?":
                continue
            if image.public:
                self._upstream.add((normal(image.repository), image.label))
            elif "?" in image.repository:
                self._tails.add(image.last)
            else:
                self._names.add(normal(image.repository))

    def seen(self, image: Image) -> bool:
        """Whether a build of it was found anywhere in the repository."""
        if not image.last or "?" in image.last:
            return False
        if image.public:
            return (normal(image.repository), image.label) in self._upstream
        if normal(image.repository) in self._names:
            return True
        if "?" in image.repository:
            return image.last in self._tails or image.last in {
                name.rpartition("/")[2] for name in self._names
            }
        return image.last in self._tails

    def local(self, image: Image) -> bool:
        """Whether it is the project's own: built here, under `localhost/`, or a service's name."""
        return self.seen(image) or image.host == "localhost" or self.named(image)

    def named(self, image: Image) -> bool:
        """Whether it is called like a service of the platform and names no owner.

        Names without an owner are either everybody's (`postgres`) or local.
        """
        bare = normal(image.repository).lower()
        if "/" in bare or image.public or image.tool:
            return False
        words = {_NOISE.sub("", bare), *re.split(r"[-_.?]+", bare)}
        return bool(words & self._services)


class Role(StrEnum):
    """What a container is in a stack."""

    POSTGRES = "PostgreSQL"
    REDIS = "Redis"
    BACKING = "a backing service"
    MIGRATIONS = "the migrations"
    APPLICATION = "an application service"
    OTHER = "a container"


_POSTGRES: Final = re.compile(r"postgres|pgvector|postgis|timescale")
_REDIS: Final = re.compile(r"redis|valkey|keydb|dragonfly")
_MIGRATIONS: Final = re.compile(r"migrat|flyway|liquibase|goose")


def role(start: Start, built: Built) -> Role:
    """Of a container, by its image; by its name or its library only where that is not known."""
    named = images(start.image)
    words = [image.last for image in named if "?" not in image.last] or [
        *(one.shown for one in (*start.image, *start.name)),
        start.api,
    ]
    told = " ".join(words).lower()
    if _MIGRATIONS.search(told):
        return Role.MIGRATIONS
    if _POSTGRES.search(told):
        return Role.POSTGRES
    if _REDIS.search(told):
        return Role.REDIS
    if any(built.local(image) and not image.public for image in named):
        return Role.APPLICATION
    return Role.BACKING if any(image.public for image in named) else Role.OTHER
