"""No name in a configuration is an option, a second word, or a line of its own."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestration.errors import ConfigError
from orchestration.model import Launch, PortBinding
from orchestration.printable import printable
from orchestration.report import render_failure
from orchestration.reproduce import reproduce
from orchestration.stack import Component
from orchestration.stackfile import load

WEB = """\
[stacks.shop.components.web]
image = "web:1"
ports.http = 8080
gate = { kind = "http", path = "/health" }
"""
BUILT = WEB.replace('image = "web:1"', 'build = { context = "." }')
DATABASE = """\
[stacks.shop.components.web]
image = "web:1"
ports.http = 8080
gate = { kind = "postgres" }
"""
PLATFORM = """\
[e2e.shop]
manifests = ["here"]
"""
NAMES = {
    "project": WEB + "[project]\nname = @",
    "default stack": WEB + "[project]\ndefault = @",
    "stack": WEB.replace("stacks.shop", "stacks.@"),
    "service of a stack": WEB + "[stacks.shop]\nservice = @",
    "service": WEB + "[services.@]\n[stacks.shop]\nservice = @",
    "component": WEB.replace("components.web", "components.@"),
    "component to wait for": WEB + "after = [@]",
    "port": WEB.replace("ports.http", "ports.@"),
    "port of a gate": WEB.replace("path", "port = @, path"),
    "registered port": WEB + "[ports.services.shop]\n@ = 18080",
    "service with ports": WEB + "[ports.services.@]\nhttp = 18080",
    "kind of ports": WEB + '[ports.ranges]\n@ = "18000-18999"',
    "alias": WEB + "aliases = [@]",
    "address": WEB.replace("8080", "{ container = 8080, bind = @ }"),
    "image": WEB.replace('"web:1"', "@"),
    "image to replace": WEB + '[images.overrides]\n@ = "other:1"',
    "image instead": WEB + '[images.overrides]\n"web:1" = @',
    "image to make": WEB + "[images.recipes.python]\nreference = @",
    "package": WEB + "[images.recipes.python]\npackages = [@]",
    "stage": BUILT.replace('"."', '".", target = @'),
    "build argument": BUILT.replace('"."', '".", args = { @ = "x" }'),
    "variable": WEB + 'env = { @ = "x" }',
    "embedded variable": WEB + 'embedded = { command = ["x"], env = { @ = "x" } }',
    "variable to read": WEB + "env = { A = { env = @ } }",
    "header": WEB.replace("path", 'headers = { @ = "x" }, path'),
    "platform": PLATFORM.replace("shop", "@"),
    "service of a platform": PLATFORM + "service = @",
    "image of a platform": PLATFORM + 'images = { @ = { context = "." } }',
    "access": PLATFORM + 'access = { @ = { service = "x", port = 80 } }',
    "Service": PLATFORM + "access.x = { service = @, port = 80 }",
    "scheme": PLATFORM + 'access.x = { service = "x", port = 80, scheme = @ }',
}
"""Where a name stands, `@` for the name."""

TEXTS = {
    "path of a volume": WEB + 'volumes = [{ source = @, target = "/x" }]',
    "target of a volume": WEB + 'volumes = [{ source = "here", target = @ }]',
    "volume in short": WEB + "volumes = [@]",
    "env file": WEB + "env_files = [@]",
    "file of a secret": WEB + "env = { A = { file = @ } }",
    "directory": WEB + 'embedded = { command = ["x"], cwd = @ }',
    "context": BUILT.replace('"."', "@"),
    "Containerfile": BUILT.replace('"."', '".", containerfile = @'),
    "artifacts": WEB + "[project]\nartifacts = @",
    "manifests": PLATFORM.replace('"here"', "@"),
    "kubeconfig": PLATFORM + "kubeconfig = @",
    "context of a kubeconfig": PLATFORM + "context = @",
    "outside": WEB + "[engine]\noutside = [@]",
    "engine": WEB + "[engine]\nurl = @",
    "path of a request": WEB.replace('"/health"', "@"),
    "role": DATABASE.replace("}", ", user = @ }"),
    "database": DATABASE.replace("}", ", database = @ }"),
}
"""Where a text stands that may have blanks and quotes, and no control characters."""

SAFE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/@+-]*")
ADDRESS = re.compile(r"[0-9A-Fa-f.:]+")
HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
HOSTILE = st.sampled_from(
    [
        *("-v", "--privileged", "-", "--", "-v/:/host", "--volume=/:/host", "-oProxyCommand=x"),
        *("a\nb", "a\r", "a\x00b", "a\x1b[2J", "a\u2028b", "a\u202eb", "a\x7f"),
        *("a'b", 'a"b', "a b", "a\tb", "$(x)", "`x`", "a;b", "a|b", "a&b", "a>b", "a\\", "a,b"),
        *("..", "../a", "/a", "~", "a=b", "a:b", "a%b", "fe80::1%--privileged", "é", "", "."),
    ]
)
ANY = HOSTILE | st.text(max_size=6) | st.builds(str.__add__, st.sampled_from("aA1-_/"), HOSTILE)


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        (root / "here").mkdir()
        (root / "Containerfile").touch()
        yield root


def accepted(root: Path, text: str) -> bool:
    """Whether it is taken; if not, that it is told where."""
    file = root / "stackwright.toml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        project = load(file)
        for name in project.stacks:
            project.stack(name, {"A": "x"})
        for name in project.platforms:
            project.platform(name, {})
    except ConfigError as error:
        told = render_failure(error)
    else:
        return True
    assert re.search(r"stackwright\.toml(:\d+| has \d+ mistakes)", told), told
    assert told == printable(told)
    return False


@pytest.mark.parametrize("place", NAMES)
@settings(deadline=None, max_examples=25)
@given(name=ANY)
@example(name="--privileged")
@example(name="a\nb")
@example(name="a\x00b")
@example(name='a"b')
def test_a_name_is_one_word_and_no_option(root: Path, place: str, name: str) -> None:
    if accepted(root, NAMES[place].replace("@", json.dumps(name))):
        safe = {"address": ADDRESS, "header": HEADER}.get(place, SAFE)
        assert safe.fullmatch(name), name


@pytest.mark.parametrize("place", TEXTS)
@settings(deadline=None, max_examples=20)
@given(text=ANY)
@example(text="a\nb")
@example(text="a\x1b[2J")
def test_a_text_is_one_line(root: Path, place: str, text: str) -> None:
    if accepted(root, TEXTS[place].replace("@", json.dumps(text))):
        assert not re.search(r"[\x00-\x1f\x7f]", text)


@settings(deadline=None, max_examples=40)
@given(
    command=st.lists(ANY.filter(lambda text: "\0" not in text), max_size=3),
    target=ANY,
    value=ANY.filter(lambda text: "\0" not in text),
)
@example(command=["serve", "-v", "--privileged"], target="/a b'c", value="x\n--privileged")
def test_a_command_for_by_hand_has_the_words_that_were_meant(
    root: Path, command: list[str], target: str, value: str
) -> None:
    web = component(root, command, target, value)
    if web is None:
        return
    launch = Launch(
        name="x",
        component=web.name,
        image="sha256:0123abcd",
        ports=tuple(PortBinding(name=each.name, inside=1, host=2) for each in web.ports),
        network="stackwright-shop-1",
        command=tuple(each.replace("$${", "${") for each in web.command),
        env=web.env,
        mounts=web.mounts,
    )
    script = f"podman() {{ printf '%s\\0' \"$@\"; }}\n{reproduce(launch, 'podman')}\n"
    shown = subprocess.run(["bash", "-c", script], check=True, capture_output=True)
    assert shown.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1] == [
        *("run", "--rm", "-it", "--network", "stackwright-shop-1", "-p", "127.0.0.1:2:1"),
        *("-e", f"A={value}", "-v", f"{root / 'here'}:{target}:ro"),
        *("sha256:0123abcd", *command),
    ]


def component(root: Path, command: list[str], target: str, value: str) -> Component | None:
    words = [each.replace("${", "$${") for each in command]
    text = WEB + (
        (f"command = {json.dumps(words)}\n" if words else "")
        + f"env = {{ A = {json.dumps(value.replace('${', '$${'))} }}\n"
        + f'volumes = [{{ source = "here", target = {json.dumps(target)} }}]\n'
    )
    if not accepted(root, text):
        return None
    return load(root / "stackwright.toml").stack("shop", {}).component("web")
