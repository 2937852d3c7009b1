"""From the tables of a platform to the frozen noun of `orchestration.platform`."""

from __future__ import annotations

from orchestration.platform import Access, ClusterChoice, Platform
from orchestration.stackfile.builds import make_build
from orchestration.stackfile.e2e_tables import E2eTable
from orchestration.stackfile.places import Sort
from orchestration.stackfile.positions import Key
from orchestration.stackfile.texts import Texts


def make_platform(name: str, table: E2eTable, texts: Texts) -> Platform:
    """The platform as far as what it names is there; a mistake is noted for what is not."""
    key: Key = ("e2e", name)
    places = texts.places
    paths = [
        places.find(path, (*key, "manifests", index), Sort.EITHER)
        for index, path in enumerate(table.manifests)
    ]
    builds = {
        image: make_build(build, (*key, "images", image), texts)
        for image, build in table.images.items()
    }
    kubeconfig = None
    if table.kubeconfig is not None:
        kubeconfig = places.find(table.kubeconfig, (*key, "kubeconfig"), Sort.FILE)
    return Platform(
        name=name,
        service=table.service or name,
        project=places.root,
        paths=tuple(path for path in paths if path is not None),
        images={image: build for image, build in builds.items() if build is not None},
        access=tuple(
            Access(name=each, service=to.service, port=to.port, scheme=to.scheme)
            for each, to in table.access.items()
        ),
        cluster=ClusterChoice(kubeconfig=kubeconfig, context=table.context, kind=table.kind),
        load=table.load,
        deadline=table.deadline,
        limit=table.limit,
    )
