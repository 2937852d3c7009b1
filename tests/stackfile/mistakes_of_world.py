"""Mistakes about the world: files, links, secrets, and texts that are no TOML."""

from __future__ import annotations

from tests.stackfile.fragments import BOOTSTRAP, COMPONENT, ONE_SHOT

OF_WORLD = {
    "artifacts outside of the project": (
        COMPONENT + '[project]\nartifacts = "/failures"\n',
        "stackwright.toml:6:1: project.artifacts: `/failures` is outside of the project ROOT\n"
        "  why: a stack sees only its project, so that it works on every machine alike\n"
        '  fix: move it inside, or allow its directory: outside = ["…"] under [engine]',
    ),
    "a missing directory": (
        COMPONENT + 'volumes = ["cofig:/etc/app"]\n',
        "stackwright.toml:5:12: stacks.shop.components.web.volumes[0]: there is no file or "
        "directory `cofig`\n  fix: did you mean `config`?",
    ),
    "a file that is a directory": (
        COMPONENT + 'env_files = ["config"]\n',
        "stackwright.toml:5:14: stacks.shop.components.web.env_files[0]: `config` is a directory, "
        "and a file is needed\n  fix: name a file",
    ),
    "a context without a Containerfile": (
        ONE_SHOT.replace('image = "job:1"', 'build = { context = "config" }'),
        "stackwright.toml:2:11: stacks.shop.components.job.build.context: there is no file "
        "`Containerfile`\n  fix: looked at config/Containerfile",
    ),
    "a link that leads out of the project": (
        COMPONENT + 'volumes = ["away:/etc/app"]\n',
        "stackwright.toml:5:12: stacks.shop.components.web.volumes[0]: `away` is outside of the "
        "project ROOT, and leads to /etc\n"
        "  why: a stack sees only its project, so that it works on every machine alike\n"
        '  fix: move it inside, or allow its directory: outside = ["…"] under [engine]',
    ),
    "a variable that is not set": (
        COMPONENT + 'env = { A = { env = "SHOP_TOKN" } }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.A: the environment has no variable "
        "SHOP_TOKN\n  fix: set it: export SHOP_TOKN=… (there is SHOP_TOKEN)",
    ),
    "a secret file that is not there": (
        COMPONENT + 'env = { A = { file = "config/tokn" } }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.A: there is no file `config/tokn`\n"
        "  fix: did you mean `config/token`?",
    ),
    "a secret file that is not text": (
        COMPONENT + 'env = { A = { file = "config/bytes" } }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.A: file `config/bytes` is not UTF-8",
    ),
    "an env file with a line that is none": (
        COMPONENT + 'env_files = ["config/broken.env"]\n',
        "stackwright.toml has 2 mistakes:\n"
        "  stackwright.toml:5:14: stacks.shop.components.web.env_files[0]: config/broken.env:2 "
        "gives `B` no value; write B= for an empty one\n"
        "  stackwright.toml:5:14: stacks.shop.components.web.env_files[0]: config/broken.env:3 is "
        "not a line of an env file; write KEY=value",
    ),
    "an env file with a name that is none": (
        COMPONENT + 'env_files = ["config/names.env"]\n',
        "stackwright.toml:5:14: stacks.shop.components.web.env_files[0]: config/names.env:1 sets "
        "what is not the name of a variable\n  why: the name of a variable is letters, digits, "
        "underscores, dots, colons and hyphens, and begins with a letter or underscore",
    ),
    "a migration that is a link out of the project": (
        BOOTSTRAP + 'datastorage.migrations_dir = "linked"\n',
        "stackwright.toml:5:1: stacks.shop.datastorage.migrations_dir: `linked/001.sql` is outside "
        "of the project ROOT, and leads to /etc/hostname\n"
        "  why: a stack sees only its project, so that it works on every machine alike\n"
        '  fix: move it inside, or allow its directory: outside = ["…"] under [engine]',
    ),
    "migrations that are not there": (
        BOOTSTRAP,
        "stackwright.toml:3:2: stacks.shop.datastorage.migrations_dir: there is no directory "
        "`migrations`\n  fix: looked at migrations",
    ),
    "migrations without SQL": (
        BOOTSTRAP + 'datastorage.migrations_dir = "config"\n',
        "stackwright.toml:5:1: stacks.shop.datastorage.migrations_dir: directory `config` has no "
        '*.sql file\n  fix: name the directory that has them, or skip = ["migrations"]',
    ),
    "migrations that undo themselves": (
        BOOTSTRAP + 'datastorage.migrations_dir = "goose"\n',
        "stackwright.toml:5:1: stacks.shop.datastorage.migrations_dir: `goose/001.sql` has a "
        "section that undoes the migration\n  why: psql runs whole files, and would undo at once "
        "what it did\n  fix: move such sections into files of their own, named *.down.sql",
    ),
    "an empty password": (
        BOOTSTRAP + 'datastorage = { password = "", skip = ["migrations"] }\n',
        "stackwright.toml:5:17: stacks.shop.datastorage.password: is empty, and PostgreSQL lets "
        "nobody in without a password\n  fix: leave it out, and one is made for each run",
    ),
    "a password that a gate cannot know": (
        """\
[stacks.shop.components.db]
image = "postgres:16"
ports.sql = 5432
env = { POSTGRES_PASSWORD = "${self.host}" }
gate = { kind = "postgres" }
""",
        "stackwright.toml:5:1: stacks.shop.components.db.gate: cannot know POSTGRES_PASSWORD, "
        "which refers to another component\n  fix: say it in the gate: password = …",
    ),
    "a header that HTTP does not allow": (
        COMPONENT.replace("}", ', headers = { A = "a\\nb" } }'),
        "stackwright.toml:4:1: stacks.shop.components.web.gate: cannot work: header 'A' has "
        "characters that HTTP does not allow",
    ),
    "a NUL character": (
        COMPONENT + 'env = { A = "\\u0000" }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.A: holds a NUL character\n"
        "  fix: remove it",
    ),
    "no TOML": (
        "[project]\nname =\n",
        "stackwright.toml:2:7: is not valid TOML: Invalid value\n  fix: texts stand in quotes, "
        "tables in [brackets]; https://toml.io has the rules",
    ),
    "TOML that ends early": (
        '[project]\nname = """',
        "stackwright.toml:2: is not valid TOML: Unterminated string\n  fix: texts "
        "stand in quotes, tables in [brackets]; https://toml.io has the rules",
    ),
    "a key twice": (
        '[project]\nname = "a"\nname = "b"\n',
        "stackwright.toml:3:11: is not valid TOML: Cannot overwrite a value\n  fix: texts stand "
        "in quotes, tables in [brackets]; https://toml.io has the rules",
    ),
}
"""Each configuration and the message it gets."""
