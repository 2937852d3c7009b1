"""What a server calls the kinds of a plan, asked for when they can be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from orchestration.cluster.api import ApiError, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.deploy_plan import KNOWN, Step, defined_kind
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.cluster.retry import Answered, GaveUp, Retry
from orchestration.cluster.unknown_kind import unknown_kind

_NOBODY: Final = frozenset({0, 401})

Served = Mapping[tuple[str, str], ResourceKind]


class ServedKinds:
    """The kinds by what was discovered so far. `known`: what somebody discovered before, all that
    each API version of it has. `deadline`: by the clock of `retry`."""

    def __init__(self, client: Client, known: Served, retry: Retry, deadline: float) -> None:
        self._client = client
        self._retry = retry
        self._deadline = deadline
        self._found: dict[str, Served | ApiError] = {}
        for version in {version for version, _ in known}:
            self._found[version] = {key: each for key, each in known.items() if key[0] == version}
        self._again: set[Ref] = set()

    async def discover(self, api_version: str) -> Served | ApiError:
        """Ask for one API version, and remember the answer. Raises nothing."""
        match await self._retry(
            lambda: self._client.discover([api_version]), deadline=self._deadline
        ):
            case Answered(answer):
                self._found[api_version] = answer
                return answer
            case GaveUp(error):
                self._found[api_version] = error
                return error

    def of(self, step: Step) -> ResourceKind | ApiError | None:
        """The kind of an object, why it has none, or None while that is not known.

        Of what the plan itself defines the definition says what it is: once that is established,
        nobody need be asked.
        """
        version, kind = step.manifest.api_version, step.manifest.kind
        if (version, kind) in KNOWN:
            return KNOWN[version, kind]
        if step.definition is not None:
            defined = defined_kind(step.definition, version)
            return defined or unknown_kind(step.ref, _defined(step.definition))
        match self._found.get(version):
            case None:
                return None
            case ApiError() as error:
                return error
            case served:
                return served.get((version, kind)) or unknown_kind(step.ref, self._all())

    def unasked(self, api_versions: Sequence[str]) -> tuple[str, ...]:
        """Those of which nothing is known."""
        return tuple(each for each in api_versions if each not in self._found)

    def _all(self) -> Iterator[ResourceKind]:
        for found in self._found.values():
            if not isinstance(found, ApiError):
                yield from found.values()

    def unheard(self, api_versions: Sequence[str]) -> ApiError | None:
        """Why none of these could be asked for, if that has nothing to do with them: no answer, or
        none to whoever asks."""
        answers = [self._found.get(each) for each in api_versions]
        errors = [each for each in answers if isinstance(each, ApiError) and each.code in _NOBODY]
        return errors[0] if errors and len(errors) == len(answers) else None

    def ask_again(self, step: Step) -> bool:
        """Whether a deferred object may have a kind that was not there at first, because what it
        waited for brought it along. True once for each object; what was known is forgotten then."""
        version = step.manifest.api_version
        if step.wave or step.definition or step.ref in self._again or version not in self._found:
            return False
        self._again.add(step.ref)
        del self._found[version]
        return True


def _defined(definition: Manifest) -> Iterator[ResourceKind]:
    """The kind of a CRD in each version that it serves."""
    spec = Fields(definition.body).table("spec")
    for version in spec.tables("versions"):
        kind = defined_kind(definition, f"{spec.text('group')}/{version.text('name')}")
        if kind is not None:
            yield kind
