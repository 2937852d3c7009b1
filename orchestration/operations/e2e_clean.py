"""`e2e clean`: what dead runs left on clusters, for CI's always-step."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from orchestration.cluster.answering import SilentClusterError, answering
from orchestration.cluster.client import connect
from orchestration.cluster.cluster_runs import FoundRun, Sorted, find, judge
from orchestration.cluster.held_objects import NAMESPACES
from orchestration.cluster.kind_cluster import KindCluster
from orchestration.cluster.kind_record import judge as judge_kinds
from orchestration.cluster.kind_record import kind_records
from orchestration.cluster.kubeconfig import NoClusterError
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.removal import remove
from orchestration.errors import ClusterError, StackwrightError, StoppedError, TeardownError
from orchestration.operations.e2e_down import end_platform
from orchestration.operations.machine import project_if_any
from orchestration.operations.outcome import outcome, raise_last
from orchestration.patience import LOOK_S
from orchestration.platform import ClusterChoice
from orchestration.platform_place import found_cluster
from orchestration.platform_removal import GOES_S, KIND
from orchestration.ports import Cancel, Owners
from orchestration.record import RunRecord
from orchestration.redact import Redactor
from orchestration.report.prose import prose
from orchestration.sharing import abandoned, not_told, untold
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


def clean(
    *,
    context: str | None = None,
    kubeconfig: Path | None = None,
    dry_run: bool = False,
    config: Path | None = None,
) -> int:
    """Remove what provably dead runs left: on the clusters that the records know, on the one that
    is named or current, and clusters made with Kind; tell what is spared.

    Exit code 11 when something could not be removed, or may be left where nobody can find it; else
    13 when a cluster could not be asked that was named or that a recorded run is on, or when the
    current one is there and says nothing. That another current one refuses us is told, and no
    failure: nothing of ours is known to be there.
    """

    def command() -> int:
        workplace = Workplace.here()
        project_if_any(workplace, config)
        problems = [
            *_recorded(workplace, dry_run),
            *_on_cluster(workplace, context, kubeconfig, dry_run),
            *_kind_clusters(workplace, dry_run),
        ]
        unclean = [each for each in problems if isinstance(each, TeardownError)]
        raise_last((*(each for each in problems if each not in unclean), *unclean))
        return 0

    return outcome(command)


def _recorded(workplace: Workplace, dry_run: bool) -> list[StackwrightError]:
    """Runs that this user's records know, wherever they are."""
    problems: list[StackwrightError] = []
    for record in workplace.runs.all():
        if record.cluster is None:
            continue
        where = f"run {record.run} of {record.stack} in context {record.place.context}"
        if not abandoned(record, workplace.owners):
            print(f"{where} is left alone: {_alive(record, workplace.owners)}")
            continue
        print(f"{where}: {'would be removed' if dry_run else 'is removed'}: nobody answers for it")
        if dry_run:
            continue
        try:
            end_platform(workplace, record, lambda _event: None, force=True)
        except StoppedError:
            raise
        except StackwrightError as error:
            problems.append(error)
    return problems


def _alive(record: RunRecord, owners: Owners) -> str:
    if record.holds and not any(each.use for each in record.holds):
        return f"it is kept until `{record.command} down`"
    unseen = untold(record, owners)
    if unseen is not None:
        return not_told(unseen)
    return f"its owner, process {record.owner.pid}, is alive"


