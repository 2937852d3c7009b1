"""A repository of some thousand files to read, the same for the same seed.

Sized after a real platform of microservices: 5,500 files, 3,000 of them Go, about 70 MB, of which
few have anything to do with containers. Nothing in it is anybody's code.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SERVICES: Final = (
    *("ledger", "quoting", "dispatch", "inventory", "billing", "catalog", "courier", "pricing"),
    *("returns", "sessions", "tracking", "vouchers", "webhooks", "reports"),
)
_WORDS: Final = (
    *("order", "stock", "price", "user", "shelf", "truck", "route", "batch", "event", "audit"),
    *("report", "ledger", "page", "token", "limit", "cursor", "window", "bucket", "region"),
    *("parcel", "label", "invoice", "queue", "worker", "retry", "record", "index", "filter"),
)
_GO: Final = """\
// {Name}{n} {a}s a {b} for every {c} that the {d} sees, and tells the {e} about it.
func (s *{Type}) {Name}{n}(ctx context.Context, {a} *{A}, {b} []string) (*{B}, error) {{
	if {a} == nil || len({b}) == 0 {{
		return nil, fmt.Errorf("{pkg}: no {a} for the {c} of %s", s.name)
	}}
	result := &{B}{{Name: {a}.Name, Count: len({b}), Labels: map[string]string{{"{c}": s.name}}}}
	for i, each := range {b} {{
		switch {{
		case strings.HasPrefix(each, "{d}-"):
			result.Items = append(result.Items, s.store.{C}(ctx, each, i+{n}))
		case s.options.{D} > {n}:
			if err := s.notify(ctx, each, "{e}"); err != nil {{
				return nil, fmt.Errorf("notify %q of {e}: %w", each, err)
			}}
		default:
			s.log.Info("{a} passed over", "{b}", each, "index", i, "{c}", result.Count)
		}}
	}}
	return result, nil
}}

"""
_GO_TEST: Final = """\
func Test{Name}{n}(t *testing.T) {{
	subject := New{Type}(fake{A}(t), With{B}({n}))
	got, err := subject.{Name}(context.Background(), &{A}{{Name: "{a}-{n}"}}, []string{{"{d}-{c}"}})
	if err != nil {{
		t.Fatalf("{a}: %v", err)
	}}
	if got.Count != 1 || got.Labels["{c}"] != "{pkg}" {{
		t.Errorf("got %+v, want one {b} for {e}", got)
	}}
}}

"""
_INFRASTRUCTURE: Final = """\
package infrastructure

import (
	"fmt"
	"net/http"
	"os/exec"
	"time"
)

const {name}Image = "localhost/{name}:latest"

// Start{Name} brings up the stack of {name}.
func Start{Name}(port int) error {{
	network := "{name}-net"
	if err := exec.Command("podman", "network", "create", network).Run(); err != nil {{
		return fmt.Errorf("network: %w", err)
	}}
	args := []string{{"run", "-d", "--name", "{name}-postgres", "--network", network,
		"-p", fmt.Sprintf("%d:5432", port), "postgres:16-alpine"}}
	if out, err := exec.Command("podman", args...).CombinedOutput(); err != nil {{
		return fmt.Errorf("postgres: %w: %s", err, out)
	}}
	if err := exec.Command("podman", "build", "-t", {name}Image, ".").Run(); err != nil {{
		return err
	}}
	run := exec.Command("podman", "run", "-d", "--name", "{name}", {name}Image)
	if err := run.Run(); err != nil {{
		return err
	}}
	return await{Name}("http://127.0.0.1:8080/health")
}}

// Stop{Name} removes it.
func Stop{Name}() {{
	_ = exec.Command("podman", "rm", "-f", "{name}", "{name}-postgres").Run()
	_ = exec.Command("podman", "network", "rm", "{name}-net").Run()
}}

func await{Name}(url string) error {{
	for range 30 {{
		if response, err := http.Get(url); err == nil && response.StatusCode == http.StatusOK {{
			return nil
		}}
		time.Sleep(time.Second)
	}}
	return fmt.Errorf("%s is not ready", url)
}}
"""
_SUITE: Final = """\
package {name}

import (
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"example.org/platform/test/infrastructure"
)

func Test{Name}(t *testing.T) {{
	RegisterFailHandler(Fail)
	RunSpecs(t, "{name}")
}}

var _ = BeforeSuite(func() {{
	Expect(infrastructure.Start{Name}({port})).To(Succeed())
}})

var _ = AfterSuite(func() {{
	infrastructure.Stop{Name}()
}})
"""
_COMPOSE: Final = """\
services:
  postgres:
    image: postgres:16-alpine
    ports: ["{port}:5432"]
  {name}:
    image: {name}:latest
    depends_on: [postgres]
"""
_SCRIPT: Final = """\
#!/usr/bin/env bash
set -euo pipefail
podman-compose -f test/integration/{name}/podman-compose.yml up -d
sleep 10
"""
_PROSE: Final = "The {a} of a {b} names the {c} that the {d} asked for; without {e} it is kept.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many files of each kind, and bytes of all Go together."""

    go: int = 3000
    yaml: int = 900
    markdown: int = 1100
    python: int = 200
    others: int = 300
    go_bytes: int = 33_000_000
    rest_bytes: int = 34_000_000

    @property
    def files(self) -> int:
        """All together, without the few that hold the infrastructure."""
        return self.go + self.yaml + self.markdown + self.python + self.others

    def scaled(self, by: float) -> Size:
        """So many times as many files, and bytes."""
        return Size(
            go=round(self.go * by),
            yaml=round(self.yaml * by),
            markdown=round(self.markdown * by),
            python=round(self.python * by),
            others=round(self.others * by),
            go_bytes=round(self.go_bytes * by),
            rest_bytes=round(self.rest_bytes * by),
        )


