"""Compose files, told by what they hold, wherever they stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from lint.facts import ComposeFile, ComposeService, PortUse
from lint.languages.yaml_nodes import Mapping, Node, Pair, Scalar, Sequence
from lint.languages.yaml_tree import read
from lint.program import Span

MOST_PORTS: Final = 256
"""Ports of one range."""
_TOP_WORDS: Final = """
    version name services networks volumes configs secrets include models
"""
_TOP: Final = frozenset(_TOP_WORDS.split())
_KEYS_WORDS: Final = """
    annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command
    configs container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period
    cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy develop
    device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file
    environment expose extends external_links extra_hosts gpus group_add healthcheck hostname
    image init ipc isolation label_file labels links log_driver log_opt logging mac_address
    mem_limit mem_reservation mem_swappiness memswap_limit models net network_mode networks
    oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop
    privileged profiles provider pull_policy read_only restart runtime scale secrets
    security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs
    tty ulimits use_api_socket user userns_mode uts volume_driver volumes volumes_from
    working_dir
"""
_KEYS: Final = frozenset(_KEYS_WORDS.split())
_TELLING_WORDS: Final = """
    container_name depends_on env_file healthcheck network_mode networks volumes restart
    entrypoint extends command ports
"""
_TELLING: Final = frozenset(_TELLING_WORDS.split())
_OF_VERSION_1: Final = _KEYS | {"dockerfile", "net"}
_COLLECTIONS: Final = ("environment", "volumes", "labels", "healthcheck", "deploy", "depends_on")
_VERSION: Final = re.compile(r"[23](\.\d+)?")
_RANGE: Final = re.compile(r"(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?")
_PROTOCOL: Final = re.compile(r"/(?:tcp|udp|sctp)$")
_IPV6: Final = re.compile(r"\[[^\]]*\]:")
_DEFAULT: Final = re.compile(r"\$\{\w+:?-([^{}$]*)\}")
_QUICK: Final = re.compile(r"^[ \t]*services[ \t]*:", re.MULTILINE)
_QUICK_SERVICE: Final = re.compile(r"\b(?:image|build|depends_on|container_name)[ \t]*:")


def compose(root: Node) -> ComposeFile | None:
    """The compose file that a document is; None where it is something else.

    A compose file has services, nothing unknown beside them, and services with keys that compose
    knows. Applications, chart values and pipelines that have `services` too differ in one of these.
    What only adds to other files (an override, a list of includes) is partial; so is a file of
    the first version, whose services stand at the top.
    """
    if not isinstance(root, Mapping):
        return None
    if _is_of_version_1(root):
        made = tuple(_service(pair, one) for pair, one in root.entries)
        return ComposeFile(
            root.at, made, reads=tuple(_reads(root, [one for _, one in root.entries])), partial=True
        )
    services = root.mapping("services")
    entries = services.entries if services else ()
    bodies = [one for _, one in entries]
    whole = services is not None and bool(services.pairs)
    if services and len(entries) != sum(_is_service(one) for one in services.pairs):
        return None
    partial = not (whole and _is_compose(root, bodies))
    if partial and not _may_be_compose(root, bodies):
        return None
    made = tuple(_service(pair, one) for pair, one in entries)
    return ComposeFile(root.at, made, reads=tuple(_reads(root, bodies)), partial=partial)


def compose_in(text: str, at: Span) -> ComposeFile | None:
    """The compose file that a string literal of another language holds; None for any other text.

    `at` is the literal. Its lines are taken to follow each other as in the text.
    """
    return _embedded(text, at, lambda line, column: _inside(line, column, at))


def compose_in_block(block: Scalar) -> ComposeFile | None:
    """The same for a block scalar of YAML: a ConfigMap's data, for example."""

    def place(line: int, column: int) -> tuple[int, int]:
        start = 0
        for _ in range(line - 1):
            start = block.text.find("\n", start) + 1
        return block.place(start + column - 1)

    return _embedded(block.text, block.at, place)


def _embedded(
    text: str, at: Span, place: Callable[[int, int], tuple[int, int]]
) -> ComposeFile | None:
    if not _QUICK.search(text) or not _QUICK_SERVICE.search(text):
        return None
    for root in read(text).roots:
        if (found := compose(root)) and not found.partial:
            services = tuple(_moved(one, place) for one in found.services)
            return ComposeFile(at, services, embedded=True)
    return None


def _is_of_version_1(root: Mapping) -> bool:
    bodies = [one for _, one in root.entries]
    return (
        len(bodies) == len(root.pairs) > 0
        and not root.keys & _TOP
        and all(one.keys <= _OF_VERSION_1 and _shaped(one) for one in bodies)
        and all(one.text("image") or one.text("build") or one.mapping("extends") for one in bodies)
    )


