"""The command line `stackwright`. Only parsing lives here, so that `--help` stays quick."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

ENGINES: Final = ("podman", "docker", "embedded")
PROGRESS: Final = ("auto", "live", "plain", "json", "quiet")

EXIT_CODES: Final = """\
exit codes:
  0 done   2 configuration or usage   3 no engine   4 held by another run   5 ports
  6 image missing   7 build failed   8 component died   9 gate did not open
  10 one-shot failed   11 something left behind   12 reuse refused   130/143 stopped
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    arguments = parser().parse_args(argv)
    run: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return run(arguments)
    except BrokenPipeError:
        # The reader of our output has gone; a second failure at exit must not be shown either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="stackwright",
        description="Bring integration-test stacks up behind readiness gates, and away again.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=_Version())
    groups = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _stack(groups.add_parser("stack", help="bring a stack up, look at it, take it down"))
    _images(groups.add_parser("images", help="base images for machines without a registry"))
    _ports(groups.add_parser("ports", help="the registry of host ports"))
    return top


class _Version(str):
    """The version, looked up only when it is printed."""

    def __mod__(self, _names: object) -> str:
        from orchestration.version import version

        return f"stackwright {version()}"


def _stack(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)

    up = _command(commands, "up", "bring a stack up and leave it running", _run_up)
    _which(up)
    _engine(up)
    up.add_argument("--keep", action="store_true", help="when it fails, leave all as it is")
    up.add_argument(
        "--reuse", action="store_true", help="use the stack that is up, if it is proved"
    )
    up.add_argument("--plan", action="store_true", help="only tell what would happen")
    up.add_argument("--progress", choices=PROGRESS, default="auto", help="how to report (auto)")
    up.add_argument(
        "--artifacts", type=Path, metavar="DIR", help="where the bundle of a failure goes"
    )

    down = _command(
        commands, "down", "take a stack down and verify that nothing is left", _run_down
    )
    _which(down)
    down.add_argument("--all", action="store_true", help="every stack of this project")
    down.add_argument("--progress", choices=PROGRESS, default="auto", help="how to report (auto)")

    status = _command(commands, "status", "what is up, and whether it is healthy", _run_status)
    status.add_argument("--json", action="store_true", help="as JSON")

    logs = _command(commands, "logs", "the components' logs", _run_logs)
    _which(logs)
    logs.add_argument("--component", metavar="NAME", help="only this one")
    logs.add_argument("--follow", action="store_true", help="go on as lines come")
    logs.add_argument("--tail", type=int, metavar="N", help="only the last N lines of each")

    env = _command(commands, "env", "the endpoints as variables, with credentials", _run_env)
    _which(env)
    env.add_argument(
        "--format",
        choices=("export", "dotenv"),
        default="export",
        help="lines to eval, or the content of a .env file",
    )

    plan = _command(commands, "plan", "what `up` would do, touching nothing", _run_plan)
    _which(plan)
    _engine(plan)

    clean = _command(commands, "clean", "remove what dead runs left on any engine", _run_clean)
    clean.add_argument("--dry-run", action="store_true", help="only list it")

    doctor = _command(
        commands, "doctor", "which engine is found, how, and what to know", _run_doctor
    )
    _engine(doctor)


def _images(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    build = _command(
        commands,
        "build",
        "make the base images from the distribution's packages",
        _run_images_build,
    )
    build.add_argument("names", nargs="*", metavar="NAME", help="postgres, redis, python (all)")
    _engine(build)


def _ports(group: argparse.ArgumentParser) -> None:
    commands = group.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _command(commands, "check", "collisions, and ports outside their range", _run_ports_check)
    _command(commands, "table", "who holds which port, and what is free", _run_ports_table)


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
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


def _engine(command: argparse.ArgumentParser) -> None:
    command.add_argument("--engine", choices=ENGINES, help="pin the engine")


def _run_up(arguments: argparse.Namespace) -> int:
    from orchestration.operations import stack

    return stack.up(
        service=arguments.service,
        engine=arguments.engine,
        keep=arguments.keep,
        reuse=arguments.reuse,
        plan=arguments.plan,
        progress=arguments.progress,
        artifacts=arguments.artifacts,
        config=arguments.config,
    )


def _run_down(arguments: argparse.Namespace) -> int:
    from orchestration.operations import stack

    return stack.down(
        service=arguments.service,
        everything=arguments.all,
        progress=arguments.progress,
        config=arguments.config,
    )


def _run_status(arguments: argparse.Namespace) -> int:
    from orchestration.operations import look

    return look.status(as_json=arguments.json, config=arguments.config)


def _run_logs(arguments: argparse.Namespace) -> int:
    from orchestration.operations import look

    return look.logs(
        service=arguments.service,
        component=arguments.component,
        follow=arguments.follow,
        tail=arguments.tail,
        config=arguments.config,
    )


def _run_env(arguments: argparse.Namespace) -> int:
    from orchestration.operations import look

    return look.env(service=arguments.service, style=arguments.format, config=arguments.config)


def _run_plan(arguments: argparse.Namespace) -> int:
    from orchestration.operations import stack

    return stack.tell_plan(
        service=arguments.service, engine=arguments.engine, config=arguments.config
    )


def _run_clean(arguments: argparse.Namespace) -> int:
    from orchestration.operations import machine

    return machine.clean(dry_run=arguments.dry_run, config=arguments.config)


def _run_doctor(arguments: argparse.Namespace) -> int:
    from orchestration.operations import machine

    return machine.doctor(engine=arguments.engine, config=arguments.config)


def _run_images_build(arguments: argparse.Namespace) -> int:
    from orchestration.operations import images

    return images.build(names=arguments.names, engine=arguments.engine, config=arguments.config)


def _run_ports_check(arguments: argparse.Namespace) -> int:
    from orchestration.operations import ports

    return ports.check(config=arguments.config)


def _run_ports_table(arguments: argparse.Namespace) -> int:
    from orchestration.operations import ports

    return ports.table(config=arguments.config)
