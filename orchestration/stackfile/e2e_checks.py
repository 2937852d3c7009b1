"""What a platform says against itself, and against the rest of the file."""

from __future__ import annotations

from collections.abc import Collection

from orchestration.nearest import suggest
from orchestration.stackfile.component_checks import check_build
from orchestration.stackfile.mistakes import Mistakes
from orchestration.stackfile.positions import Key
from orchestration.stackfile.tables import Stackfile


def check_platforms(stackfile: Stackfile, broken: Collection[Key], mistakes: Mistakes) -> None:
    """Note every contradiction. `broken`: keys, as deep as those of components, that have
    mistakes already.
    """
    services_whole = not {key[0] for key in broken if key} & {"ports", "services"}
    for name, table in stackfile.e2e.items():
        key: Key = ("e2e", name)
        for image, build in table.images.items():
            check_build(build, (*key, "images", image), mistakes)
        if services_whole:
            check_service(stackfile, table.service, (*key, "service"), mistakes)
        if table.kind:
            _check_kind(stackfile, name, mistakes)


def check_service(stackfile: Stackfile, service: str | None, key: Key, mistakes: Mistakes) -> None:
    """Note a service that is none of the project's, which has some."""
    known = {*stackfile.services, *stackfile.ports.services}
    if service is not None and known and service not in known:
        mistakes.add(key, f"there is no service `{service}`", fix=suggest(service, known))


def _check_kind(stackfile: Stackfile, name: str, mistakes: Mistakes) -> None:
    table = stackfile.e2e[name]
    for other in ("kubeconfig", "context"):
        if getattr(table, other) is not None:
            mistakes.add(
                ("e2e", name, other),
                "stands beside `kind`, and means a cluster that is there already",
                why="a cluster that is created for the run has a kubeconfig of its own",
                fix=f"keep `kind` or `{other}`",
            )
    if table.load in ("k3d", "minikube"):
        mistakes.add(
            ("e2e", name, "load"),
            f'"{table.load}" stands beside `kind`, and loads into other clusters',
            fix='leave it out, or write load = "kind"',
        )
