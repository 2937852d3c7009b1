"""Command lines that run tests, and their like that do not."""

from __future__ import annotations

import pytest

from lint.linking.test_runners import own_script, project_command
from lint.linking.test_runners import test_runner as runner


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("pytest -q", "pytest"),
        ("coverage run --branch -m pytest", "pytest"),
        ("python3 -m unittest discover", "unittest"),
        ("python manage.py test app", "manage.py test"),
        ("./manage.py test", "manage.py test"),
        ("poetry run nosetests", "nosetests"),
        ("go test ./...", "go test"),
        ("npm run test", "npm test"),
        ("mvn -B clean verify", "mvn verify"),
        ("./gradlew :api:integrationTest", "gradlew :api:integrationTest"),
        ("./gradlew build -x test", ""),
        ("mvn verify -DskipTests", ""),
        ("mage test:integration", "mage test:integration"),
        ("make test-unit", "make test-unit"),
        ("make latest", ""),
        ("rake deploy", ""),
        ("cargo build", ""),
        ("npm run testing-page", ""),
        ("python manage.py migrate", ""),
        ("python -m http.server", ""),
        ("test -f x", ""),
        ("", ""),
    ],
)
def test_the_runner_is_told(command: str, told: str) -> None:
    assert runner(command.split()) == told


def test_any_command_of_a_shell_counts() -> None:
    assert runner(["bash", "-c", "cd x && sleep 3; pytest -q"]) == "pytest"
    assert runner(["sh", "-c", "cd x && serve"]) == ""


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("pdm run test", "pdm test"),
        ("hatch run test:unit", "hatch test:unit"),
        ("poetry run task test", "poetry test"),
        ("pdm run serve", ""),
        ("pipenv run latest", ""),
        ("pipenv run test-server", ""),
        ("test run test", ""),
    ],
)
def test_commands_of_a_project_are_told_by_their_names(command: str, told: str) -> None:
    assert project_command(command.split()) == told


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("./run_tests.sh", True),
        ("integration-tests.py", True),
        ("test.sh", True),
        ("attest.sh", False),
    ],
)
def test_scripts_of_tests_are_told_by_their_names(name: str, is_one: bool) -> None:
    assert bool(own_script([name])) is is_one
