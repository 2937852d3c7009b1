"""Compose is seen in Go however the command comes to the process; ◄ marks where it is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lint.effects import Build, Removal, Skip, Sleep, Start, Wait
from lint.model import Tier
from tests.lint.linking.running import compose_places, effects, marked, traces

HEAD = """\
package gateway

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"github.com/google/uuid"
	"github.com/stretchr/testify/suite"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

"""

SEEN = {
    "a command": """
        func TestA(t *testing.T) {
            exec.Command("docker-compose", "up").Run() ◄
        }
        """,
    "a context": """
        func TestA(t *testing.T) {
            cmd := exec.CommandContext(context.Background(), "docker", "compose", "up") ◄
            cmd.Dir = "x"
            if err := cmd.Run(); err != nil {
                t.Fatal(err)
            }
        }
        """,
    "a slice that grows": """
        func TestA(t *testing.T) {
            args := []string{"compose", "-f", "x.yml"}
            if testing.Verbose() {
                args = append(args, "--verbose")
            }
            args = append(args, "up", "-d")
            exec.Command("docker", args...).Run() ◄
        }
        """,
    "a conditional executable": """
        func TestA(t *testing.T) {
            tool := "docker-compose"
            if _, err := exec.LookPath("podman-compose"); err == nil {
                tool = "podman-compose"
            }
            exec.Command(tool, "up").Run() ◄
        }
        """,
    "a constant": """
        const tool = "podman-compose"
        func TestA(t *testing.T) {
            exec.Command(tool, "up").Run() ◄
        }
        """,
    "Sprintf through a shell": """
        func TestA(t *testing.T) {
            line := fmt.Sprintf("%s -f %s up", "docker-compose", "x.yml")
            exec.Command("sh", "-c", line).Run() ◄
        }
        """,
    "strings": """
        func TestA(t *testing.T) {
            words := strings.Fields("docker compose up -d")
            exec.Command(words[0], words[1:]...).Run() ◄
            exec.Command("bash", "-c", strings.Join([]string{"docker-compose", "up"}, " ")).Run() ◄
        }
        """,
    "a struct field": """
        type stack struct{ tool string; dir string }
        func (s *stack) up() { exec.Command(s.tool, "up").Run() }
        func TestA(t *testing.T) {
            s := &stack{tool: "podman-compose"}
            s.up() ◄
        }
        """,
    "a promoted method": """
        type base struct{}
        func (b base) compose(args ...string) error {
            return exec.Command("docker-compose", args...).Run() ◄
        }
        type mine struct{ base }
        func TestA(t *testing.T) {
            m := mine{}
            m.compose("up")
        }
        """,
    "the caller of a wrapper": """
        func run(name string, args ...string) error {
            return exec.Command(name, args...).Run()
        }
        func TestA(t *testing.T) {
            run("podman-compose", "up") ◄
            run("echo", "podman-compose", "up")
        }
        """,
    "a function value": """
        func TestA(t *testing.T) {
            runner := func(args ...string) { exec.Command("docker", args...).Run() } ◄
            runner("compose", "up")
        }
        """,
    "a map": """
        var tools = map[string]string{"a": "docker-compose", "b": "podman-compose"}
        func TestA(t *testing.T) {
            for _, tool := range tools {
                exec.Command(tool, "up").Run() ◄
            }
        }
        """,
    "a group of goroutines": """
        func TestA(t *testing.T) {
            var group errgroup.Group
            group.Go(func() error { return exec.Command("docker-compose", "up").Run() }) ◄
            go exec.Command("docker-compose", "up").Run() ◄
        }
        """,
    "subtests and clean-ups": """
        func TestA(t *testing.T) {
            t.Cleanup(func() { exec.Command("docker-compose", "down").Run() }) ◄
            defer exec.Command("docker-compose", "rm").Run() ◄
            t.Run("x", func(t *testing.T) {
                exec.Command("docker-compose", "up").Run() ◄
            })
        }
        """,
    "TestMain": """
        func up() { exec.Command("docker-compose", "up").Run() } ◄
        func TestMain(m *testing.M) {
            up()
            code := m.Run()
            exec.Command("docker-compose", "down").Run() ◄
            os.Exit(code)
        }
        """,
    "Ginkgo": """
        var _ = SynchronizedBeforeSuite(func() []byte {
            Expect(exec.Command("docker-compose", "up").Run()).To(Succeed()) ◄
            return nil
        }, func(data []byte) {})
        var _ = Describe("x", Ordered, func() {
            BeforeAll(func() { exec.Command("docker-compose", "start").Run() }) ◄
            It("y", func() { exec.Command("docker-compose", "ps").Run() }) ◄
            AfterEach(func() { exec.Command("docker-compose", "stop").Run() }) ◄
        })
        """,
    "testify": """
        type S struct{ suite.Suite; tool string }
        func (s *S) SetupSuite() { s.tool = "docker-compose"; s.run("up") }
        func (s *S) run(verb string) { exec.Command(s.tool, verb).Run() }
        func (s *S) TestX() { exec.Command("docker-compose", "ps").Run() } ◄
        func (s *S) TearDownSuite() { exec.Command("docker-compose", "down").Run() } ◄
        func TestS(t *testing.T) { suite.Run(t, new(S)) }
        """,
}


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN.keys())
def test_compose_is_seen_through(code: str) -> None:
    files = {"test/integration/gateway/suite_test.go": HEAD + dedent(code)}
    wanted = marked(files)
    if "type S struct" in code:
        wanted.add("test/integration/gateway/suite_test.go:21")
    assert compose_places(files) == wanted


UNSEEN = {
    "comments, names and texts": """
        // exec.Command("docker-compose", "up")
        func dockerComposeUp() string { return "run docker-compose up" }
        func TestA(t *testing.T) {
            t.Log("docker compose up")
            fmt.Println(dockerComposeUp())
            t.Fatalf("docker-compose %s failed", "up")
        }
        """,
    "looking for it": """
        func TestA(t *testing.T) {
            exec.LookPath("docker-compose")
            exec.Command("docker", "compose", "version").Run()
            exec.Command("which", "docker-compose").Run()
        }
        """,
    "dead code": """
        func legacy() { exec.Command("docker-compose", "up").Run() }
        func TestA(t *testing.T) {}
        """,
    "installing a module": """
        func TestA(t *testing.T) {
            exec.Command("go", "install", "github.com/docker/compose@latest").Run()
        }
        """,
}


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN.keys())
def test_what_only_speaks_of_compose_is_no_command(code: str) -> None:
    assert compose_places({"test/integration/gateway/a_test.go": HEAD + dedent(code)}) == set()


def test_a_shared_package_is_followed_and_the_service_decides() -> None:
    files = {
        "go.mod": "module github.com/acme/platform\n",
        "test/infrastructure/gateway.go": """
            package infrastructure

            func StartGateway(tool string) error { return run(tool, "up") }
            """,
        "test/infrastructure/run.go": """
            package infrastructure

            import "os/exec"

            func run(args ...string) error { return exec.Command(args[0], args[1:]...).Run() }
            """,
        "test/integration/gateway/suite_test.go": """
            package gateway_test

            import (
                . "github.com/onsi/ginkgo/v2"
                infra "github.com/acme/platform/test/infrastructure"
            )

            var _ = BeforeSuite(func() {
                infra.StartGateway("podman-compose") ◄
            })
            """,
    }
    assert compose_places(files) == marked(files)


STACK = HEAD + dedent("""
    type Config struct {
        Name, Image string
        Ports map[int]int
        Wait func() error
    }

    func start(cfg Config) {
        args := []string{"run", "-d", "--name", cfg.Name}
        for host, inside := range cfg.Ports {
            args = append(args, "-p", fmt.Sprintf("%d:%d", host, inside))
        }
        if cfg.Image == "" {
            cfg.Image = "postgres:16-alpine"
        }
        exec.Command("podman", append(args, cfg.Image)...).Run()
        if cfg.Wait != nil {
            Eventually(cfg.Wait, 30*time.Second).Should(Succeed())
        }
    }

    var _ = BeforeSuite(func() {
        tag := fmt.Sprintf("gateway-%s", uuid.NewString()[:8])
        exec.Command("podman", "build", "-t", tag, ".").Run()
        start(Config{Name: "pg", Ports: map[int]int{15437: 5432}, Wait: func() error {
            return exec.Command("podman", "exec", "pg", "pg_isready").Run()
        }})
        time.Sleep(5 * time.Second)
        start(Config{Name: "app", Image: tag})
        DeferCleanup(func() { exec.Command("podman", "rm", "-f", "pg").Run() })
    })

    var _ = AfterSuite(func() {
        exec.Command("podman", "rmi", "-f", "gateway").Run()
    })

    var _ = It("x", func() {
        if os.Getenv("CI") == "" {
            Skip("no infrastructure")
        }
    })
    """)


def test_what_a_suite_starts_waits_for_and_removes_is_told() -> None:
    files = {"test/integration/gateway/suite_test.go": STACK}
    first, second = effects(files, Start)
    assert first.image[0].known == "postgres:16-alpine"
    assert [(host.known, inside.known) for host, inside in first.ports] == [("15437", "5432")]
    assert second.image[0].unique
    assert second.image[0].start == "gateway-"
    (build,) = effects(files, Build)
    assert build.tags[0][0].parts == second.image[0].parts
    (wait,) = effects(files, Wait)
    assert (wait.how, wait.context.polling) == ("database", True)
    assert len(effects(files, Sleep)) == 1
    removed = {(one.what, one.context.phase) for one in effects(files, Removal)}
    assert removed == {("container", "teardown"), ("image", "teardown")}
    (skip,) = effects(files, Skip)
    assert "Getenv" in skip.context.guards[0].names


def test_a_suite_is_end_to_end_by_its_folder_tag_or_cluster() -> None:
    body = 'import "testing"\nfunc TestA(t *testing.T) {}\n'
    files = {
        "test/e2e/a_test.go": "package a\n" + body,
        "pkg/b_test.go": "//go:build e2e\n\npackage b\n" + body,
        "test/integration/c_test.go": "package c\n" + body,
    }
    tiers = {trace.entry.name: trace.entry.tier for trace in traces(files)}
    assert tiers == {"test/e2e": Tier.E2E, "pkg": Tier.E2E, "test/integration": Tier.INTEGRATION}
