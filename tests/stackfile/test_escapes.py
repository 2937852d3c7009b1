"""Nothing outside of the project gets into a stack, unless the configuration says which directory.

Whatever is named: by `..`, by an absolute path, through a link to a directory and through one to a
file.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from orchestration.engines.docker_build import _packed
from orchestration.errors import ConfigError
from orchestration.model import BuildOrder
from orchestration.stackfile import load

WEB = """\
[stacks.shop.components.web]
image = "web:1"
ports.http = 8080
gate = { kind = "http", path = "/" }
"""
BUILT = WEB.replace('"web:1"', '{ context = "@" }').replace("image", "build")
BOOTSTRAP = """\
[stacks.shop]
bootstrap = "datastorage"
[stacks.shop.datastorage]
datastorage_image = "ds:1"
"""
DIRECTORIES = {
    "volume": WEB + 'volumes = ["@:/x"]\n',
    "volume as a table": WEB + 'volumes = [{ source = "@", target = "/x", writable = true }]\n',
    "context": BUILT,
    "directory": WEB + 'embedded = { command = ["x"], cwd = "@" }\n',
    "migrations": BOOTSTRAP + 'migrations_dir = "@"\n',
    "configuration of DataStorage": BOOTSTRAP + 'skip = ["migrations"]\nconfig_dir = "@"\n',
    "context of DataStorage": BOOTSTRAP.replace("datastorage_image", "build").replace(
        '"ds:1"', '{ context = "@" }\nskip = ["migrations"]'
    ),
    "directory of DataStorage": BOOTSTRAP
    + 'skip = ["migrations"]\nembedded = { command = ["x"], cwd = "@" }\n',
    "artifacts": WEB + '[project]\nartifacts = "@"\n',
}
FILES = {
    "volume": WEB + 'volumes = ["@:/x"]\n',
    "env file": WEB + 'env_files = ["@"]\n',
    "secret": WEB + 'env = { A = { file = "@" } }\n',
    "header": WEB.replace("path", 'headers = { A = { file = "@" } }, path'),
    "Containerfile": BUILT.replace("@", ".").replace('"."', '".", containerfile = "@"'),
    "secret of a process": WEB + 'embedded = { command = ["x"], env = { A = { file = "@" } } }\n',
    "password": WEB.replace('"http", path = "/"', '"postgres", password = { file = "@" }'),
    "secret of DataStorage": BOOTSTRAP + 'skip = ["migrations"]\nenv = { A = { file = "@" } }\n',
}
CASES = [
    *(
        (f"{place}, {way}", text.replace("@", way))
        for place, text in DIRECTORIES.items()
        for way in ("../outside", "{}/outside", "link", "inside/../link", "link/../outside")
    ),
    *(
        (f"{place}, {way}", text.replace("@", way))
        for place, text in FILES.items()
        for way in (
            "../outside/Containerfile",
            "{}/outside/Containerfile",
            "file",
            "link/Containerfile",
        )
    ),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project beside a directory that has all that a project can want."""
    root, outside = tmp_path / "project", tmp_path / "outside"
    (root / "inside").mkdir(parents=True)
    outside.mkdir()
    for name in ("Containerfile", "1.sql"):
        (outside / name).write_text("A=1\n")
    (root / "Containerfile").write_text("FROM x:1\n")
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to("../outside/Containerfile")
    return root


def bring(root: Path, text: str, *, allow: bool) -> None:
    allowed = '[engine]\noutside = ["../outside"]\n' if allow else ""
    file = root / "stackwright.toml"
    file.write_text(allowed + text.replace("{}", str(root.parent)))
    load(file).stack("shop", {})


@pytest.mark.parametrize(("case", "text"), CASES, ids=[case for case, _ in CASES])
def test_what_is_outside_is_refused_unless_it_is_allowed(root: Path, case: str, text: str) -> None:
    with pytest.raises(ConfigError, match="is outside of the project") as caught:
        bring(root, text, allow=False)
    assert "stackwright.toml:" in str(caught.value)
    assert 'outside = ["…"] under [engine]' in str(caught.value)
    bring(root, text, allow=True)


def test_a_link_in_a_build_context_stays_a_link(root: Path) -> None:
    order = BuildOrder(context=root, containerfile="Containerfile", tag="x:1")
    with _packed(order, None) as (archive, _), tarfile.open(fileobj=archive) as packed:
        members = {each.name: each for each in packed.getmembers()}
    assert members["link"].issym()
    assert members["file"].issym()
    assert not any(name.startswith("link/") for name in members)
