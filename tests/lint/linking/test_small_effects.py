"""Effects that the machine once missed on the reference platform, each as small as it gets."""

from __future__ import annotations

import pytest

from lint.effects import Build, Compose, Removal, Sleep, Start
from tests.lint.linking.running import effects
from tests.lint.platform.test_small_cases import GO, SUITE


def test_a_partialmethod_keeps_the_arguments_that_it_binds() -> None:
    files = {
        "tests/integration/test_a.py": """
            import functools
            import subprocess

            class Stack:
                def run(self, *words):
                    subprocess.run(["docker-compose", *words])

                up = functools.partialmethod(run, "up", "-d")

            def test_a():
                Stack().up()
            """
    }
    assert [one.verb for one in effects(files, Compose)] == ["up"]


def test_a_group_that_is_declared_and_not_made_is_concurrent_too() -> None:
    files = {
        SUITE: GO
        + """
func TestA(t *testing.T) {
	var builds errgroup.Group
	builds.Go(func() error { return exec.Command("podman", "build", "-t", "a:b", ".").Run() })
	_ = builds.Wait()
}
"""
    }
    assert [one.context.concurrent for one in effects(files, Build)] == [True]


@pytest.mark.parametrize("loop", ["for image, file in images.items():", "for image in images:"])
def test_the_keys_of_a_dictionary_need_not_be_literals(loop: str) -> None:
    files = {
        "tests/integration/test_a.py": f"""
            import subprocess
            import uuid

            def test_a():
                marker = uuid.uuid4().hex[:8]
                images = {{f"localhost/a:x-{{marker}}": "A", f"localhost/b:x-{{marker}}": "B"}}
                {loop}
                    subprocess.run(["podman", "build", "-t", image, "."])
            """
    }
    tags = {one.start for build in effects(files, Build) for word in build.tags for one in word}
    assert tags == {"localhost/a:x-", "localhost/b:x-"}


def test_the_timeout_of_a_stop_is_no_container() -> None:
    files = {
        SUITE: GO
        + 'func TestA(t *testing.T) { _ = exec.Command("podman", "stop", "-t", "5", "gw").Run() }\n'
    }
    (removal,) = effects(files, Removal)
    assert [word[0].known for word in removal.names] == ["gw"]


def test_a_go_duration_has_seconds() -> None:
    """Without them a pause of 100 ms counts as a fixed wait, and messages cannot tell how long."""
    files = {
        SUITE: GO
        + """
func TestA(t *testing.T) {
	_ = exec.Command("podman", "ps").Run()
	time.Sleep(3 * time.Second)
	time.Sleep(100 * time.Millisecond)
	time.Sleep(time.Minute)
}
"""
    }
    assert [one.seconds for one in effects(files, Sleep)] == [3.0, 0.1, 60.0]


_GLOBAL = (
    GO
    + """
type infra struct{ name string }

var stack *infra

func start() (*infra, error) {
	made := &infra{name: "gw"}
	run := exec.Command("podman", "run", "-d", "--name", made.name, "postgres:16")
	if err := run.Run(); err != nil {
		return nil, err
	}
	Eventually(func() error {
		return exec.Command("podman", "exec", "gw", "pg_isready").Run()
	}).Should(Succeed())
	return made, nil
}

func stop(old *infra) { _ = exec.Command("podman", "rm", "-f", old.name).Run() }

func TestGateway(t *testing.T) { RunSpecs(t, "gateway") }

var _ = BeforeSuite(func() {
	var err error
	stack, err = start()
	Expect(err).NotTo(HaveOccurred())
})

var _ = AfterSuite(func() { stop(stack) })
"""
)


def test_what_the_before_hook_put_into_a_package_variable_is_there_in_the_after_hook() -> None:
    (removal,) = effects({SUITE: _GLOBAL}, Removal)
    assert [word[0].known for word in removal.names] == ["gw"]


def test_stackwright_itself_starts_waits_and_removes() -> None:
    files = {
        "tests/integration/test_a.py": """
            from orchestration import stack_up

            def test_by_fixture(stackwright_stack):
                assert stackwright_stack.endpoint("api").url

            def test_by_hand():
                with stack_up("shop") as running:
                    assert running
            """,
        "Makefile": "test-integration:\n\tstackwright stack up\n\tpytest tests/integration\n"
        "\tstackwright stack down\n",
    }
    assert [(one.api, one.waits) for one in effects(files, Start)] == [("stackwright", True)] * 3
    assert len(effects(files, Removal)) == 3