def _is_compose(root: Mapping, services: list[Mapping]) -> bool:
    strange = [key for key in root.keys - _TOP if not _extension(key)]
    versioned = bool(_VERSION.fullmatch(root.text("version")))
    keys = [key for one in services for key in one.keys if not _extension(key)]
    unknown = sum(1 for key in keys if key not in _KEYS)
    if strange and not (versioned and not unknown):
        return False
    if not keys or unknown * 4 > len(keys) or not all(_shaped(one) for one in services):
        return False
    if any(one.scalar("image") or one.get("build") for one in services):
        return True
    telling = len(_TELLING & frozenset(keys))
    return not unknown and telling > 0


def _may_be_compose(root: Mapping, services: list[Mapping]) -> bool:
    """Whether nothing speaks against it, though little speaks for it."""
    if any(key not in _TOP and not _extension(key) for key in root.keys):
        return False
    if not all(_shaped(one) for one in services):
        return False
    if any(isinstance(one.get(key), Scalar) for one in services for key in _COLLECTIONS):
        return False
    keys = [key for one in services for key in one.keys if not _extension(key)]
    if not keys:
        return not services and any(_included(one) for one in root.each("include"))
    return all(key in _KEYS for key in keys)


def _reads(root: Mapping, services: list[Mapping]) -> Iterator[str]:
    """The files that are included, and those of which services are extended."""
    for one in root.each("include"):
        yield from _included(one)
    for service in services:
        extended = service.mapping("extends")
        if extended and (file := extended.text("file")):
            yield resolved(file)


def _included(node: Node) -> tuple[str, ...]:
    """One entry of `include`: a path, or a mapping with one or several."""
    told = node.each("path") if isinstance(node, Mapping) else (node,)
    return tuple(
        resolved(one.text)
        for one in told
        if isinstance(one, Scalar) and one.text.endswith((".yml", ".yaml"))
    )


def _shaped(service: Mapping) -> bool:
    """Whether what both compose and others have is in compose's shape."""
    image, ports = service.get("image"), service.get("ports")
    return (image is None or isinstance(image, Scalar)) and (
        ports is None or isinstance(ports, Sequence)
    )


def _is_service(pair: Pair) -> bool:
    return not pair.key.startswith("x-") and getattr(pair.value, "tag", "") != "!reset"


def _extension(key: str) -> bool:
    return key.startswith("x-") or key == "<<"


def _service(pair: Pair, service: Mapping) -> ComposeService:
    return ComposeService(
        pair.key,
        pair.at,
        service.text("image"),
        service.get("build") is not None,
        tuple(port for one in service.each("ports") for port in _ports(pair.key, one)),
    )


def _ports(service: str, node: Node) -> Iterator[PortUse]:
    """The host ports of one entry of `ports`, in its short or long form."""
    match node:
        case Scalar(text=text, at=at):
            published, where = _published(text), at
        case Mapping():
            told = node.scalar("published")
            published, where = (told.text, told.at) if told else ("", node.at)
        case _:
            return
    found = _RANGE.fullmatch(resolved(published))
    if not found:
        return
    first = int(found["first"])
    last = min(int(found["last"] or first), 65_535, first + MOST_PORTS - 1)
    for number in range(first, last + 1):
        if number > 0:
            yield PortUse(service, number, where)


def _published(short: str) -> str:
    """The host's part of `[address:][host:]container[/protocol]`; empty where there is none."""
    text = _IPV6.sub("", _PROTOCOL.sub("", resolved(short.strip())), count=1)
    parts = text.split(":")
    return parts[-2] if len(parts) > 1 else ""


def resolved(text: str) -> str:
    """With `${VAR:-default}` and `${VAR-default}` replaced by their defaults, from inside out.

    Other variables stay as they are.
    """
    for _ in range(8):
        replaced = _DEFAULT.sub(r"\1", text)
        if replaced == text:
            break
        text = replaced
    return text


def _moved(service: ComposeService, place: Callable[[int, int], tuple[int, int]]) -> ComposeService:
    def span(at: Span) -> Span:
        return Span(*place(at.line, at.column), *place(at.end_line, at.end_column))

    ports = tuple(PortUse(one.name, one.number, span(one.at)) for one in service.ports)
    return msgspec.structs.replace(service, at=span(service.at), ports=ports)


def _inside(line: int, column: int, at: Span) -> tuple[int, int]:
    """A place in a literal's text as a place in the file."""
    return line + at.line - 1, column + (at.column - 1 if line == 1 else 0)
