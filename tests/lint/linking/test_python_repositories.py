"""What only speaks of compose in Python, and commands that cross files; ◄ marks the place."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.lint.linking.running import compose_places, marked
from tests.lint.linking.test_python_commands import HEAD

UNSEEN = {
    "comments and docstrings": '''
        """docker-compose up"""
        def test_a():
            """Runs docker-compose up."""
            # subprocess.run(["docker-compose", "up"])
        ''',
    "log and error texts": """
        import logging
        def test_a():
            logging.info("run docker-compose up first")
            print("docker compose up")
            raise RuntimeError("docker-compose up failed")
        """,
    "assertions": """
        def test_a(mocker):
            run = mocker.patch("subprocess.run")
            run.assert_called_with(["docker-compose", "up"])
            assert ["docker-compose", "up"] == run.args
        """,
    "a version check": """
        def test_a():
            subprocess.run(["docker-compose", "--version"])
            subprocess.run(["docker", "compose", "version"])
            shutil.which("docker-compose")
        """,
    "installing": """
        def test_a():
            subprocess.run(["pip", "install", "podman-compose"])
            os.system("apt-get install -y docker-compose")
        """,
    "a search": """
        def test_a():
            subprocess.run(["podman", "ps", "--filter", "ancestor=docker-compose"])
            subprocess.run(["grep", "docker-compose up", "README.md"])
        """,
    "an argument of another program": """
        def test_a():
            subprocess.run(["echo", "docker-compose", "up"])
            os.system("echo docker compose up")
        """,
    "a branch that is never taken": """
        def run(verb):
            if verb == "up":
                subprocess.run(["podman", "ps"])
            elif verb == "legacy":
                subprocess.run(["docker-compose", "up"])
        def test_a():
            run("up")
        """,
    "a function that nobody calls": """
        def legacy():
            subprocess.run(["docker-compose", "up"])
        def test_a(): pass
        """,
}


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN.keys())
def test_what_only_speaks_of_compose_is_no_command(code: str) -> None:
    assert compose_places({"tests/integration/test_it.py": HEAD + dedent(code)}) == set()


def test_a_helper_in_another_file_is_followed() -> None:
    files = {
        "svc/tests/integration/conftest.py": """
            import pytest
            from tests.integration.infra import Stack, helper as h

            @pytest.fixture(scope="session")
            def stack():
                made = Stack("podman-compose")
                h.run(["docker", "compose", "build"]) ◄
                made.up() ◄
                yield made
                made.down() ◄
            """,
        "svc/tests/integration/infra/__init__.py": "from .stack import Stack\n",
        "svc/tests/integration/infra/stack.py": """
            from . import helper

            class Stack:
                def __init__(self, tool):
                    self.tool = tool

                def up(self):
                    helper.run([self.tool, "up"])

                def down(self):
                    helper.run([self.tool, "down"])
            """,
        "svc/tests/integration/infra/helper.py": """
            import subprocess

            def run(words):
                subprocess.run(words, check=True)
            """,
        "svc/tests/integration/test_a.py": "def test_a(stack):\n    pass\n",
    }
    assert compose_places(files) == marked(files)


def test_invoke_tasks_and_nox_sessions_are_recipes() -> None:
    files = {
        "tasks.py": """
            from invoke import task

            @task
            def up(c, tool="podman-compose"):
                c.run(f"{tool} up -d") ◄

            @task(pre=[up])
            def integration(ctx):
                with ctx.cd("x"):
                    ctx.run("pytest tests/integration")
            """,
        "noxfile.py": """
            import nox

            @nox.session
            def integration(session: nox.Session) -> None:
                session.run("docker", "compose", "up", external=True) ◄
            """,
    }
    assert compose_places(files) == marked(files)


def test_a_script_that_a_suite_runs_is_followed_with_its_arguments() -> None:
    files = {
        "tests/integration/test_a.py": """
            import subprocess, sys

            def test_a():
                subprocess.run([sys.executable, "tests/integration/infra.py", "start"])
            """,
        "tests/integration/infra.py": """
            import subprocess, sys

            def start():
                subprocess.run(["docker-compose", "up"]) ◄

            def never():
                subprocess.run(["docker-compose", "down"])

            if __name__ == "__main__":
                action = sys.argv[1]
                if action == "start":
                    start()
                elif action == "never":
                    pass
            """,
    }
    assert compose_places(files) == marked(files)
