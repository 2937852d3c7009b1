"""The words by which a file can matter to any rule. Bytes alone are looked at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

STEMS: Final = (
    *("odman", "ocker", "ompose", "nerdctl", "buildah", "skopeo", "estcontainers", "DOCKER"),
    *("PODMAN", "COMPOSE", "CONTAINER_", "ontainerd", "kubectl", "minikube", "envtest", "k3d"),
    *(
        "container_getter",
        '"kind"',
        "'kind'",
        "kind create",
        "kind load",
        '"make"',
        "'make'",
        "stackwright:",
    ),
    *("Skip(", "Skipf(", "SkipNow(", "skip(", "skipif(", "SkipTest(", "importorskip("),
)
"""One search for these finds all program code that any of the patterns below can match."""

PROSE_STEMS: Final = (
    *("odman", "ocker", "ompose", "estcontainers", "stackwright:", ".sh", ".bash", "cript"),
    *("omplian", "onform", "iolat", "uidance", "igrat", "rogrammatic", "equential"),
    *("ontainer ", "nfrastructure"),
)
"""The same for documents."""

RUNNERS: Final = re.compile(rb"\b(?:go test|go run|ginkgo|pytest|make|nox|invoke|tox)\b")
"""Test runners in scripts: a script that only runs a suite still decides who reaches it."""

_TOOLS: Final = (
    rb"podman|docker(?!\.io/|hub|ignore)|nerdctl|buildah|skopeo|testcontainers|compose(?!d|r)"
    rb"|containerd|container_getter|kubectl|minikube|envtest|k3d(?![a-z])"
)
_CODE: Final = re.compile(
    rb"(?i:(?<![a-z])(?:" + _TOOLS + rb"))|CONTAINER_"
    rb"|[\"']kind[\"']|\bkind (?:create|load|delete|export) |[\"']make[\"']"
)
_SKIP: Final = re.compile(rb"\b(?:Skip(?:f|Now|Test)?|skip(?:if)?|importorskip)\(")
_INFRASTRUCTURE: Final = re.compile(
    rb"(?i)reachab|availab|running|dial|ping\b|connect|health|ready|postgres|redis|mysql|kafka"
    rb"|mongo|database|infra|container|lookpath|which\(|_url\b|_host\b|_dsn\b|_addr\b|localhost"
    rb"|127\.0\.0\.1|service|server|broker|cluster"
)
_AROUND: Final = 400
"""Characters before a skip in which its reason stands."""
_SECTIONS: Final = re.compile(
    rb"(?m)^[ \t]*[\"']?(?:services|(?:before_|after_)?script|runs-on)[\"']?[ \t]*:"
)
_RUNS: Final = re.compile(
    rb"(?i)(?<![a-z@/])(?:" + _TOOLS + rb")|\.(?:sh|bash|py)\b|\b(?:make|invoke|nox|tox|pytest) "
    rb"|\bgo (?:test|run)\b|\bcd [^\"]*\b(?:npm|yarn|pnpm)\b"
    rb"| (?:-C|--prefix|--cwd|-r|--recursive|-F|--filter|-ws?|--workspaces?|workspaces?) "
)
_ENVIRONMENTS: Final = re.compile(rb"(?m)^[ \t]*(?:\[tool\.tox\b|\[?env_run_base\b|\[env\.)")
_COMMENT: Final = re.compile(rb"[ \t]*(?://|#)")
_TOPIC: Final = re.compile(
    rb"(?i)complian|conform|violat|\bguidance\b|\bmigrat|programmatic|sequential startup"
    rb"|container (?:orchestration|set)|infrastructure (?:set|status|migration)|test infrastructure"
)
_STATUS: Final = re.compile(
    rb"\xf0\x9f|\xe2[\x8c\x8f\x98-\x9d]|\b\d+ ?(?:/|of|out of) ?\d+\b"
    rb"|(?i:\b(?:migrated|compliant|completed?|done|pending|violations?|progress|planned|converted"
    rb"|implemented|adopted|finished|n/a|not (?:yet|started)|fail(?:s|ed|ing)?"
    rb"|pass(?:es|ed|ing)?)\b)"
)
"""Signs (ticks, crosses, hourglasses, dots: by how their UTF-8 begins), counts, words."""
_SCRIPTED: Final = re.compile(rb"(?i)\.(?:sh|bash)\b|\b(?:shell|bash)[- ]scripts?\b")
_INTEGRATION: Final = re.compile(rb"(?i)integration|before-?suite|conftest|test infrastructure")
_PORT: Final = re.compile(
    rb"(?i)port\w*[\"'\]]?[ \t]*(?:int\d*[ \t]*)?(?::|:?=)[ \t]*[\"']?\d{4,5}\b"
)


def code_hits(data: bytes) -> Iterator[int]:
    """Where code (no comment line) speaks of containers, clusters, or skips for want of them."""
    for found in _CODE.finditer(data):
        if not _in_comment(data, found.start()):
            yield found.start()
    for found in _SKIP.finditer(data):
        before = data[max(0, found.start() - _AROUND) : found.end() + 160]
        if not _in_comment(data, found.start()) and _INFRASTRUCTURE.search(before):
            yield found.start()


def skips(data: bytes) -> bool:
    """Whether tests are skipped for any reason that could be infrastructure."""
    return any(
        _INFRASTRUCTURE.search(data[max(0, one.start() - _AROUND) : one.end() + 160])
        for one in _SKIP.finditer(data)
    )


def numbers_as_written(numbers: Iterable[str]) -> tuple[str, ...]:
    """The spellings of documents' numbers that code and prose use: `DD-TEST-002`, `dd_test_002`."""
    found = {
        spelling.replace("-", dash)
        for number in numbers
        for spelling in (number, number.lower(), number.upper())
        for dash in "-_"
    }
    return tuple(sorted(found - {""}))


