"""The command that runs one component by hand, for whoever looks into a failure."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from orchestration.model import (
    Embedded,
    Label,
    Launch,
    Mount,
    PortBinding,
    Secret,
    Text,
    names_a_secret,
)
from orchestration.mount_mapping import MountMapping
from orchestration.redact import SHOWN, Redactor, spelled_secrets

_WIDTH: Final = 78
_NAMED: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "'": "\\'", "\\": "\\\\"}


def reproduce(launch: Launch, engine_name: str, redact: Callable[[str], str] | None = None) -> str:
    """A shell command for `launch`, then `#` lines with what to know before it is pasted.

    Longer than a line, it is continued with backslashes. Secrets are `***`: those of `launch`, and
    whatever `redact` takes out besides.
    """
    own = Redactor(_secrets(launch))
    hide = own if redact is None else lambda text: redact(own(text))
    if launch.image:
        words = list(_container(launch, engine_name, hide))
        hints = [f"# network {launch.network} exists while the stack does: see `--keep`"]
        hidden = _hidden(launch.env, launch.command, hide)
    elif launch.embedded is not None and launch.embedded.kind == "command":
        env = {**launch.env, **launch.embedded.env}
        places = MountMapping.of((each.target, each.source) for each in launch.mounts)
        words = list(_process(launch.embedded, env, lambda text: hide(places.apply(text))))
        hints = ["# the components it depends on must be up: see `--keep`"]
        hidden = _hidden(env, launch.embedded.command, hide)
    else:
        words = list(_again(launch))
        hints = [f"# {launch.component} is a server of stackwright's own: it comes with its stack"]
        hidden = []
    if hidden:
        hints.append(f"# {SHOWN} hides a secret: fill in {', '.join(hidden)}")
    return "\n".join([*_folded(words), *hints])


def _secrets(launch: Launch) -> Iterator[Text]:
    yield from spelled_secrets(launch.command)
    values = list(launch.env.values())
    if launch.embedded is not None:
        yield from spelled_secrets(launch.embedded.command)
        values += launch.embedded.env.values()
    for each in values:
        yield from (each,) if isinstance(each, Secret) else spelled_secrets((each,))


def _container(launch: Launch, engine_name: str, hide: Callable[[str], str]) -> Iterator[str]:
    yield f"{engine_name} run --rm -it"
    yield f"--network {_quote(launch.network)}"
    for port in launch.ports:
        yield f"-p {_published(port)}"
    for key, value in launch.env.items():
        yield f"-e {_quote(f'{key}={_shown(key, value, hide)}')}"
    for mount in launch.mounts:
        yield _mounted(mount)
    yield _quote(launch.image)
    yield from (_quote(hide(word)) for word in launch.command)


def _process(
    embedded: Embedded, env: Mapping[str, Text], hide: Callable[[str], str]
) -> Iterator[str]:
    if embedded.cwd is not None:
        yield f"cd {_quote(str(embedded.cwd))} &&"
    if env:
        yield "env"
    for key, value in env.items():
        yield _quote(f"{key}={_shown(key, value, hide)}")
    yield from (_quote(hide(word)) for word in embedded.command)


def _again(launch: Launch) -> Iterator[str]:
    yield "stackwright stack up"
    if stack := launch.labels.get(Label.STACK):
        yield f"--service {_quote(stack)}"
    yield "--engine embedded --keep"


def _published(port: PortBinding) -> str:
    bind = f"[{port.bind}]" if ":" in port.bind else port.bind
    return f"{bind}:{port.host or ''}:{port.inside}"


def _mounted(mount: Mount) -> str:
    mode = ":ro" if mount.read_only else ""
    if ":" not in str(mount.source):
        return f"-v {_quote(f'{mount.source}:{mount.target}{mode}')}"
    # Both engines read these as the fields of a line of CSV.
    fields = ["type=bind", f"source={mount.source}", f"target={mount.target}"]
    quoted = [f'"{each.replace(chr(34), chr(34) * 2)}"' for each in fields]
    return f"--mount {_quote(','.join([*quoted, *(['readonly'] if mode else [])]))}"


def _shown(key: str, value: Text, hide: Callable[[str], str]) -> str:
    if isinstance(value, Secret) or names_a_secret(key):
        return SHOWN
    return hide(value)


def _hidden(
    env: Mapping[str, Text], command: tuple[str, ...], hide: Callable[[str], str]
) -> list[str]:
    places = [key for key, value in env.items() if SHOWN in _shown(key, value, hide)]
    if any(SHOWN in hide(word) for word in command):
        places.append("the command")
    return places


def _quote(word: str) -> str:
    """`word` for a shell, on one line and without control characters: bash and zsh read `$'…'`."""
    if word.isprintable():
        return shlex.quote(word)
    spelt = "".join(_NAMED.get(char) or _spell(char) for char in word)
    return f"$'{spelt}'"


def _spell(char: str) -> str:
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode("utf-8", "surrogateescape"))


def _folded(words: list[str]) -> Iterator[str]:
    line = ""
    for word in words:
        if line and len(line) + 1 + len(word) > _WIDTH:
            yield f"{line} \\"
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    yield line
