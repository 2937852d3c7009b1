"""What was judged of one state of a repository, kept so that the same state is answered at once.

The key holds all that a verdict depends on: the linter's own sources, the guidance, the
configuration, the day, and every file's path and content. Of anything else nothing is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from lint.audit_request import AuditRequest
from lint.cache import Cache
from lint.guidance.guidance import Guidance
from lint.model import CheckedClaim, Coverage, Finding, ServiceReport
from lint.repository import Repository


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Of one state: findings before a baseline, services, claims and coverage."""

    findings: tuple[Finding, ...]
    services: tuple[ServiceReport, ...]
    claims: tuple[CheckedClaim, ...]
    coverage: Coverage


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    key: str
    verdict: Verdict


_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(_Kept)


class Verdicts:
    """The verdicts of one run's settings: one of the working tree, one of a commit."""

    def __init__(
        self, cache: Cache, request: AuditRequest, guidance: Guidance, sources: Iterable[Path]
    ) -> None:
        """`sources` are the files of the linter itself."""
        self._cache = cache
        self._on = request.use_cache and not request.everything
        if not self._on:
            return
        asked = repr((request.config, guidance, request.root.resolve().name))
        self._slot = f"verdict:{_hash(asked)[:16]}"
        code = hashlib.sha256()
        for source in sorted(sources):
            code.update(source.name.encode() + b"\0" + source.read_bytes())
        self._told = f"{asked}\0{request.day}\0{code.hexdigest()}"

    def of(self, repository: Repository, owners: str, renamed: Mapping[str, str]) -> Verdict | None:
        """What is known of a state, None: it has to be judged. `owners`: its CODEOWNERS."""
        known = self._cache.raw(self._at(repository)) if self._on else None
        if not known:
            return None
        try:
            kept = _DECODER.decode(known)
        except (msgspec.MsgspecError, RecursionError):
            return None
        return kept.verdict if kept.key == self._key(repository, owners, renamed) else None

    def keep(
        self, repository: Repository, owners: str, renamed: Mapping[str, str], verdict: Verdict
    ) -> None:
        """Remembers it. Only for a state that did not change while it was judged."""
        if self._on:
            kept = _Kept(self._key(repository, owners, renamed), verdict)
            self._cache.keep_raw(self._at(repository), _ENCODER.encode(kept))

    def _at(self, repository: Repository) -> str:
        return f"{self._slot}:{'then' if repository.commit else 'now'}"

    def _key(self, repository: Repository, owners: str, renamed: Mapping[str, str]) -> str:
        told = hashlib.sha256(self._told.encode("utf-8", "surrogateescape"))
        for one in repository.files:
            told.update(f"\0{one.path}\0{one.blob}\0{one.language}".encode())
        told.update("\0".join(sorted(repository.paths)).encode("utf-8", "surrogateescape"))
        rest = (repository.skipped, sorted(renamed.items()), bool(repository.commit), owners)
        told.update(repr(rest).encode("utf-8", "surrogateescape"))
        return told.hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
