"""The command line `stackwright`. Only parsing lives here, so that `--help` stays quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from orchestration.operations.standard_streams import on_standard_streams

ENGINES: Final = ("podman", "docker", "embedded")
CLUSTER: Final = "kubernetes"
LOADERS: Final = ("auto", "kind", "k3d", "minikube", "present")
PROGRESS: Final = ("auto", "live", "plain", "json", "quiet")

EXIT_CODES: Final = """\
exit codes:
  0 done   2 configuration or usage   3 no engine   4 held by another run   5 ports
  6 image missing   7 build failed   8 component died   9 gate did not open
  10 one-shot failed   11 something left behind   12 reuse refused
  13 no cluster, or no rights there   14 objects refused or not ready
  15 records or output cannot be written   130/143 stopped   141 reader gone
"""


def main(
    argv: Sequence[str] | None = None, *, whole: Callable[[], argparse.ArgumentParser] | None = None
) -> int:
    """Run one command; its exit code. `whole`: a command line that this one is a part of, to show
    in help and about mistakes.
    """

    def run() -> int:
        if whole is not None:
            whole().parse_args(argv)
        arguments = vars(parser().parse_args(argv))
        module, name = arguments.pop("run")
        command: Callable[..., int]
        command = getattr(import_module(f"orchestration.operations.{module}"), name)
        return command(**arguments)

    return on_standard_streams(run)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="stackwright",
        description="Bring integration-test stacks up behind readiness gates, and away again.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument(
        "--version",
        action=_Version,
        nargs=0,
        default=argparse.SUPPRESS,
        help="show the version",
    )
    groups = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _stack(groups.add_parser("stack", help="bring a stack up, look at it, take it down"))
    _e2e(groups.add_parser("e2e", help="a whole platform onto Kubernetes, for end-to-end tests"))
    _images(groups.add_parser("images", help="base images for machines without a registry"))
    _ports(groups.add_parser("ports", help="the registry of host ports"))
    return top


class _Version(argparse.Action):
    """The version, looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from orchestration.version import version

        print(f"stackwright {version()}")
        parser.exit()


def _stack(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)

    up = _command(commands, "up", "bring a stack up and leave it running", ("stack", "up"))
    _which(up)
    _engine(up, *ENGINES, CLUSTER)
    up.add_argument("--keep", action="store_true", help="when it fails, leave all as it is")
    up.add_argument(
        "--reuse", action="store_true", help="share the stack that is up, if it is proved"
    )
    up.add_argument("--plan", action="store_true", help="only tell what would happen")
    up.add_argument("--progress", choices=PROGRESS, default="auto", help="how to report (auto)")
    up.add_argument(
        "--artifacts", type=Path, metavar="DIR", help="where the bundle of a failure goes"
    )

    down = _command(
        commands,
        "down",
        "take a stack down and verify that nothing is left",
        ("stack_down", "down"),
    )
    _which(down)
    down.add_argument(
        "--force", action="store_true", help="even while others use it (`up --reuse`, sessions)"
    )
    down.add_argument(
        "--all", action="store_true", dest="everything", help="every stack of this project"
    )
    down.add_argument("--progress", choices=PROGRESS, default="auto", help="how to report (auto)")

    status = _command(commands, "status", "what is up, and whether it is alive", ("look", "status"))
    status.add_argument("--json", action="store_true", dest="as_json", help="as JSON")

    logs = _command(commands, "logs", "the components' logs", ("look", "logs"))
    _which(logs)
    logs.add_argument("--component", metavar="NAME", help="only this one")
    logs.add_argument("--follow", action="store_true", help="go on as lines come")
    logs.add_argument("--tail", type=int, metavar="N", help="only the last N lines of each")

    env = _command(commands, "env", "the endpoints as variables, with credentials", ("look", "env"))
    _which(env)
    env.add_argument(
        "--format",
        dest="style",
        choices=("export", "dotenv"),
        default="export",
        help="lines to eval, or the content of a .env file",
    )

    plan = _command(
        commands, "plan", "what `up` would do, touching nothing", ("stack", "tell_plan")
    )
    _which(plan)
    _engine(plan, *ENGINES, CLUSTER)

    clean = _command(
        commands, "clean", "remove what dead runs left on any engine", ("machine", "clean")
    )
    clean.add_argument("--dry-run", action="store_true", help="only list it")

    doctor = _command(
        commands, "doctor", "which engine is found, how, and what to know", ("machine", "doctor")
    )
    _engine(doctor)


