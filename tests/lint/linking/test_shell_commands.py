"""Compose is seen in scripts, recipes and workflows; ◄ marks where it is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lint.effects import RunsTests, Start
from tests.lint.linking.running import compose_places, effects, marked, traces

SEEN = {
    "a variable": """
        TOOL="docker-compose"
        $TOOL -f x.yml up -d ◄
        """,
    "a variable of two words": """
        COMPOSE="docker compose"
        $COMPOSE up -d ◄
        """,
    "a default": """
        ${COMPOSE:-docker-compose} up ◄
        """,
    "an unset tool": """
        "$DOCKER_COMPOSE" up -d ◄
        """,
    "an array": """
        cmd=(docker compose -p x)
        cmd+=(up -d)
        "${cmd[@]}" ◄
        """,
    "a function": """
        compose() { docker-compose "$@"; } ◄
        compose up
        """,
    "a wrapper": """
        run() { echo "+ $*"; "$@"; }
        run docker compose up ◄
        """,
    "bash -c": """
        bash -c "cd x && docker-compose up -d" ◄
        """,
    "eval": """
        eval "docker compose up" ◄
        """,
    "a here-document": """
        bash <<EOF ◄
        docker compose up -d
        EOF
        """,
    "prefixes": """
        sudo -E env A=b timeout 30 docker-compose up ◄
        time nohup docker compose up & ◄
        """,
    "conditions": """
        if command -v podman-compose >/dev/null; then C=podman-compose; else C="docker compose"; fi
        $C up ◄
        [ -f x ] && docker-compose up || true ◄
        """,
    "xargs": """
        echo up | xargs docker-compose ◄
        """,
    "the container of compose": """
        docker run --rm -v /var/run:/var/run docker/compose:1.29.2 up -d ◄
        """,
    "a trap": """
        trap 'docker-compose down' EXIT ◄
        """,
    "a subshell and a pipe": """
        (cd deploy; docker-compose logs) | grep x ◄
        """,
}

UNSEEN = {
    "texts": """
        echo "docker-compose up"
        printf 'run docker compose up\\n'
        grep -q docker-compose README.md
        cat <<EOF
        docker-compose up
        EOF
        """,
    "checks": """
        command -v docker-compose
        which podman-compose || exit 1
        docker compose version
        docker-compose --version
        """,
    "installing": """
        pip install podman-compose
        apt-get install -y docker-compose docker-compose-plugin
        curl -L https://example.org/docker-compose -o /usr/bin/docker-compose
        chmod +x /usr/bin/docker-compose
        """,
    "a timeout": """
        podman stop -t 5 x
        """,
    "a comment": """
        # docker-compose up
        true
        """,
}


def _repository(code: str) -> dict[str, str]:
    return {
        "scripts/up.sh": "#!/bin/bash\n" + dedent(code).lstrip("\n"),
        "Makefile": "test-integration:\n\t./scripts/up.sh\n\tgo test ./test/integration/...\n",
    }


@pytest.mark.parametrize("code", SEEN.values(), ids=SEEN.keys())
def test_compose_is_seen_through(code: str) -> None:
    files = _repository(code)
    assert compose_places(files) == marked(files)


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN.keys())
def test_what_only_speaks_of_compose_is_no_command(code: str) -> None:
    assert compose_places(_repository(code)) == set()


def test_make_variables_and_prerequisites_are_followed() -> None:
    files = {
        "Makefile": "\n".join(
            [
                "COMPOSE ?= docker compose",
                "FLAGS := -f test/compose.yml",
                "DC = $(COMPOSE) $(FLAGS)",
                "include hack/more.mk",
                ".PHONY: itest",
                "itest: up",
                "\t@$(MAKE) logs",
                "\tgo test ./test/integration/gateway/...",
                "up:",
                "\t-$(DC) up -d ◄",
                "logs:",
                "\t@cd x && \\",
                "\t  $(MORE) logs ◄",
                "never: # docker-compose up",
                "\techo docker-compose up",
                "",
            ]
        ),
        "hack/more.mk": "MORE = podman-compose\n",
    }
    places = {one.replace("Makefile:12", "Makefile:13") for one in compose_places(files)}
    assert places == marked(files)
    assert ("test/integration/gateway",) in {run.paths for run in effects(files, RunsTests)}


def test_workflow_steps_matrices_and_actions_are_followed() -> None:
    files = {
        ".github/workflows/ci.yml": """
            on: push
            env:
              TOOL: docker-compose
            jobs:
              integration:
                strategy:
                  matrix:
                    compose: ["docker compose", "podman-compose"]
                steps:
                  - uses: hoverkraft-tech/compose-action@v2 ◄
                    with:
                      compose-file: test/compose.yml
                  - run: ${{ matrix.compose }} up -d ◄
                  - name: several
                    run: |
                      docker compose version
                      $TOOL -f x.yml up -d ◄
                      echo docker-compose
                  - run: make up
                  - if: always()
                    run: docker compose down ◄
            """,
        "Makefile": "up:\n\tpodman-compose up ◄\n",
    }
    assert compose_places(files) == marked(files)


def test_a_sourced_file_lends_its_functions_and_variables() -> None:
    files = {
        "scripts/up.sh": """
            #!/usr/bin/env bash
            DIR="$(cd "$(dirname "$0")" && pwd)"
            source "$DIR/lib.sh"
            start_all
            """,
        "scripts/lib.sh": """
            TOOL=docker-compose
            start_all() {
              $TOOL up ◄
            }
            """,
        "Makefile": "test:\n\tbash scripts/up.sh\n",
    }
    assert compose_places(files) == marked(files)


def test_only_the_branch_that_is_asked_for_is_run() -> None:
    files = {
        "infra.sh": """
            case "$1" in
              up|start) docker-compose up ;; ◄
              down) docker-compose down ;;
            esac
            if [ "$2" = "x" ]; then docker-compose ps; fi
            """,
        "Makefile": "test:\n\t./infra.sh start y\n",
    }
    live = {
        str(effect.decided)
        for trace in traces(files)
        if trace.entry.kind == "recipe"
        for effect in trace.effects
        if type(effect).__name__ == "Compose"
    }
    assert live == marked(files)


def test_a_tag_keeps_its_unique_part_through_the_shell() -> None:
    files = {
        "Makefile": """
            TAG := $(shell uuidgen | tr A-Z a-z)
            test:
            \tpodman build -t svc-$(TAG) .
            \tpodman run -d --name svc -p $${PORT:-18080}:8080 svc-$(TAG)
            """,
    }
    (start,) = effects(files, Start)
    assert start.image[0].unique
    assert {host.shown for host, _ in start.ports} == {"<PORT>", "18080"}
