"""Objects and suites in Go; ◄ marks where compose is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.lint.linking.running import compose_places, marked

HEAD = """\
package gw

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"github.com/stretchr/testify/suite"
	"github.com/testcontainers/testcontainers-go/modules/compose"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

"""

SEEN = {
    "functional options": """
        type cfg struct{ tool string }
        type Option func(*cfg)
        func WithTool(t string) Option { return func(c *cfg) { c.tool = t } }
        func up(opts ...Option) {
            c := &cfg{tool: "podman"}
            for _, o := range opts {
                o(c)
            }
            exec.Command(c.tool, "up").Run()
        }
        func TestA(t *testing.T) {
            up(WithTool("docker-compose")) ◄
        }
        """,
    "slices concat": """
        func TestA(t *testing.T) {
            base := []string{"compose", "-f", "x.yml"}
            exec.Command("docker", slices.Concat(base, []string{"up"})...).Run() ◄
        }
        """,
    "append literal": """
        func dcx(extra ...string) {
            exec.Command("docker", append([]string{"compose", "-p", "x"}, extra...)...).Run() ◄
        }
        func TestA(t *testing.T) {
            dcx("up", "-d")
        }
        """,
    "slice of structs of closures": """
        func TestA(t *testing.T) {
            for _, s := range []struct{ name string; fn func() error }{
                {"up", func() error { return exec.Command("docker-compose", "up").Run() }}, ◄
                {name: "ps", fn: func() error { return exec.Command("podman", "ps").Run() }},
            } {
                _ = s.fn()
            }
        }
        """,
    "var set in init": """
        var tool string
        func init() {
            tool = "docker-compose"
            if v := os.Getenv("TOOL"); v != "" { tool = v }
        }
        func TestA(t *testing.T) {
            exec.Command(tool, "up").Run() ◄
        }
        """,
    "generics": """
        func Must[T any](v T, err error) T { if err != nil { panic(err) }; return v }
        func tool() (string, error) { return "docker-compose", nil }
        func TestA(t *testing.T) {
            exec.Command(Must(tool()), "up").Run() ◄
        }
        """,
    "once value": """
        var tool = sync.OnceValue(func() string { return "docker-compose" })
        func TestA(t *testing.T) { exec.Command(tool(), "up").Run() } ◄
        """,
    "table tests": """
        func TestA(t *testing.T) {
            tests := []struct {
                name string
                cmd  []string
            }{
                {"one", []string{"docker-compose", "up"}},
                {name: "two", cmd: []string{"podman", "ps"}},
            }
            for _, tt := range tests {
                t.Run(tt.name, func(t *testing.T) {
                    exec.Command(tt.cmd[0], tt.cmd[1:]...).Run() ◄
                })
            }
        }
        """,
    "testcontainers compose": """
        func TestA(t *testing.T) {
            ctx := context.Background()
            stack, err := compose.NewDockerCompose("x.yml")
            if err != nil { t.Fatal(err) }
            t.Cleanup(func() { stack.Down(ctx, compose.RemoveOrphans(true)) }) ◄
            err = stack.WithEnv(map[string]string{"a": "b"}).Up(ctx, compose.Wait(true)) ◄
        }
        """,
    "cmd args append": """
        func TestA(t *testing.T) {
            cmd := exec.Command("docker", "compose", "-f", "x.yml") ◄
            cmd.Args = append(cmd.Args, "up", "-d")
            cmd.Run()
        }
        """,
    "runner interface mocked elsewhere": """
        type commandRunner interface { RunCommand(name string, args ...string) error }
        type realRunner struct{}
        func (realRunner) RunCommand(name string, args ...string) error {
            return exec.Command(name, args...).Run()
        }
        type fakeRunner struct{ calls []string }
        func (f *fakeRunner) RunCommand(name string, args ...string) error {
            f.calls = append(f.calls, name)
            return nil
        }
        type infra struct{ runner commandRunner }
        func (i *infra) up() { i.runner.RunCommand("docker-compose", "up") } ◄
        func TestA(t *testing.T) { (&infra{runner: realRunner{}}).up() }
        func TestB(t *testing.T) { (&infra{runner: &fakeRunner{}}).up() }
        """,
    "embedded pointer": """
        type base struct{ tool string }
        func (b *base) run(args ...string) { exec.Command(b.tool, args...).Run() }
        type infra struct{ *base }
        func TestA(t *testing.T) {
            i := infra{&base{tool: "docker-compose"}}
            i.run("up") ◄
        }
        """,
    "testify embedded override": """
        type BaseSuite struct { suite.Suite }
        func (s *BaseSuite) SetupSuite() { exec.Command("docker-compose", "up").Run() } ◄
        type GwSuite struct { BaseSuite; x int }
        func (s *GwSuite) SetupSuite() { s.BaseSuite.SetupSuite(); s.x = 1 }
        func (s *GwSuite) TestX() {}
        func TestGw(t *testing.T) { suite.Run(t, &GwSuite{}) }
        """,
}

UNSEEN = {
    "mocked var": """
        var execCommand = exec.Command
        func up() error { return execCommand("docker-compose", "up").Run() }
        func TestA(t *testing.T) {
            execCommand = func(n string, a ...string) *exec.Cmd { return exec.Command("true") }
            defer func() { execCommand = exec.Command }()
            up()
        }
        """,
    "fake runner only": """
        type commandRunner interface { RunCommand(name string, args ...string) error }
        type fakeRunner struct{ calls []string }
        func (f *fakeRunner) RunCommand(name string, args ...string) error {
            f.calls = append(f.calls, name)
            return nil
        }
        func TestB(t *testing.T) { f := &fakeRunner{}; f.RunCommand("docker-compose", "up") }
        """,
    "texts": """
        func TestA(t *testing.T) {
            t.Log("docker-compose up")
            fmt.Println("docker compose up -d")
            t.Fatalf("run docker-compose up first: %v", fmt.Errorf("docker-compose up failed"))
        }
        """,
    "version": """
        func TestA(t *testing.T) {
            exec.Command("docker-compose", "version").Run()
            exec.Command("docker", "compose", "version", "--short").Run()
            exec.LookPath("docker-compose")
            exec.Command("sh", "-c", "command -v docker-compose").Run()
        }
        """,
    "filters": """
        func TestA(t *testing.T) {
            exec.Command("podman", "ps", "-q", "--filter", "ancestor=docker-compose").Run()
            exec.Command("docker", "ps", "--filter", "label=com.docker.compose.project=x").Run()
            exec.Command("go", "install", "github.com/docker/compose/v2@latest").Run()
            exec.Command("podman", "run", "--rm", "alpine", "docker-compose", "up").Run()
        }
        """,
    "expectation": """
        func TestA(t *testing.T) {
            want := []string{"docker-compose", "up"}
            got := strings.Fields("x")
            if !slices.Equal(want, got) { t.Errorf("want %v", want) }
            Expect(got).To(Equal([]string{"docker", "compose", "up"}))
        }
        """,
    "dead": """
        func legacyUp() { exec.Command("docker-compose", "up").Run() }
        func TestA(t *testing.T) {}
        """,
}


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN.keys())
def test_go_objects_are_seen_through(code: str) -> None:
    files = {"test/integration/gw/suite_test.go": HEAD + dedent(code)}
    assert compose_places(files) == marked(files)


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN.keys())
def test_go_objects_that_only_look_like_it_are_left_alone(code: str) -> None:
    assert compose_places({"test/integration/gw/suite_test.go": HEAD + dedent(code)}) == set()
