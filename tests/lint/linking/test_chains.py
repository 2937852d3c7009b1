"""Commands that come through shells, Make and options of programs; ◄ marks where it is told."""

from __future__ import annotations

import pytest

from tests.lint.linking.running import compose_places, marked

MAKE = "test-integration:\n\t./scripts/it.sh\n"
SCRIPT = "#!/usr/bin/env bash\n"

CHAINS = {
    "positional parameters that are set": {
        "Makefile": MAKE,
        "scripts/it.sh": SCRIPT + 'set -- docker compose\nset -- "$@" up\n"$@" ◄\n',
    },
    "a retry that shifts": {
        "Makefile": MAKE,
        "scripts/it.sh": SCRIPT
        + 'retry() {\n  local n=$1; shift\n  "$@" || sleep "$n"\n}\nretry 3 docker-compose up ◄\n',
    },
    "find": {
        "Makefile": MAKE,
        "scripts/it.sh": SCRIPT + "find . -name '*.yml' -exec docker-compose -f {} up \\; ◄\n",
    },
    "an alias": {
        "Makefile": MAKE,
        "scripts/it.sh": SCRIPT + "alias dc='docker-compose -f x.yml'\ndc up ◄\n",
    },
    "Python inside a shell": {
        "Makefile": MAKE,
        "scripts/it.sh": SCRIPT
        + "python3 - <<'PY' ◄\nimport subprocess\nsubprocess.run(['docker-compose', 'up'])\nPY\n"
        + "python3 -c 'import os; os.system(\"docker-compose down\")' ◄\n",
    },
    "arguments of a script": {
        "Makefile": "test-integration:\n\t./scripts/it.sh docker-compose up ◄\n",
        "scripts/it.sh": SCRIPT + 'TOOL=$1\nshift\n"$TOOL" "$@"\n',
    },
    "a variable on make's command line": {
        "Makefile": "test-integration:\n\t$(MAKE) up TOOL=docker-compose ◄\nup:\n\t$(TOOL) up\n",
    },
    "a command of a program": {
        "Makefile": "test-integration:\n\tpython hack/infra.py up\n",
        "hack/infra.py": """
            import argparse
            import subprocess

            def up(args):
                subprocess.run([args.tool, "up"])

            def down(args):
                subprocess.run(["docker-compose", "down"])

            def main():
                parser = argparse.ArgumentParser()
                commands = parser.add_subparsers()
                one = commands.add_parser("up")
                one.add_argument("--tool", default="docker-compose")
                one.set_defaults(func=up)
                commands.add_parser("down").set_defaults(func=down)
                args = parser.parse_args()
                args.func(args) ◄

            main()
            """,
    },
}


@pytest.mark.parametrize("files", CHAINS.values(), ids=CHAINS.keys())
def test_a_chain_is_followed_to_its_process(files: dict[str, str]) -> None:
    assert compose_places(files) == marked(files)