def write(root: Path, size: Size, seed: int = 7) -> None:
    """Fills an empty directory and commits everything to a new git repository in it."""
    dice = random.Random(seed)  # noqa: S311 - the same files for the same seed
    root.mkdir(parents=True, exist_ok=True)
    for name in _SERVICES:
        _infrastructure(root, name, dice)
    rest = size.rest_bytes // (size.files - size.go)
    _many(root, size.go, size.go_bytes // size.go, dice, _go)
    _many(root, size.yaml, rest, dice, _yaml)
    _many(root, size.markdown, rest, dice, _markdown)
    _many(root, size.python, rest, dice, _python)
    _many(root, size.others, rest, dice, _other)
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "All of it")):
        subprocess.run(
            ["git", *("-c", "user.name=bench"), *("-c", "user.email=bench@localhost"), *words],
            cwd=root,
            check=True,
        )


def _many(
    root: Path,
    count: int,
    mean: int,
    dice: random.Random,
    make: Callable[[int, int, random.Random], tuple[str, str]],
) -> None:
    for number in range(count):
        path, text = make(number, int(mean * dice.expovariate(1) * 0.9) + mean // 10, dice)
        _put(root / path, text)


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _infrastructure(root: Path, name: str, dice: random.Random) -> None:
    words = {"name": name, "Name": name.title(), "port": str(dice.randint(15000, 19999))}
    _put(root / f"test/infrastructure/{name}.go", _INFRASTRUCTURE.format(**words))
    _put(root / f"test/integration/{name}/suite_test.go", _SUITE.format(**words))
    _put(root / f"test/integration/{name}/podman-compose.yml", _COMPOSE.format(**words))
    _put(root / f"scripts/{name}.sh", _SCRIPT.format(**words))
    _put(root / f"cmd/{name}/Dockerfile", f"FROM golang:1.25\nCOPY . /src\nCMD /{name}\n")
    _put(root / f"docs/{name}.md", f"# {name.title()}\n\nRun `podman-compose up` first.\n")
    with (root / "Makefile").open("a", encoding="utf-8") as makefile:
        makefile.write(f"test-{name}:\n\tgo test ./test/integration/{name}/...\n\n")


def _picked(dice: random.Random) -> dict[str, str]:
    lower = dice.sample(_WORDS, 5)
    low = dict(zip("abcde", lower, strict=True))
    return {**low, **{key.upper(): word.title() for key, word in low.items()}}


def _go(number: int, length: int, dice: random.Random) -> tuple[str, str]:
    service = dice.choice(_SERVICES)
    package = f"{dice.choice(_WORDS)}{number % 40}"
    test = number % 5 < 2
    imports = ("context", "errors", "fmt", "strings", "sync", "testing", "time")
    parts = [
        f"package {package}\n\nimport (\n",
        *(f'\t"{one}"\n' for one in imports),
        f'\n\t"example.org/platform/pkg/{service}/{dice.choice(_WORDS)}{number % 37}"\n)\n\n',
    ]
    written = 0
    while written < length:
        words = _picked(dice)
        words |= {"Name": words["A"] + words["C"], "Type": words["D"] + "Service", "pkg": package}
        parts.append((_GO_TEST if test else _GO).format(**words, n=dice.randint(1, 99)))
        written += len(parts[-1])
    ending = "_test.go" if test else ".go"
    return f"pkg/{service}/{package}/{dice.choice(_WORDS)}_{number}{ending}", "".join(parts)


def _yaml(number: int, length: int, dice: random.Random) -> tuple[str, str]:
    lines = ["apiVersion: example.org/v1", "kind: Route", "metadata:", f"  name: route-{number}"]
    lines.append("spec:")
    while length > 0:
        words = _picked(dice)
        lines.append(f"  - {words['a']}: {words['b']}-{dice.randint(1, 999)}")
        lines.append(f"    {words['c']}: {{ {words['d']}: {words['e']} }}")
        length -= len(lines[-1]) + len(lines[-2]) + 2
    return f"config/routes/{number % 30}/route-{number}.yaml", "\n".join(lines) + "\n"


def _markdown(number: int, length: int, dice: random.Random) -> tuple[str, str]:
    parts = [f"# Note {number}\n\n"]
    while length > 0:
        parts.append(_PROSE.format(**_picked(dice)) * 3 + "\n")
        length -= len(parts[-1])
    if number % 12 == 0:
        parts.append("The integration tests used docker-compose once (DD-TEST-002).\n")
    return f"docs/{number % 25}/note-{number}.md", "".join(parts)


def _python(number: int, length: int, dice: random.Random) -> tuple[str, str]:
    parts = ["from __future__ import annotations\n\nimport logging\n\n"]
    while length > 0:
        words = _picked(dice)
        parts.append(
            f"\ndef {words['a']}_{words['b']}_{dice.randint(1, 999)}({words['c']}, {words['d']}):\n"
            f'    """The {words["a"]} of a {words["b"]}."""\n'
            f"    kept = [each for each in {words['c']} if each.{words['e']} != {words['d']}]\n"
            f"    logging.info('{words['a']}: %s', len(kept))\n"
            f"    return sorted(kept, key=lambda each: each.{words['b']})\n"
        )
        length -= len(parts[-1])
    return f"tools/{number % 20}/{dice.choice(_WORDS)}_{number}.py", "".join(parts)


def _other(number: int, length: int, dice: random.Random) -> tuple[str, str]:
    ending = dice.choice(("json", "sql", "proto", "txt"))
    text = "".join(_PROSE.format(**_picked(dice)) for _ in range(length // 80 + 1))
    return f"assets/{number % 10}/{number}.{ending}", text
