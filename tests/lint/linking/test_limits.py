"""Code that is longer or deeper than what is followed: told, never a crash."""

from __future__ import annotations

from lint.effects import Compose
from lint.linking.machine import OF_A_TEST
from tests.lint.linking.running import effects, traces


def python_test(steps: int) -> str:
    body = "    print('x')\n" * steps
    return (
        "import subprocess\n\n\ndef test_it():\n"
        f"{body}    subprocess.run(['docker', 'compose', 'up'])\n"
    )


def go_test(steps: int) -> str:
    body = '\tprintln("x")\n' * steps
    return (
        'package a\n\nimport (\n\t"os/exec"\n\t"testing"\n)\n\nfunc TestIt(t *testing.T) {\n'
        f'{body}\texec.Command("docker", "compose", "up").Run()\n}}\n'
    )


def test_a_test_that_is_too_long_is_told_and_a_short_one_is_not() -> None:
    for files, path, line in (
        ({"tests/integration/test_it.py": python_test(OF_A_TEST)}, "test_it.py", 4),
        ({"test/integration/it_test.go": go_test(OF_A_TEST)}, "it_test.go", 8),
    ):
        (trace,) = traces(files)
        ((cut),) = trace.cut
        assert (cut.path.rpartition("/")[2], cut.line) == (path, line)
        assert cut in trace.unresolved
    for files in (
        {"tests/integration/test_it.py": python_test(10)},
        {"test/integration/it_test.go": go_test(10)},
    ):
        (trace,) = traces(files)
        assert (trace.cut, trace.unresolved) == ((), ())


def test_what_only_a_test_may_call_that_was_too_long_is_not_told_as_unreached() -> None:
    helper = {
        "tests/integration/helper.py": "import subprocess\n\n\ndef start():\n    begin()\n\n\n"
        "def begin():\n    subprocess.run(['docker', 'compose', 'up'])\n"
    }
    for steps, calls, kinds in (
        (OF_A_TEST, "    start()\n", ["suite"]),
        (OF_A_TEST, "", ["suite", "unreached"]),
        (10, "    start()\n", ["suite"]),
    ):
        test = (
            "import subprocess\nfrom helper import start\n\n\ndef test_it():\n"
            "    subprocess.run(['docker', 'ps'])\n" + "    print('x')\n" * steps + calls
        )
        found = traces({"tests/integration/test_it.py": test, **helper})
        assert [one.entry.kind for one in found] == kinds


def test_calls_nested_beyond_what_python_can_do_do_not_end_the_run() -> None:
    deep = "".join(f"{'    ' * at}if x > {at}:\n" for at in range(1, 60))
    calls = "".join(f"def f{at}(x):\n{deep}{'    ' * 60}f{at + 1}(x)\n\n\n" for at in range(46))
    source = (
        f"import subprocess\n\n\n{calls}def f46(x):\n    subprocess.run(['docker'])\n\n\n"
        "def test_it(x):\n    f0(x)\n    subprocess.run(['docker', 'compose', 'up'])\n"
    )
    found = effects({"tests/integration/test_it.py": source}, Compose)
    assert [one.verb for one in found] == ["up"]