def _e2e(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)

    up = _command(commands, "up", "deploy a platform, and wait until all is ready", ("e2e", "up"))
    _platform(up)
    _cluster(up)
    up.add_argument("--kind", action="store_true", help="make a cluster with Kind for this run")
    up.add_argument("--load", choices=LOADERS, help="how images get to the nodes (auto)")
    up.add_argument("--engine", choices=("podman", "docker"), help="pin what builds the images")
    up.add_argument("--keep", action="store_true", help="when it fails, leave all as it is")
    up.add_argument("--plan", action="store_true", help="only tell what would happen")
    up.add_argument("--progress", choices=PROGRESS, default="auto", help="how to report (auto)")
    up.add_argument("--json", type=Path, metavar="FILE", dest="as_json", help="a report as JSON")
    up.add_argument("--junit", type=Path, metavar="FILE", help="a report as JUnit XML")

    down = _command(
        commands, "down", "remove a platform, and verify that nothing is left", ("e2e_down", "down")
    )
    _platform(down)
    down.add_argument(
        "--all", action="store_true", dest="everything", help="every platform of this project"
    )
    down.add_argument(
        "--force", action="store_true", help="even while others use it (test sessions)"
    )
    down.add_argument("--progress", choices=PROGRESS, default="auto", help="how to report (auto)")

    status = _command(
        commands,
        "status",
        "each object of a platform, and whether it is ready",
        ("e2e_status", "status"),
    )
    _platform(status)
    status.add_argument("--json", action="store_true", dest="as_json", help="as JSON")

    plan = _command(
        commands, "plan", "what `up` would apply, and in which order", ("e2e", "tell_plan")
    )
    _platform(plan)
    _cluster(plan)
    plan.add_argument("--kind", action="store_true", help="as if one were made with Kind")

    logs = _command(commands, "logs", "the logs of a platform's pods", ("e2e_logs", "logs"))
    _platform(logs)
    logs.add_argument("--object", metavar="NAME", dest="workload", help="only of this workload")
    logs.add_argument("--follow", action="store_true", help="go on as lines come")
    logs.add_argument("--tail", type=int, metavar="N", help="only the last N lines of each")

    clean = _command(
        commands, "clean", "remove what dead runs left on a cluster", ("e2e_clean", "clean")
    )
    _cluster(clean)
    clean.add_argument("--dry-run", action="store_true", help="only list it")


def _images(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    build = _command(
        commands,
        "build",
        "make the base images from the distribution's packages",
        ("images", "build"),
    )
    build.add_argument("names", nargs="*", metavar="NAME", help="postgres, redis, python (all)")
    _engine(build)


def _ports(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _command(commands, "check", "collisions, and ports outside their range", ("ports", "check"))
    _command(commands, "table", "who holds which port, and what is free", ("ports", "table"))


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: tuple[str, str],
) -> argparse.ArgumentParser:
    """A command whose options are the parameters of `run`, a module and function of `operations`.

    Named, not imported: only the command that is run pays for its imports.
    """
    command = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    command.add_argument(
        "--config", type=Path, metavar="FILE", help="the configuration (else found from here up)"
    )
    command.set_defaults(run=run)
    return command


def _which(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--service", metavar="NAME", help="the service or stack (else the default)"
    )


def _engine(command: argparse.ArgumentParser, *names: str) -> None:
    command.add_argument("--engine", choices=names or ENGINES, help="pin the engine")


def _platform(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--service", metavar="NAME", help="the service or platform (else the default)"
    )


def _cluster(command: argparse.ArgumentParser) -> None:
    command.add_argument("--context", metavar="NAME", help="of the kubeconfig (else its current)")
    command.add_argument(
        "--kubeconfig", type=Path, metavar="FILE", help="instead of KUBECONFIG and ~/.kube/config"
    )
