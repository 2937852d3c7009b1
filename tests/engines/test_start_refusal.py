"""What engines say when they do not start a container, as they said it."""

from __future__ import annotations

import pytest

from orchestration.engines.start_refusal import PortRaceError, refusal
from orchestration.errors import ClaimError, ComponentError, PortError
from orchestration.model import Launch, PortBinding

PINNED = PortBinding(name="http", inside=8080, host=19871)
CHOSEN = PortBinding(name="metrics", inside=9090, host=0)


def launch(*ports: PortBinding) -> Launch:
    return Launch(name="store-1", component="store", image="x", network="n", ports=ports)


PORT_IN_USE = {
    "podman": "cannot listen on the TCP port: listen tcp4 127.0.0.1:{}: bind: address already in "
    "use",
    "podman rootless": "rootlessport listen tcp 127.0.0.1:{}: bind: address already in use",
    "podman pasta": "pasta failed with exit code 1:\nFailed to bind port {} (Address already in "
    "use) for option '-t 127.0.0.1/{}-{}:8080-8080', exiting",
    "docker": "driver failed programming external connectivity on endpoint store-1 (701a719b81ea): "
    "Bind for 127.0.0.1:{} failed: port is already allocated",
    "docker proxy": "driver failed programming external connectivity on endpoint store-1 "
    "(701a719b81ea): Error starting userland proxy: listen tcp4 127.0.0.1:{}: bind: address "
    "already in use",
}


@pytest.mark.parametrize("text", PORT_IN_USE.values(), ids=PORT_IN_USE)
class TestAPortInUse:
    def test_names_the_pinned_port_and_its_holder(self, text: str) -> None:
        said = text.replace("{}", "19871")
        error = refusal(launch(CHOSEN, PINNED), said, lambda port: f"holder of {port}")
        assert isinstance(error, PortError)
        assert error.what == ("host port 19871 (store, port http) is in use by holder of 19871")
        assert error.why == said

    def test_that_the_engine_chose_is_a_lost_race(self, text: str) -> None:
        said = text.replace("{}", "40001")
        assert isinstance(refusal(launch(CHOSEN, PINNED), said, lambda _: None), PortRaceError)

    def test_is_said_of_nobody_when_nobody_is_known(self, text: str) -> None:
        error = refusal(launch(PINNED), text.replace("{}", "19871"), lambda _: None)
        assert isinstance(error, PortError)
        assert error.what.endswith("is in use")


@pytest.mark.parametrize(
    ("text", "kind", "told"),
    [
        (
            'container create: creating container storage: the container name "store-1" is already '
            "in use by 4061fa201e3f. You have to remove that container to be able to reuse that "
            "name: that name is already in use",
            ClaimError,
            "store-1 is taken",
        ),
        (
            'Conflict. The container name "/store-1" is already in use by container "1ad7451415ca".'
            " You have to remove (or rename) that container to be able to reuse that name.",
            ClaimError,
            "store-1 is taken",
        ),
        (
            'runc: runc create failed: unable to start container process: exec: "nope": executable '
            "file not found in $PATH: OCI runtime attempted to invoke a command that was not found",
            ComponentError,
            "127 (command not found)",
        ),
        (
            "crun: executable file `nope` not found in $PATH: No such file or directory: OCI "
            "runtime attempted to invoke a command that was not found",
            ComponentError,
            "127 (command not found)",
        ),
        (
            "failed to create shim task: OCI runtime create failed: runc create failed: unable to "
            'start container process: exec: "/bin/nope": stat /bin/nope: no such file or '
            "directory: unknown",
            ComponentError,
            "127 (command not found)",
        ),
        (
            'runc: runc create failed: unable to start container process: exec: "/etc/passwd": '
            "permission denied: OCI permission denied",
            ComponentError,
            "126 (the command exists",
        ),
        (
            "crun: open executable: Permission denied: OCI permission denied",
            ComponentError,
            "126 (the command exists",
        ),
        (
            "cannot listen on the TCP port: listen tcp4 10.99.99.99:19872: bind: cannot assign "
            "requested address",
            PortError,
            "does not have: 127.0.0.1:19871",
        ),
        (
            "rootlessport cannot expose privileged port 80, you can add "
            "'net.ipv4.ip_unprivileged_port_start=80' to /etc/sysctl.conf (currently 1024)",
            PortError,
            "may not publish",
        ),
        (
            "rootlessport listen tcp 127.0.0.1:80: bind: permission denied",
            PortError,
            "may not publish",
        ),
        ("a thing nobody has seen before", ComponentError, "store cannot be started"),
    ],
)
def test_each_refusal_has_its_kind_and_keeps_the_engines_words(
    text: str, kind: type[Exception], told: str
) -> None:
    error = refusal(launch(PINNED), text, lambda _: None)
    assert isinstance(error, ClaimError | ComponentError | PortError)
    assert type(error) is kind
    assert told in error.what
    assert error.why == text
    assert error.fix
