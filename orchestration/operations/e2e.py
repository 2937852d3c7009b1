"""`e2e up` and `e2e plan`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from orchestration.cluster.deploy_plan import plan as deploy_plan
from orchestration.columns import columns
from orchestration.errors import ConfigError, DeployError, StackwrightError, StoppedError
from orchestration.model import Lifetime
from orchestration.operations.formats import as_format, as_loader
from orchestration.operations.outcome import outcome
from orchestration.platform import ClusterChoice, Platform
from orchestration.platform_access import platform_access
from orchestration.platform_session import PlatformSession
from orchestration.platform_source import PlatformSource
from orchestration.progress import choose
from orchestration.record import Hold, RunRecord
from orchestration.report import render_failure
from orchestration.report.deploy_json import deploy_json
from orchestration.report.deploy_junit import deploy_junit
from orchestration.report.deploy_table import render_deploy
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


def up(
    *,
    service: str | None = None,
    context: str | None = None,
    kubeconfig: Path | None = None,
    kind: bool = False,
    load: str | None = None,
    engine: str | None = None,
    keep: bool = False,
    plan: bool = False,
    progress: str = "auto",
    as_json: Path | None = None,
    junit: Path | None = None,
    config: Path | None = None,
) -> int:
    """Deploy a platform and leave it up; the table of its objects, then its addresses on stdout."""
    if plan:
        return tell_plan(
            service=service, context=context, kubeconfig=kubeconfig, kind=kind, config=config
        )
    opened: list[PlatformSession] = []

    def command() -> int:
        workplace = Workplace.here()
        project = workplace.project(config)
        source = PlatformSource.read(
            project,
            project.platform_for(service),
            workplace.environ,
            choose=_chosen(context, kubeconfig, kind, load),
        )
        session = PlatformSession.open(workplace, project, source, engine=engine)
        opened.append(session)
        bring_up(session, keep=keep, progress=progress, as_json=as_json, junit=junit)
        return 0

    return outcome(command, explain=lambda error: explained(error, opened))


def explained(error: StackwrightError, opened: Sequence[PlatformSession]) -> str:
    """The failure of the session in `opened`, if there is one yet. What the table has just told of
    every object is not told again.
    """
    if not opened:
        return render_failure(error)
    if isinstance(error, DeployError) and opened[0].report is not None:
        error = DeployError(error.what, fix="see the table above")
    return render_failure(error, redact=opened[0].source.redact)


def bring_up(
    session: PlatformSession,
    *,
    keep: bool,
    progress: str,
    as_json: Path | None = None,
    junit: Path | None = None,
) -> None:
    """Deploy what the session is for and leave it up, telling everything.

    Raises as `bring_up` of the session.
    """
    workplace = session.workplace
    shown = choose(as_format(progress), sys.stderr, workplace.environ, redact=session.source.redact)
    hold = Hold(owner=workplace.owners.terminal(), lifetime=Lifetime.KEPT)
    try:
        with shown as session.emit:
            running = session.bring_up(hold, keep_wreck=keep)
    finally:
        _tell(session, as_json, junit)
    record = workplace.runs.get(running.run)
    if record is not None:
        _tell_ways(workplace, session, record)


def tell_plan(
    *,
    service: str | None = None,
    context: str | None = None,
    kubeconfig: Path | None = None,
    kind: bool = False,
    config: Path | None = None,
) -> int:
    """What `up` would apply, where and in which order; nothing is asked of any cluster."""

    def command() -> int:
        workplace = Workplace.here()
        project = workplace.project(config)
        name = project.platform_for(service)
        choose = _chosen(context, kubeconfig, kind, None)
        print_plan(PlatformSource.read(project, name, workplace.environ, choose=choose))
        return 0

    return outcome(command)


def print_plan(source: PlatformSource) -> None:
    """What would be applied, in which order."""
    platform = source.platform
    planned = deploy_plan(source.manifests)
    print(f"platform   {platform.name}, for service {platform.service}")
    print(f"cluster    {_where(platform.cluster)}, a namespace of its own")
    for name, build in platform.images.items():
        print(f"build      {name} from {build.context}")
    rows = [
        (
            f"wave {each.wave}" if each.wave else "after",
            each.ref.short,
            f"{each.manifest.place.path.name}:{each.manifest.place.line}",
            ("needs " + ", ".join(ref.short for ref in each.needs)) if each.needs else "",
        )
        for each in planned.steps
    ]
    print("\n".join(columns(rows)))
    for each in platform.access:
        print(f"access     {each.name}: Service {each.service} port {each.port}")
    for notice in source.notices:
        print(f"note       {source.redact.line(notice)}")


def _where(cluster: ClusterChoice) -> str:
    if cluster.kind:
        return "a cluster of its own, made with Kind"
    file = f" of {cluster.kubeconfig}" if cluster.kubeconfig else ""
    return f"context {cluster.context or '(the current one)'}{file}"


def _chosen(
    context: str | None, kubeconfig: Path | None, kind: bool, load: str | None
) -> Callable[[Platform], Platform]:
    """What the command line says wins over the configuration. Raises ConfigError."""
    if kind and (context or kubeconfig):
        raise ConfigError(
            "`--kind` makes a cluster of its own, and `--context` or `--kubeconfig` name another",
            fix="give either",
        )
    loader = as_loader(load) if load is not None else None

    meant = ClusterChoice(context=context, kubeconfig=kubeconfig, kind=kind)

    def chosen(written: Platform) -> Platform:
        return replace(written, cluster=meant.over(written.cluster), load=loader or written.load)

    return chosen


def _tell(session: PlatformSession, as_json: Path | None, junit: Path | None) -> None:
    """The table on stderr, and the reports where they were asked for."""
    if session.report is None or session.subject is None:
        return
    told = render_deploy(
        session.report,
        session.subject,
        redact=session.source.redact,
        encoding=sys.stderr.encoding or "utf-8",
    )
    print(told, end="", file=sys.stderr)
    for file, render in ((as_json, deploy_json), (junit, deploy_junit)):
        if file is None:
            continue
        text = render(session.report, session.subject, redact=session.source.redact)
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            print(f"no report was written to {file}: {error.strerror}", file=sys.stderr)


def _tell_ways(workplace: Workplace, session: PlatformSession, record: RunRecord) -> None:
    """Addresses that stay; for the others the command that opens a way.

    That none can be opened from here is told, and no failure: the platform is up.
    """
    place = record.place
    platform = session.source.platform
    stay: dict[str, str] = {}
    try:
        with (
            SignalCancel() as cancel,
            platform_access(workplace, platform, record, cancel, forward=False) as ways,
        ):
            for each in ways.routes:
                if each.endpoint is not None:
                    stay[each.access.name] = session.source.redact.line(each.endpoint.url)
    except StoppedError:
        raise
    except StackwrightError as error:
        told = f"{error.what} ({error.why})" if error.why else error.what
        print(f"note: {session.source.redact.line(told)}", file=sys.stderr)
    named = platform.cluster.kubeconfig or platform.cluster.kind
    where = f"--kubeconfig {place.kubeconfig} " if named else ""
    rows = [
        (
            each.name,
            stay.get(each.name)
            or f"kubectl {where}--context {place.context} -n {place.namespace} port-forward "
            f"service/{each.service} {each.port}",
        )
        for each in platform.access
    ]
    print("\n".join(columns(rows)), end="\n" if rows else "")
