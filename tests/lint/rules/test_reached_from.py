"""A finding in a helper says which hook, fixture or test gets there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.rules.pipeline import audited

HELPER = "import subprocess\n\n\ndef up():\n    subprocess.run(['docker', 'compose', 'up'])\n"
GO = """\
package a

import "os/exec"

func Up() {
	exec.Command("docker", "compose", "up").Run()
}
"""


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (
            {
                "tests/integration/stack.py": HELPER,
                "tests/integration/conftest.py": "import pytest\n\nfrom . import stack\n\n\n"
                "@pytest.fixture\ndef running():\n    stack.up()\n",
                "tests/integration/test_a.py": "def test_a(running):\n    pass\n",
            },
            "tests/integration/conftest.py:7",
        ),
        (
            {
                "tests/integration/stack.py": HELPER,
                "tests/integration/test_a.py": "from . import stack\n\n\ndef test_a():\n"
                "    pass\n\n\ndef test_b():\n    stack.up()\n\n\ndef test_c():\n    stack.up()\n",
            },
            "tests/integration/test_a.py:8",
        ),
        (
            {
                "test/integration/stack.go": GO,
                "test/integration/a_test.go": 'package a\n\nimport "testing"\n\n'
                "func TestNothing(t *testing.T) {}\n\nfunc TestUp(t *testing.T) {\n\tUp()\n}\n",
            },
            "test/integration/a_test.go:7",
        ),
        (
            {
                "test/integration/stack.go": GO,
                "test/integration/suite_test.go": "package a\n\n"
                'import . "github.com/onsi/ginkgo/v2"\n\n'
                "var _ = BeforeSuite(func() {\n\tUp()\n})\n",
            },
            "test/integration/suite_test.go:5",
        ),
    ],
)
def test_the_place_is_the_hook_that_reaches_it(
    files: dict[str, str], place: str, tmp_path: Path
) -> None:
    (found,) = [
        one for one in audited(files, tmp_path).report.findings if one.rule == "compose-invocation"
    ]
    reached = [one for one in found.related if one.why.startswith("reached from")]
    assert [str(one.place) for one in reached] == [place]


def test_what_stands_in_the_test_itself_needs_no_such_line(tmp_path: Path) -> None:
    files = {"tests/integration/test_a.py": HELPER.replace("def up", "def test_up")}
    (found,) = audited(files, tmp_path).report.findings
    assert found.related == ()
