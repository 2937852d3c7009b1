"""Values that Python's own libraries and pytest make; ◄ marks where compose is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.lint.linking.running import compose_places, marked

HEAD = "import functools, itertools, os, shutil, subprocess, pytest\n"

SEEN = {
    "sum": """
        def test_a():
            parts = [["docker-compose"], ["-f", "x.yml"], ["up"]]
            subprocess.run(sum(parts, [])) ◄
        """,
    "chain": """
        def test_a():
            subprocess.run(list(itertools.chain(["docker"], ["compose", "up"]))) ◄
            subprocess.run(list(itertools.chain.from_iterable([["docker"], ["compose", "up"]]))) ◄
        """,
    "slice assignment": """
        def test_a():
            cmd = ["docker", "up", "-d"]
            cmd[1:1] = ["compose", "-f", "x.yml"]
            subprocess.run(cmd) ◄
        """,
    "template": """
        from string import Template
        def test_a():
            t = Template("$tool -f ${file} up")
            subprocess.run(t.substitute(tool="docker-compose", file="x"), shell=True) ◄
        """,
    "pathlib": """
        from pathlib import Path
        def test_a():
            exe = Path("/usr/local/bin") / "docker-compose"
            subprocess.run([exe, "up"]) ◄
            subprocess.run([str(exe), "up"]) ◄
        """,
    "dataclass default factory": """
        from dataclasses import dataclass, field
        @dataclass
        class Conf:
            base: list[str] = field(default_factory=lambda: ["docker", "compose"])
            verb: str = field(default="up")
        def test_a():
            c = Conf()
            subprocess.run(c.base + [c.verb]) ◄
        """,
    "enum": """
        from enum import Enum
        class Tool(Enum):
            PODMAN = "podman-compose"
            DOCKER = "docker-compose"
        def test_a():
            subprocess.run([Tool.PODMAN.value, "up"]) ◄
        """,
    "enum member by index": """
        from enum import Enum
        class Tool(Enum):
            PODMAN = "podman-compose"
        def test_a():
            subprocess.run([Tool["PODMAN"].value, "up"]) ◄
        """,
    "collections namedtuple": """
        from collections import namedtuple
        Cmd = namedtuple("Cmd", "exe verb")
        def test_a():
            c = Cmd("docker-compose", verb="up")
            subprocess.run([c.exe, c.verb]) ◄
        """,
    "simple namespace": """
        from types import SimpleNamespace
        cfg = SimpleNamespace(tool="docker-compose", verb="up")
        def test_a():
            subprocess.run([cfg.tool, cfg.verb]) ◄
        """,
    "filter none": """
        def test_a():
            verbose = os.environ.get("V")
            cmd = ["docker", "--debug" if verbose else None, "compose", "up"]
            subprocess.run([c for c in cmd if c]) ◄
            subprocess.run(list(filter(None, cmd))) ◄
        """,
    "next of candidates": """
        def test_a():
            tool = next(t for t in ("podman-compose", "docker-compose") if shutil.which(t))
            subprocess.run([tool, "up"]) ◄
        """,
    "dict union": """
        def test_a():
            base = {"tool": "podman"}
            conf = base | {"tool": "docker-compose"}
            subprocess.run([conf["tool"], "up"]) ◄
        """,
    "shell true list": """
        def test_a():
            subprocess.run(["docker-compose up -d"], shell=True) ◄
        """,
    "dict dispatch": """
        COMMANDS = {
            "up": ["docker-compose", "up", "-d"],
            "ps": ["podman", "ps"],
        }
        def do(verb):
            subprocess.run(COMMANDS[verb], check=True) ◄
        def test_a():
            do("up")
        """,
    "dispatch of functions": """
        def up():
            subprocess.run(["docker-compose", "up"]) ◄
        def down():
            subprocess.run(["docker-compose", "down"])
        ACTIONS = {"up": up, "down": down}
        def test_a():
            ACTIONS["up"]()
        """,
    "match": """
        def test_a():
            engine = os.environ.get("ENGINE", "podman")
            match engine:
                case "podman":
                    cmd = ["podman-compose"]
                case _:
                    cmd = ["docker", "compose"]
            subprocess.run([*cmd, "up"]) ◄
        """,
    "fixture params": """
        @pytest.fixture(params=["podman-compose", "docker-compose"])
        def tool(request):
            return request.param
        def test_a(tool):
            subprocess.run([tool, "up"]) ◄
        """,
    "fixture params pytest.param": """
        @pytest.fixture(params=[pytest.param("podman-compose", id="p"), "docker"])
        def tool(request):
            yield request.param
        def test_a(tool):
            subprocess.run([tool, "up"]) ◄
        """,
    "parametrize": """
        @pytest.mark.parametrize("tool", ["podman-compose", "docker-compose"])
        def test_a(tool):
            subprocess.run([tool, "up"]) ◄
        """,
    "parametrize list of names": """
        @pytest.mark.parametrize(("tool", "verb"), [("podman-compose", "up")], ids=["x"])
        class TestIt:
            def test_a(self, tool, verb):
                subprocess.run([tool, verb]) ◄
        """,
    "getfixturevalue": """
        @pytest.fixture
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
            yield
            subprocess.run(["docker-compose", "down"]) ◄
        @pytest.fixture
        def needs(request):
            return request.getfixturevalue("stack")
        def test_a(needs):
            pass
        """,
    "getfixturevalue in autouse": """
        @pytest.fixture
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
        @pytest.fixture(autouse=True)
        def maybe(request):
            if "integration" in request.keywords:
                request.getfixturevalue("stack")
        def test_a():
            pass
        """,
    "pytestmark usefixtures": """
        pytestmark = pytest.mark.usefixtures("stack")
        @pytest.fixture
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
        def test_a():
            pass
        """,
    "pytestmark list usefixtures": """
        pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("stack")]
        @pytest.fixture
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
        def test_a():
            pass
        """,
    "class usefixtures": """
        @pytest.fixture
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
        @pytest.mark.usefixtures("stack")
        class TestA:
            def test_a(self):
                pass
        """,
}


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN.keys())
def test_python_values_are_seen_through(code: str) -> None:
    files = {"tests/integration/test_it.py": HEAD + dedent(code)}
    assert compose_places(files) == marked(files)