def document(numbers: Iterable[str]) -> Callable[[bytes], bool]:
    """Whether a document can matter: it speaks of containers or a document, bears a mark, tells
    who has migrated or complies, or recommends scripts for integration tests."""
    said = re.compile(
        rb"(?i)\bcompose\b|podman|docker|testcontainers|stackwright:" + _cited(numbers)
    )

    def matters(data: bytes) -> bool:
        return bool(
            said.search(data)
            or (_TOPIC.search(data) and _STATUS.search(data))
            or (_SCRIPTED.search(data) and _INTEGRATION.search(data))
        )

    return matters


def comment_mention(numbers: Iterable[str]) -> re.Pattern[bytes]:
    """The same for comments in code, where only the forbidden and the cited can be stale."""
    return re.compile(
        rb"(?i)(?:docker|podman)[-_ ]?compose|\bcompose\b|stackwright:" + _cited(numbers)
    )


def _cited(numbers: Iterable[str]) -> bytes:
    return b"".join(
        b"|" + re.escape(number.encode()).replace(b"\\-", b"[-_]") for number in sorted(numbers)
    )


def port_constant(data: bytes) -> bool:
    """Whether a port number is given a name."""
    return _PORT.search(data) is not None


def compose_or_workflow(data: bytes) -> bool:
    """Whether YAML can be a compose file or a workflow."""
    return _SECTIONS.search(data) is not None


def package_scripts(data: bytes) -> bool:
    """Whether a `package.json` has scripts that speak of containers or run other programs' files;
    scripts that only run its own test runner or other scripts do not matter."""
    return b'"scripts"' in data and _RUNS.search(data) is not None


def tox_environments(data: bytes) -> bool:
    """Whether a configuration file defines environments of tox."""
    return b"testenv" in data or b"tox_ini" in data or _ENVIRONMENTS.search(data) is not None


def _in_comment(data: bytes, at: int) -> bool:
    return _COMMENT.match(data, data.rfind(b"\n", 0, at) + 1) is not None
