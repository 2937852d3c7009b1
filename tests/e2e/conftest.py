"""Platforms and clusters for one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.cli import main
from tests.e2e.shop import Shop
from tests.kube.kube_double import KubeDouble, kube_double
from tests.product import Finished

Run = Callable[..., Finished]
"""Runs a command line."""


@pytest.fixture
def cluster() -> Iterator[KubeDouble]:
    """An empty cluster."""
    with kube_double() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path, cluster: KubeDouble) -> Shop:
    """The platform `shop`, which nobody has deployed yet."""
    return Shop.at(tmp_path, cluster)


@pytest.fixture
def here(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process is where the user works: in the project, with its environment."""
    environ = {**shop.product.environ, "STACKWRIGHT_STATE": str(shop.product.state)}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("STACKWRIGHT_ENGINE", raising=False)
    monkeypatch.chdir(shop.product.project)


@pytest.fixture
def run(here: None, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process, which is quicker."""

    def run_here(*words: str) -> Finished:
        capsys.readouterr()
        code = main(words)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Finished(code=code, out=out, err=err)

    return run_here
