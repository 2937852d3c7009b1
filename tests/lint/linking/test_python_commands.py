"""Compose is seen in Python however the command comes to the process; ◄ marks where it is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.lint.linking.running import compose_places, marked

HEAD = "import subprocess, os, shutil, shlex, asyncio\n"

SEEN = {
    "a list over many lines": """
        def test_a():
            subprocess.run( ◄
                [
                    "podman-compose",
                    "-f", "x.yml",
                    "up", "-d",
                ]
            )
        """,
    "a tuple": """
        def test_a():
            subprocess.check_call(("docker", "compose", "up")) ◄
        """,
    "a spread": """
        def test_a():
            words = ["up", "-d"]
            subprocess.run(["docker", "compose", *words]) ◄
        """,
    "a list that grows": """
        def test_a(detached=True):
            cmd = ["docker-compose"]
            cmd += ["-f", "x.yml"]
            if detached:
                cmd.append("up")
            cmd.extend(["-d"])
            subprocess.run(cmd) ◄
        """,
    "shlex": """
        def test_a():
            subprocess.run(shlex.split("docker compose up -d")) ◄
        """,
    "split": """
        def test_a():
            subprocess.run("docker compose up -d".split()) ◄
        """,
    "join through a shell": """
        def test_a():
            subprocess.run(" ".join(["podman-compose", "up"]), shell=True) ◄
        """,
    "an f-string": """
        TOOL = "podman-compose"
        def test_a():
            os.system(f"{TOOL} up -d") ◄
        """,
    "percent": """
        def test_a():
            os.system("%s -f %s up" % ("docker-compose", "x.yml")) ◄
        """,
    "format": """
        def test_a():
            os.system("{tool} up".format(tool="docker-compose")) ◄
        """,
    "a conditional": """
        def test_a():
            exe = "podman-compose" if shutil.which("podman-compose") else "docker-compose"
            subprocess.run([exe, "up"]) ◄
        """,
    "or": """
        def test_a():
            exe = shutil.which("podman-compose") or shutil.which("docker-compose")
            subprocess.run([exe, "up", "-d"]) ◄
        """,
    "branches": """
        def test_a():
            if shutil.which("podman"):
                cmd = ["podman", "compose"]
            else:
                cmd = ["docker-compose"]
            subprocess.run(cmd + ["up"]) ◄
        """,
    "a module constant": """
        COMPOSE = ["docker", "compose"]
        def test_a():
            subprocess.run([*COMPOSE, "up"]) ◄
        """,
    "a class attribute": """
        class TestIt:
            tool = "docker-compose"
            def test_a(self):
                subprocess.run([self.tool, "up"]) ◄
        """,
    "an instance attribute": """
        class Stack:
            def __init__(self, tool="podman-compose"):
                self.tool = tool
                self.cmd = [self.tool, "-p", "x"]
            def up(self):
                subprocess.run(self.cmd + ["up"]) ◄
        def test_a():
            Stack().up()
        """,
    "a dataclass field": """
        from dataclasses import dataclass
        @dataclass
        class Stack:
            tool: str = "podman-compose"
            def up(self):
                subprocess.run([self.tool, "up"]) ◄
        def test_a():
            Stack().up()
        """,
    "a default": """
        def up(tool="docker-compose"):
            subprocess.run([tool, "up"]) ◄
        def test_a():
            up()
        """,
    "a dictionary": """
        TOOLS = {"podman": "podman-compose", "docker": "docker-compose"}
        def test_a():
            subprocess.run([TOOLS["podman"], "up"]) ◄
        """,
    "a loop variable": """
        def test_a():
            for word in ("up", "down"):
                subprocess.run(["docker-compose", word]) ◄
        """,
    "a fixture": """
        import pytest
        @pytest.fixture
        def tool():
            return "podman-compose"
        def test_a(tool):
            subprocess.run([tool, "up"]) ◄
        """,
    "a fixture that yields": """
        import pytest
        @pytest.fixture(scope="session", autouse=True)
        def stack():
            subprocess.run(["docker", "compose", "up", "-d"]) ◄
            yield
            subprocess.run(["docker", "compose", "down"]) ◄
        def test_a(): pass
        """,
    "the caller of a wrapper": """
        def run(cmd):
            return subprocess.run(cmd, check=True)
        def test_a():
            run(["podman-compose", "up"]) ◄
            run(["echo", "podman-compose"])
        """,
    "a wrapper of a wrapper": """
        def run(*words):
            return subprocess.run(list(words))
        def quietly(*words):
            return run(*words)
        def test_a():
            quietly("docker", "compose", "up") ◄
        """,
    "a wrapper that knows the tool is told once": """
        def compose(*words):
            subprocess.run(["docker-compose", *words]) ◄
        def test_a():
            compose("up", "-d")
            compose("down")
        """,
    "partial": """
        from functools import partial
        compose = partial(subprocess.run, check=True)
        def test_a():
            compose(["docker-compose", "up"]) ◄
        """,
    "partial of the command": """
        from functools import partial
        up = partial(subprocess.run, ["docker-compose", "up"])
        def test_a():
            up() ◄
        """,
    "an executor": """
        from concurrent.futures import ThreadPoolExecutor
        def test_a():
            with ThreadPoolExecutor() as pool:
                pool.submit(subprocess.run, ["docker-compose", "up"]) ◄
        """,
    "a lambda": """
        def test_a():
            up = lambda: subprocess.run(["docker-compose", "up"]) ◄
            up()
        """,
    "an inherited method": """
        class Base:
            def run(self, *words):
                subprocess.run(["docker-compose", *words]) ◄
        class TestIt(Base):
            def test_a(self):
                self.run("up")
        """,
    "asyncio exec": """
        async def test_a():
            await asyncio.create_subprocess_exec("docker", "compose", "up") ◄
        """,
    "asyncio shell": """
        async def test_a():
            await asyncio.create_subprocess_shell("docker compose up") ◄
        """,
    "bash -c": """
        def test_a():
            subprocess.run(["bash", "-c", "cd x && docker compose up -d"]) ◄
        """,
    "popen": """
        from subprocess import Popen as P
        def test_a():
            P(["sudo", "docker-compose", "up"]) ◄
        """,
    "sh": """
        import sh
        def test_a():
            sh.docker("compose", "up") ◄
            sh.docker_compose("up") ◄
        """,
    "plumbum": """
        from plumbum import local
        from plumbum.cmd import docker
        def test_a():
            local["docker-compose"]["up", "-d"]() ◄
            docker("compose", "up") ◄
        """,
    "testcontainers": """
        from testcontainers.compose import DockerCompose
        def test_a():
            with DockerCompose("."): ◄
                pass
        """,
    "pytest-docker": """
        def test_a(docker_services): ◄
            docker_services.wait_until_responsive(timeout=3, pause=1, check=lambda: True)
        """,
    "python-on-whales": """
        from python_on_whales import docker
        def test_a():
            docker.compose.up(detach=True) ◄
        """,
    "unittest": """
        import unittest
        class T(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                subprocess.run(["docker-compose", "up"]) ◄
                cls.addClassCleanup(subprocess.run, ["docker-compose", "down"]) ◄
            def test_a(self): pass
        """,
    "a hook": """
        def pytest_sessionfinish(session):
            subprocess.run(["docker-compose", "down"]) ◄
        def test_a(): pass
        """,
    "a usefixtures mark": """
        import pytest
        @pytest.fixture
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
        @pytest.mark.usefixtures("stack")
        def test_a(): pass
        """,
    "a context manager": """
        from contextlib import contextmanager
        @contextmanager
        def stack():
            subprocess.run(["docker-compose", "up"]) ◄
            try:
                yield
            finally:
                subprocess.run(["docker-compose", "down"]) ◄
        def test_a():
            with stack():
                pass
        """,
    "the environment's default": """
        def test_a():
            exe = os.environ.get("COMPOSE", "docker-compose")
            subprocess.run([exe, "up"]) ◄
        """,
}


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN.keys())
def test_compose_is_seen_through(code: str) -> None:
    files = {"tests/integration/test_it.py": HEAD + dedent(code)}
    assert compose_places(files) == marked(files)