def _on_cluster(
    workplace: Workplace, context: str | None, kubeconfig: Path | None, dry_run: bool
) -> list[StackwrightError]:
    """Runs of which the records know nothing: of another state directory, or of a lost one."""
    choice = ClusterChoice(kubeconfig=kubeconfig, context=context)
    named = context is not None or kubeconfig is not None

    async def look() -> tuple[str, Sorted]:
        async with (
            connect(choice, environ=workplace.environ) as client,
            answering(LOOK_S, client.context.name),
        ):
            found = await find(client)
        for kind in found.unseen:
            print(
                f"{client.context.name}: {kind} may not be listed: there may be more of dead runs"
            )
        recorded = {each.run for each in workplace.runs.all()}
        unknown = [each for each in found.runs if each.run not in recorded]
        owners, identity = workplace.owners, workplace.runs.identity
        return client.context.name, judge(unknown, owners, identity, recorded=recorded)

    with SignalCancel() as cancel, EventLoop() as loop:
        try:
            name, judged = loop.run(look(), cancel)
        except SilentClusterError as error:
            return [error]
        except ClusterError as error:
            if named or _is_used(workplace, choice):
                return [error]
            if not isinstance(error, NoClusterError):
                _warn(error)
            return []
        for run, why in (*judged.alive, *judged.foreign):
            print(f"{name}: run {run.run} is left alone: {why}")
        problems: list[StackwrightError] = []
        for run, why in judged.dead:
            print(f"{name}: run {run.run}: {why}")
            for ref in run.objects:
                print(f"  {'would remove' if dry_run else 'removing'} {ref}")
            if not dry_run:
                problems += _remove(workplace, loop, cancel, choice, run)
                problems += _unknown(name, run)
        return problems


def _is_used(workplace: Workplace, choice: ClusterChoice) -> bool:
    """Whether a recorded run is on the cluster that is meant; any, when nobody can tell which one
    that is."""
    used = [
        each.place
        for each in workplace.runs.all()
        if each.cluster is not None and not each.place.kind
    ]
    try:
        files, context = found_cluster(choice, workplace.environ)
    except NoClusterError:
        return False
    except ClusterError:
        return bool(used)
    return any((each.kubeconfig, each.context) == (files, context.name) for each in used)


def _warn(error: StackwrightError) -> None:
    hide = Redactor()
    what = f"the current cluster was not looked at: {error.what}"
    lines = [
        *prose("warning: ", what, hide),
        *(prose("  why: ", error.why, hide) if error.why else ()),
        *(prose("  fix: ", error.fix, hide) if error.fix else ()),
    ]
    print("\n".join(lines), file=sys.stderr)


def _remove(
    workplace: Workplace, loop: EventLoop, cancel: Cancel, choice: ClusterChoice, run: FoundRun
) -> list[StackwrightError]:
    whole = run.whole
    if whole is None:
        return []

    async def go() -> Mapping[str, str]:
        async with connect(choice, environ=workplace.environ) as client:
            removal = await remove(client, whole, (), deadline_s=GOES_S)
            return {str(ref): why for ref, why in removal.left}

    left = loop.run(go(), cancel)
    return [
        TeardownError(f"{name} of run {run.run} is still there", why=why, fix="run this again")
        for name, why in left.items()
    ]


def _unknown(context: str, run: FoundRun) -> list[StackwrightError]:
    """That nobody knows what else there was, of a run whose namespace is gone and its record."""
    if run.whole is None or any(each.kind == NAMESPACES.kind for each in run.objects):
        return []
    return [
        TeardownError(
            f"whether run {run.run} has left anything in other namespaces, or custom objects, is "
            "not known",
            why="its namespace is gone, and its record: they list that",
            fix=f"`kubectl --context {context} get KIND -A -l {run.whole.hold}` finds it, for each "
            "KIND (roles, rolebindings, ...) that the manifests have there",
        )
    ]


def _kind_clusters(workplace: Workplace, dry_run: bool) -> list[StackwrightError]:
    """Clusters whose run the records have lost; the others went with their runs."""
    directory = workplace.home / KIND
    recorded = {each.run for each in workplace.runs.all()}
    lost = [each for each in kind_records(directory) if each.run not in recorded]
    judged = judge_kinds(lost, workplace.owners)
    for record, why in judged.spared:
        print(f"kind: cluster {record.name} is left alone: {why}")
    problems: list[StackwrightError] = []
    with SignalCancel() as cancel, EventLoop() as loop:
        for record in judged.dead:
            print(f"kind: {'would remove' if dry_run else 'removing'} cluster {record.name}")
            if dry_run:
                continue
            made = KindCluster(record=record, directory=directory, environ=workplace.environ)
            try:
                loop.run(made.delete(), cancel)
            except StoppedError:
                raise
            except StackwrightError as error:
                problems.append(error)
    return problems
