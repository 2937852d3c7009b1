"""Everything that CI runs, by name: `nox` runs the default sessions, `nox -l` lists all."""

from pathlib import Path

import nox

nox.needs_version = ">=2024.10"
nox.options.sessions = ["style", "types", "house", "docs", "lint", "tests", "integration"]
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True

HERE = Path(__file__).parent
QUICKLY = ("-q", "-n", "auto", "--dist", "worksteal", "--timeout", "300")
SETTLED = ("--hypothesis-profile", "ci")
"""The same examples in every run: who looks for new ones runs pytest itself."""
OF_OTHERS = ("--ignore", "tests/house", "--ignore", "tests/docs")
"""What sessions of their own play."""
PLATFORMS = ("workflowexecution", "notification")
PROJECT = nox.project.load_toml("pyproject.toml")


def install(session: nox.Session, *groups: str) -> None:
    """The project as users get it, with every extra, and the tools of `groups`."""
    tools = nox.project.dependency_groups(PROJECT, *groups) if groups else ()
    session.install("-q", "-c", "constraints.txt", "-e", ".[embedded,examples,kubernetes]", *tools)


@nox.session
def style(session: nox.Session) -> None:
    """Formatting and lint."""
    session.install("-q", "-c", "constraints.txt", *nox.project.dependency_groups(PROJECT, "style"))
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Strict types, tests and examples included."""
    install(session, "style", "test", "bench", "house")
    session.run("mypy")


@nox.session
def house(session: nox.Session) -> None:
    """The floors, and the rules of the house."""
    install(session, "house", "test")
    session.run("lint-imports")
    session.run("pytest", "-q", "tests/house")


@nox.session
def docs(session: nox.Session) -> None:
    """Generated pages equal their sources, and links lead somewhere."""
    install(session, "test")
    session.run("pytest", "-q", "tests/docs")


@nox.session
def lint(session: nox.Session) -> None:
    """This repository, judged by its own linter."""
    install(session)
    session.run("stackwright", "lint", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """All that needs no container engine; real PostgreSQL and Redis as local processes."""
    install(session, "test")
    session.run("pytest", *QUICKLY, *SETTLED, *OF_OTHERS, "-m", "not engine", *session.posargs)
    examples(session, "embedded")


@nox.session
def integration(session: nox.Session) -> None:
    """Real Podman and real Docker, installed and started here on a bare Debian."""
    install(session, "test")
    session.run("python", "-m", "tests.engines_on_debian", "install")
    session.run("python", "-m", "tests.engines_on_debian", "rootless")
    for engine in ("podman", "docker"):
        session.run("stackwright", "images", "build", "--engine", engine)
    session.run("python", "-m", "tests.each_engine", "--timeout", "300", *session.posargs)
    for engine in ("podman", "docker"):
        examples(session, engine)
    on_both = ("--engine", "podman", "--engine", "docker")
    session.run("python", "-m", "tests.kube.seven_platforms", *on_both, *PLATFORMS)
    # A few by chance, other ones in each run: the seed that repeats them is printed.
    session.run("python", "-m", "chaos", "--engine", "embedded", "--sample", "8", "--seconds", "40")
    session.run("python", "-m", "chaos", "--only", " cli,", "--sample", "6", "--seconds", "40")


def examples(session: nox.Session, engine: str) -> None:
    """The suites of the examples, as their users run them."""
    for example in ("examples/platform", "examples/minimal"):
        session.chdir(HERE / example)
        session.run("pytest", "-q", "--stackwright-engine", engine)
    session.chdir(HERE)


@nox.session
def e2e(session: nox.Session) -> None:
    """The example's platforms on the cluster of --kubeconfig, else on real containers here."""
    install(session, "test")
    session.run("python", "-m", "tests.engines_on_debian", "install")
    session.run("python", "-m", "tests.kube.seven_platforms", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """stackwright beside its peers and a floor, interleaved, on the same images."""
    install(session, "test", "bench")
    session.run("python", "-m", "tests.engines_on_debian", "install")
    session.run("python", "-m", "bench", *session.posargs)
    session.run("python", "-m", "bench.lint")
    session.run("python", "-m", "bench.e2e")


@nox.session
def chaos(session: nox.Session) -> None:
    """Every ending at every step, and injected faults: what each leaves behind."""
    install(session, "test", "bench")
    session.run("python", "-m", "tests.engines_on_debian", "install")
    for engine in ("podman", "docker"):
        session.run("stackwright", "images", "build", "--engine", engine)
    session.run("python", "-m", "chaos", *session.posargs)


@nox.session
def soak(session: nox.Session) -> None:
    """Hundreds of cold starts under load, and deaths, beside the compose tools."""
    install(session, "test", "bench")
    session.run("python", "-m", "tests.engines_on_debian", "install")
    session.run("python", "-m", "soak", *session.posargs)
