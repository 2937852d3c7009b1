"""What is to be deployed: a platform of the configuration, or a stack turned into one."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self

from orchestration.cluster.access_check import check_accesses
from orchestration.cluster.deferred import deferred
from orchestration.cluster.image_names import images_of
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_files import load
from orchestration.cluster.manifest_secrets import manifest_secrets
from orchestration.cluster.stack_manifests import manifests_of
from orchestration.errors import ConfigError
from orchestration.inputs import digest, digest_of_build
from orchestration.model import Secret
from orchestration.platform import Access, Platform
from orchestration.project import Project
from orchestration.redact import Redactor
from orchestration.stack import Build, Stack
from orchestration.version import version
from orchestration.wiring import secrets_in

UNBUILT: Final = "<build>"
"""The tag of what a stack builds until it is built. Nobody can write it: whoever runs `postgres:16`
beside a component `postgres` that is built does not mean that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformSource:
    """A platform with its manifests read or made.

    `overrides`: images of this machine to use instead of others. `redact` hides the secrets of all
    of it. `generated`: the password made for a run of a stack. `notices`: what the user should read
    once. `of_a_stack`: it has no table of its own in the configuration.
    """

    platform: Platform
    manifests: tuple[Manifest, ...]
    redact: Redactor
    overrides: Mapping[str, str]
    generated: Secret = field(default_factory=lambda: Secret(""))
    notices: tuple[str, ...] = ()
    of_a_stack: bool = False
    _inputs: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def read(
        cls,
        project: Project,
        platform: str,
        environ: Mapping[str, str],
        *,
        choose: Callable[[Platform], Platform] = lambda written: written,
    ) -> Self:
        """The platform of that name. `choose`: what the caller says instead of the configuration.

        Raises ConfigError with every mistake in its table, in its manifests, or in its accesses.
        """
        meant = choose(project.platform(platform, environ))
        notices: list[str] = []
        manifests = load(meant.paths, told=notices.append)
        if not manifests:
            raise ConfigError(
                f"platform {meant.name} has no manifests",
                fix=f"name files or folders in `manifests` of [e2e.{meant.name}]",
            )
        deferred(manifests)
        check_accesses(meant, manifests)
        return cls(
            platform=meant,
            manifests=manifests,
            redact=Redactor((*secrets_in(meant), *manifest_secrets(manifests))),
            overrides=project.image_overrides,
            notices=tuple(notices),
        )

    @classmethod
    def of_stack(
        cls,
        project: Project,
        stack: str,
        environ: Mapping[str, str],
        *,
        generated: Secret | None = None,
    ) -> Self:
        """A stack as a platform: its components as manifests, its gates as probes.

        `generated`: the password of a run that is up. Raises ConfigError for what has no meaning on
        a cluster.
        """
        generated = generated or Secret(secrets.token_urlsafe(16))
        meant = project.stack(stack, environ, generated)
        builds = {
            each.name: each.source for each in meant.components if isinstance(each.source, Build)
        }
        images = {name: f"{name}:{UNBUILT}" for name in builds}
        made = manifests_of(meant, place=project.file, images=images)
        return cls(
            platform=Platform(
                name=meant.name,
                service=meant.service,
                project=meant.project,
                images={images[name]: build for name, build in builds.items()},
                access=tuple(_accesses(meant)),
                deadline=meant.deadline,
            ),
            manifests=made.manifests,
            redact=Redactor((*secrets_in((meant, generated)), *manifest_secrets(made.manifests))),
            overrides=project.image_overrides,
            generated=generated,
            notices=made.notices,
            of_a_stack=True,
        )

    @property
    def locals(self) -> dict[str, str]:
        """The images of this machine that are used, by how the manifests name what they replace."""
        used = images_of(self.manifests)
        instead = {written: here for written, here in self.overrides.items() if written in used}
        return instead | {each: each for each in self.overrides.values() if each in used}

    def inputs(self) -> dict[str, str]:
        """What a run is made from, as digests by name: equal inputs allow reuse.

        Digested once: build contexts may be large. Of what changes between that and the build, the
        next look tells that it has changed.
        """
        if not self._inputs:
            self._inputs.update(self._digested())
        return dict(self._inputs)

    def _digested(self) -> dict[str, str]:
        found = {"stackwright": version()}
        for each in self.manifests:
            found[str(each.ref)] = digest(json.dumps(each.body, sort_keys=True))
        for name, here in self.locals.items():
            found[f"image {name}"] = here
        for name, build in self.platform.images.items():
            found[f"image {name}"] = digest_of_build(build)
        return found


def _accesses(stack: Stack) -> Iterator[Access]:
    """Every port of every component, the gate's under the component's own name."""
    for component in stack.components:
        gate = component.gate
        first = gate.port if gate is not None else None
        for port in component.ports:
            main = port.name == first or (first is None and port is component.ports[0])
            scheme = gate.scheme if gate is not None and port.name == first else "tcp"
            yield Access(
                name=component.name if main else f"{component.name}.{port.name}",
                service=component.name,
                port=port.container,
                scheme=scheme,
            )
