"""The platforms of the example, deployed by the product: `python -m tests.kube.seven_platforms`.

On the cluster of `--kubeconfig` and `--context`, else on doubles whose pods are real containers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

from orchestration.columns import columns
from orchestration.model import EngineName
from orchestration.stackfile import load
from tests.kube.container_clusters import container_cluster

PLATFORM = Path(__file__).parents[2] / "examples" / "platform"
FIGURES = ("deploy_s", "ready_s", "critical_path_s", "sum_of_parts_s")
HEALTHY = 200
ANSWER_S = 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when every platform was ready, answered, and left nothing."""
    arguments = _parser().parse_args(argv)
    names = arguments.platform or list(load(PLATFORM / "stackwright.toml").platforms)
    engines: Sequence[EngineName | None] = (
        [None] if arguments.kubeconfig or arguments.context else arguments.engine or ["podman"]
    )
    rows: list[tuple[str, ...]] = []
    failed = 0
    for engine in engines:
        with tempfile.TemporaryDirectory(prefix="stackwright-e2e-") as directory:
            for name in names:
                row, code = _deployed(name, engine, Path(directory), arguments)
                rows.append(row)
                failed += code != 0
    print("\n".join(columns([("platform", "on", "objects", "images_s", *FIGURES), *rows])))
    return 1 if failed else 0


def _deployed(
    name: str, engine: EngineName | None, home: Path, arguments: argparse.Namespace
) -> tuple[tuple[str, ...], int]:
    """A row of the table, and the first exit code that was not 0."""
    where = engine or arguments.context or "the current context"
    with _cluster(engine, home, arguments) as options, ExitStack() as ending:
        command = [sys.executable, "-m", "orchestration", "e2e"]
        config = ["--config", str(PLATFORM / "stackwright.toml"), "--service", name]
        report = home / f"{name}.json"
        environ = {**os.environ, "STACKWRIGHT_STATE": str(home / "state")}

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [*command, *words, *config],
                env=environ,
                text=True,
                capture_output=True,
                check=False,
            )

        print(f"{name} on {where} ...", file=sys.stderr, flush=True)
        up = run("up", *options, "--json", str(report), "--progress", "plain")
        ending.callback(lambda: run("down"))
        if up.returncode:
            print(up.stderr, file=sys.stderr)
            return (name, where, f"exit code {up.returncode}"), up.returncode
        for line in up.stdout.splitlines():
            access, _, url = line.partition(" ")
            if url.strip().startswith("http"):
                _ask(access, url.strip())
        told = json.loads(report.read_text())
        phases = {each["name"]: each["seconds"] for each in told["phases"]}
        down = run("down")
        if down.returncode:
            print(down.stderr, file=sys.stderr)
        figures = (f"{told[each]:.2f}" for each in FIGURES)
        images = f"{phases.get('images', 0.0):.2f}"
        return (name, where, str(len(told["objects"])), images, *figures), down.returncode


def _ask(access: str, url: str) -> None:
    """A platform that is ready answers, also when the machine is busy."""
    until = time.monotonic() + ANSWER_S
    while True:
        try:
            with urlopen(f"{url}/health", timeout=ANSWER_S) as answer:
                assert answer.status == HEALTHY, f"{access}: {answer.status}"
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@contextmanager
def _cluster(
    engine: EngineName | None, home: Path, arguments: argparse.Namespace
) -> Iterator[list[str]]:
    """The options that choose it."""
    if engine is None:
        given = (("--kubeconfig", arguments.kubeconfig), ("--context", arguments.context))
        yield [word for option, value in given if value for word in (option, str(value))]
        return
    with container_cluster(engine, tls=True) as double:
        kubeconfig = double.write_kubeconfig(home / "kubeconfig")
        yield ["--kubeconfig", str(kubeconfig), "--load", "present", "--engine", engine]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.kube.seven_platforms")
    parser.add_argument("platform", nargs="*", help="only these")
    parser.add_argument("--kubeconfig", type=Path, help="of a real cluster")
    parser.add_argument("--context", help="of a real cluster")
    parser.add_argument(
        "--engine", action="append", choices=("podman", "docker"), help="below the double"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
