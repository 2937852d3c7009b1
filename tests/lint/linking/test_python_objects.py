"""Objects, programs and mocks in Python; ◄ marks where compose is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.lint.linking.running import compose_places, marked

HEAD = (
    "import asyncio, functools, logging, os, shutil, subprocess, sys, pytest\n"
    "from unittest import mock\n"
)

SEEN = {
    "property": """
        class Stack:
            @property
            def tool(self):
                return "podman-compose"
            def up(self):
                subprocess.run([self.tool, "up", "-d"]) ◄
        def test_a():
            Stack().up()
        """,
    "cached property": """
        from functools import cached_property
        class Stack:
            @cached_property
            def base(self) -> list[str]:
                return ["docker", "compose", "-f", "x.yml"]
            def up(self):
                subprocess.run(self.base + ["up", "-d"]) ◄
        def test_a():
            Stack().up()
        """,
    "classmethod factory": """
        class Stack:
            def __init__(self, tool): self.tool = tool
            @classmethod
            def podman(cls):
                return cls("podman-compose")
            def up(self):
                subprocess.run([self.tool, "up"]) ◄
        def test_a():
            Stack.podman().up()
        """,
    "closure": """
        def runner(tool):
            def run(*words):
                def inner():
                    subprocess.run([tool, *words])
                inner()
            return run
        def test_a():
            up = runner("docker-compose")
            up("up") ◄
        """,
    "class decorator wraps method": """
        def logged(fn):
            def inner(self, *args):
                return fn(self, *args)
            return inner
        class S:
            tool = "docker-compose"
            @logged
            def run(self, *w):
                subprocess.run([self.tool, *w]) ◄
        def test_a():
            S().run("up")
        """,
    "super init": """
        class Base:
            def __init__(self, tool):
                self.tool = tool
        class S(Base):
            def __init__(self):
                super().__init__("docker-compose")
            def up(self):
                subprocess.run([self.tool, "up"]) ◄
        def test_a():
            S().up()
        """,
    "unittest super chain": """
        import unittest
        class Base(unittest.TestCase):
            @classmethod
            def setUpClass(cls):
                subprocess.run(["docker-compose", "up"]) ◄
        class T(Base):
            @classmethod
            def setUpClass(cls):
                super().setUpClass()
            def test_a(self): pass
        """,
    "template method": """
        from abc import ABC, abstractmethod
        class Base(ABC):
            def up(self):
                subprocess.run([*self.command(), "up"]) ◄
            @abstractmethod
            def command(self): ...
        class S(Base):
            def command(self):
                return ["docker", "compose"]
        def test_a():
            S().up()
        """,
    "exit stack": """
        import contextlib
        class Env:
            def __enter__(self):
                subprocess.run(["docker-compose", "up", "-d"]) ◄
                return self
            def __exit__(self, *exc):
                subprocess.run(["docker-compose", "down"]) ◄
        def test_a():
            with contextlib.ExitStack() as stack:
                stack.enter_context(Env())
        """,
    "argparse default": """
        import argparse
        def main(argv=None):
            p = argparse.ArgumentParser()
            p.add_argument("--tool", default="docker-compose")
            args = p.parse_args(argv)
            subprocess.run([args.tool, "up"]) ◄
        def test_a():
            main([])
        """,
    "click option default": """
        import click
        @click.command()
        @click.option("--tool", default="docker-compose")
        def main(tool):
            subprocess.run([tool, "up"]) ◄
        def test_a():
            main()
        """,
    "pexpect": """
        import pexpect
        def test_a():
            pexpect.run("docker-compose up -d") ◄
            pexpect.spawn("docker-compose", ["up"]) ◄
        """,
    "context manager class": """
        class Env:
            def __init__(self, files): self.files = files
            def __enter__(self):
                subprocess.run(["docker-compose", "-f", self.files, "up", "-d"]) ◄
                return self
            def __exit__(self, *exc):
                subprocess.run(["docker-compose", "-f", self.files, "down"]) ◄
        def test_a():
            with Env("x.yml") as e:
                pass
        """,
    "decorator factory": """
        def retry(times=3):
            def deco(fn):
                @functools.wraps(fn)
                def inner(*a, **k):
                    for _ in range(times):
                        try:
                            return fn(*a, **k)
                        except Exception:
                            pass
                return inner
            return deco
        @retry(times=5)
        def up():
            subprocess.run(["docker-compose", "up"]) ◄
        def test_a():
            up()
        """,
    "diamond super": """
        class A:
            def up(self): pass
        class B(A):
            def up(self):
                subprocess.run(["docker-compose", "up"]) ◄
                super().up()
        class C(A):
            def up(self):
                subprocess.run(["docker-compose", "pull"]) ◄
        class D(B, C):
            def up(self):
                super().up()
        def test_a():
            D().up()
        """,
    "property setter": """
        class S:
            def __init__(self): self._tool = "docker-compose"
            @property
            def tool(self): return self._tool
            @tool.setter
            def tool(self, v): self._tool = v
        def test_a():
            s = S()
            subprocess.run([s.tool, "up"]) ◄
        """,
    "cls attr overridden": """
        class A:
            tool = "podman"
            @classmethod
            def up(cls):
                subprocess.run([cls.tool, "up"]) ◄
        class B(A):
            tool = "docker-compose"
        def test_a():
            B.up()
        """,
    "row correlation": """
        @pytest.mark.parametrize("tool, verb", [("docker-compose", "up"), ("podman", "ps")])
        def test_a(tool, verb):
            subprocess.run([tool, verb]) ◄
        """,
}

UNSEEN = {
    "mock patch run": """
        def up():
            subprocess.run(["docker-compose", "up"])
        def test_a():
            with mock.patch("subprocess.run") as run:
                up()
            run.assert_called_once_with(["docker-compose", "up"])
        """,
    "monkeypatch": """
        def up():
            subprocess.run(["docker-compose", "up"])
        def test_a(monkeypatch):
            monkeypatch.setattr(subprocess, "run", lambda *a, **k: None)
            up()
        """,
    "mock decorator": """
        def up():
            subprocess.run(["docker-compose", "up"])
        @mock.patch("subprocess.run")
        def test_a(run):
            up()
        """,
    "mock callable": """
        def test_a():
            runner = mock.Mock()
            runner.run(["docker-compose", "up"])
            runner(["docker-compose", "up"])
        """,
    "log wrapper": """
        def log(*w): logging.info(" ".join(w))
        def test_a():
            log("docker-compose", "up")
        """,
    "which guard": """
        def test_a():
            if shutil.which("docker-compose") is None:
                pytest.fail("docker-compose up needed")
            subprocess.check_output(["docker", "compose", "version"])
            subprocess.run(["which", "docker-compose"])
            subprocess.run("command -v docker-compose", shell=True)
        """,
    "names": """
        def docker_compose_up(): return "docker-compose.yml"
        def test_a():
            docker_compose_up()
            open("docker-compose.yml").read()
            subprocess.run(["podman", "stop", "-t", "5", "x"])
            subprocess.run(["podman", "build", "-f", "docker-compose", "."])
        """,
    "dry run": """
        class FakeRunner:
            def __init__(self): self.calls = []
            def run(self, cmd): self.calls.append(cmd)
        def test_a():
            r = FakeRunner()
            r.run(["docker-compose", "up"])
            assert r.calls == [["docker-compose", "up"]]
        """,
    "paths with division": """
        from pathlib import Path
        def test_a():
            p = Path("x") / "docker-compose" / "up"
            assert 10 / 2
            p.write_text("docker-compose up")
        """,
}


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN.keys())
def test_python_objects_are_seen_through(code: str) -> None:
    files = {"tests/integration/test_it.py": HEAD + dedent(code)}
    assert compose_places(files) == marked(files)


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN.keys())
def test_python_objects_that_only_look_like_it_are_left_alone(code: str) -> None:
    assert compose_places({"tests/integration/test_it.py": HEAD + dedent(code)}) == set()


def test_a_mock_that_a_test_takes_away_itself_is_no_crash() -> None:
    code = """
        patcher = mock.patch("subprocess.run")
        @mock.patch("subprocess.run")
        def test_a(run):
            patcher.stop()
        def test_b(monkeypatch):
            monkeypatch.setattr("subprocess.run", None)
            patcher.stop()
            subprocess.run(["docker-compose", "up"]) ◄
        """
    files = {"tests/integration/test_it.py": HEAD + dedent(code)}
    assert compose_places(files) == marked(files)
