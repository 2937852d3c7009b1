"""Where platforms are: the cluster that is meant, and that of a run."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from orchestration.cluster.answering import answering
from orchestration.cluster.client import Client, connect
from orchestration.cluster.cluster_access import ClusterContext, cluster_access
from orchestration.cluster.kubeconfig import read_kubeconfig
from orchestration.errors import ReuseError
from orchestration.patience import LOOK_S
from orchestration.platform import LIMIT, ClusterChoice
from orchestration.record import ClusterPlace, RunRecord
from orchestration.wiring import Workplace


def found_cluster(choice: ClusterChoice, environ: Mapping[str, str]) -> tuple[str, ClusterContext]:
    """The files of the kubeconfig, as KUBECONFIG lists them, and the context that is meant.

    Raises ClusterError.
    """
    kubeconfig = read_kubeconfig(choice, environ)
    files = os.pathsep.join(str(each.absolute()) for each in kubeconfig.files)
    return files, cluster_access(kubeconfig, choice.context).context


def connected(
    workplace: Workplace,
    run: RunRecord,
    *,
    limit: int = LIMIT,
    api_versions: Iterable[str] = (),
) -> AbstractAsyncContextManager[Client]:
    """A client for the cluster of a run, as `connect` makes it. Raises ClusterError when it is
    entered."""
    choice = ClusterChoice(context=run.place.context)
    environ = environ_of(run.place, workplace.environ)
    return connect(choice, environ=environ, limit=limit, api_versions=api_versions)


@asynccontextmanager
async def looking(workplace: Workplace, run: RunRecord) -> AsyncIterator[Client]:
    """As `connected`, for those who only want to know what there is: all that they ask has LOOK_S.

    Connecting has limits of its own, because a credential plugin may take longer. Raises
    ClusterError; SilentClusterError when the cluster's time is over.
    """
    async with connected(workplace, run) as client, answering(LOOK_S, run.place.context):
        yield client


def environ_of(place: ClusterPlace, environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment in which the files of a run's kubeconfig are found, however many they are."""
    return {**environ, "KUBECONFIG": place.kubeconfig} if place.kubeconfig else environ


def raise_unless_there(run: RunRecord, choice: ClusterChoice, environ: Mapping[str, str]) -> None:
    """Raise ReuseError when the cluster that is meant is another than that of `run`, ClusterError
    when none is known.
    """
    place = run.place
    if choice.kind or place.kind:
        if bool(choice.kind) == bool(place.kind):
            return
        meant = "a cluster made with Kind" if choice.kind else "another cluster"
    else:
        files, context = found_cluster(choice, environ)
        if (files, context.name) == (place.kubeconfig, place.context):
            return
        meant = f"context {context.name} of {files or 'the pod'}"
    raise ReuseError(
        f"the running platform {run.stack} is in context {place.context}, and {meant} is meant",
        fix="`stackwright e2e down` first, or ask for that cluster",
    )
