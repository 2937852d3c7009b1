"""Every mistake is one message: file, line, column, key, what, why, and the word that was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.stackfile import load
from tests.stackfile.configured import mistake

COMPONENT = """\
[stacks.shop.components.web]
image = "web:1"
ports.http = 8080
gate = { kind = "http", path = "/health" }
"""
ONE_SHOT = """\
[stacks.shop.components.job]
image = "job:1"
one_shot = true
"""
BOOTSTRAP = """\
[bootstrap.datastorage]
datastorage_image = "datastorage:1"
[stacks.shop]
bootstrap = "datastorage"
"""

GOLDEN = {
    "an unknown key at the top": (
        COMPONENT + "[stack.other]\n",
        "stackwright.toml:5:2: stack: there is no such key here\n  fix: did you mean `stacks`?",
    ),
    "an unknown key of a component": (
        COMPONENT + "volume = []\n",
        "stackwright.toml:5:1: stacks.shop.components.web.volume: there is no such key here\n"
        "  fix: did you mean `volumes`?",
    ),
    "an unknown key that is like none": (
        COMPONENT + "[project]\nzzz = 1\n",
        "stackwright.toml:6:1: project.zzz: there is no such key here\n"
        "  fix: there is `artifacts`, `default`, `name`",
    ),
    "an unknown key of one kind of gate": (
        ONE_SHOT.replace("one_shot = true", 'gate = { kind = "log", patern = "x" }'),
        "stackwright.toml has 2 mistakes:\n"
        "  stackwright.toml:3:1: stacks.shop.components.job.gate.pattern: is missing; write, for "
        'example, pattern = "ready to accept"\n'
        "  stackwright.toml:3:24: stacks.shop.components.job.gate.patern: there is no such key "
        "here; did you mean `pattern`?",
    ),
    "a wrong type": (
        COMPONENT.replace('"web:1"', "8080"),
        "stackwright.toml:2:1: stacks.shop.components.web.image: must be text in quotes, and is a "
        "whole number",
    ),
    "a table where a list belongs": (
        COMPONENT + "aliases = { a = 1 }\n",
        "stackwright.toml:5:1: stacks.shop.components.web.aliases: must be a list: [ … ], and is "
        "a table",
    ),
    "a boolean in quotes": (
        ONE_SHOT.replace("true", '"yes"'),
        "stackwright.toml:3:1: stacks.shop.components.job.one_shot: must be true or false, and is "
        "text",
    ),
    "a date where text belongs": (
        COMPONENT.replace('"web:1"', "2025-12-27"),
        "stackwright.toml:2:1: stacks.shop.components.web.image: must be text in quotes, and is a "
        "date or time",
    ),
    "a boolean variable": (
        COMPONENT + "env = { DEBUG = true }\n",
        "stackwright.toml:5:9: stacks.shop.components.web.env.DEBUG: must be text, and is a "
        'boolean\n  fix: write "true" in quotes, as the component expects it',
    ),
    "a variable that is no text": (
        COMPONENT + 'env = { DEBUG = { environment = "X" } }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.DEBUG: must be text, a whole number, "
        'or where to read a secret\n  fix: write "text", { env = "VARIABLE" } or '
        '{ file = "path" }',
    ),
    "a duration without a unit": (
        COMPONENT + '[stacks.shop]\ndeadline = "5"\n',
        "stackwright.toml:6:1: stacks.shop.deadline: must be a duration of more than 0 and at most "
        '24 hours (given: \'5\')\n  fix: write it like "30s", "500ms", "1m30s" or, in seconds, '
        "2.5",
    ),
    "a duration of nothing": (
        COMPONENT.replace("}", ", timeout = 0 }"),
        "stackwright.toml:4:44: stacks.shop.components.web.gate.timeout: must be a duration of "
        'more than 0 and at most 24 hours (given: 0)\n  fix: write it like "30s", "500ms", '
        '"1m30s" or, in seconds, 2.5',
    ),
    "a port past the last": (
        COMPONENT.replace("8080", "80800"),
        "stackwright.toml:3:1: stacks.shop.components.web.ports.http.container: must be at most "
        "65535",
    ),
    "a port as compose writes it": (
        COMPONENT.replace("8080", '"18080:8080"'),
        "stackwright.toml:3:1: stacks.shop.components.web.ports.http: must be the container's "
        "port, or a table\n  fix: write 8080, or { container = 8080, host = 18080 } where the "
        "host's port is to be fixed",
    ),
    "a host port of 0": (
        COMPONENT.replace("8080", "{ container = 8080, host = 0 }"),
        "stackwright.toml:3:34: stacks.shop.components.web.ports.http.host: must be a port from 1 "
        "to 65535, or the name of a port in the registry\n  fix: leave it out and the engine "
        "chooses a free one",
    ),
    "a name that is not registered": (
        "[ports.services.shop]\nhttp = 18080\n"
        + COMPONENT.replace("8080", '{ container = 8080, host = "htpp" }'),
        "stackwright.toml:5:34: stacks.shop.components.web.ports.http.host: service `shop` has no "
        "port `htpp` in the registry\n  fix: did you mean `http`?",
    ),
    "one host port for two components": (
        COMPONENT.replace("8080", "{ container = 8080, host = 18080 }")
        + ONE_SHOT
        + 'ports.http = { container = 80, host = 18080, bind = "0.0.0.0" }\n',
        "stackwright.toml:8:32: stacks.shop.components.job.ports.http.host: host port 18080 is "
        "also that of web.http\n  fix: give each its own, or leave `host` out and the engine "
        "chooses",
    ),
    "a bind address that is none": (
        COMPONENT.replace("8080", '{ container = 8080, bind = "all" }'),
        "stackwright.toml:3:34: stacks.shop.components.web.ports.http.bind: must be an address of "
        'this machine\n  fix: write "127.0.0.1" (this machine only, the default) or "0.0.0.0" '
        "(everybody)",
    ),
    "two names of one container port": (
        COMPONENT.replace("}", ', port = "http" }') + "ports.admin = 8080\n",
        "stackwright.toml:5:1: stacks.shop.components.web.ports.admin: is the container's port "
        "8080, as `http` is\n  fix: keep one of the two names",
    ),
    "an unknown component in a reference": (
        COMPONENT + 'env = { URL = "http://${databse.host}/" }\n' + ONE_SHOT,
        "stackwright.toml:5:9: stacks.shop.components.web.env.URL: `${databse.host}` refers to no "
        "component of this stack\n  fix: there is `job`, `self`, `web` (for a literal `${` write "
        "`$${`)",
    ),
    "a reference to what no component has": (
        COMPONENT + 'env = { URL = "${self.uri}" }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.URL: `${self.uri}` asks for `uri`, "
        "which no component has\n  fix: did you mean `url`? (for a literal `${` write `$${`)",
    ),
    "an unknown port in a reference": (
        COMPONENT + 'command = ["serve", "${self.port.htp}"]\n',
        "stackwright.toml:5:21: stacks.shop.components.web.command[1]: `web` has no port `htp`\n"
        "  fix: did you mean `http`?",
    ),
    "a reference that is not closed": (
        COMPONENT + 'env = { URL = "${self.url" }\n',
        "stackwright.toml:5:9: stacks.shop.components.web.env.URL: `${self.url` is not closed with "
        "`}`\n  fix: for a literal `${` write `$${`",
    ),
    "a reference to a one-shot": (
        COMPONENT + 'env = { URL = "${job.host}" }\n' + ONE_SHOT,
        "stackwright.toml:5:9: stacks.shop.components.web.env.URL: `${job.host}` refers to a "
        'one-shot, which has ended by then\n  fix: to wait for it, write after = ["job"]',
    ),
    "a port of a component that has none": (
        ONE_SHOT + 'command = ["run", "${self.port}"]\n',
        "stackwright.toml:4:19: stacks.shop.components.job.command[1]: `${self.port}` needs a "
        "port, and `job` has none\n  fix: declare it: ports.http = 8080 for `job`",
    ),
    "credentials in a command": (
        ONE_SHOT + 'command = ["run", "${web.dsn}"]\n' + COMPONENT,
        "stackwright.toml:4:19: stacks.shop.components.job.command[1]: `${web.dsn}` may carry a "
        "password, and everybody on the machine can read commands\n  fix: put it into `env`, and "
        "let the command take it from there",
    ),
    "an unknown component in after": (
        COMPONENT + 'after = ["jobb"]\n' + ONE_SHOT,
        "stackwright.toml:5:10: stacks.shop.components.web.after[0]: this stack has no component "
        "`jobb`\n  fix: did you mean `job`?",
    ),
    "a component after itself": (
        COMPONENT + 'after = ["web"]\n',
        "stackwright.toml:5:10: stacks.shop.components.web.after[0]: a component cannot start "
        "after itself\n  fix: remove it",
    ),
    "a cycle": (
        COMPONENT + 'after = ["job"]\n' + ONE_SHOT + 'command = ["ask", "${web.url}"]\n',
        "stackwright.toml:5:10: stacks.shop.components.web.after[0]: components wait for each "
        "other: web → job → web\n  why: each must be ready before the one that waits for it can "
        "start\n  fix: break the circle at stacks.shop.components.web.after[0] or "
        "stacks.shop.components.job.command[1]",
    ),
    "an unknown kind of gate": (
        COMPONENT.replace('"http", path', '"htp", path'),
        "stackwright.toml:4:10: stacks.shop.components.web.gate.kind: there is no kind of gate "
        "`htp`\n  fix: did you mean `http`?",
    ),
    "a gate without a kind": (
        COMPONENT.replace('kind = "http", ', ""),
        "stackwright.toml:4:1: stacks.shop.components.web.gate: does not say which `kind` of gate "
        'it is\n  fix: write, for example, { kind = "http", port = "http", path = "/health" }',
    ),
    "an unknown port of a gate": (
        COMPONENT.replace("}", ', port = "htpp" }'),
        "stackwright.toml:4:44: stacks.shop.components.web.gate.port: the component has no port "
        "`htpp`\n  fix: did you mean `http`?",
    ),
    "a gate that does not say which port": (
        COMPONENT + "ports.admin = 9000\n",
        "stackwright.toml:4:1: stacks.shop.components.web.gate: does not say which `port` to "
        "probe\n  fix: there is `admin`, `http`",
    ),
    "no gate": (
        COMPONENT.replace("gate", "#"),
        "stackwright.toml:1:2: stacks.shop.components.web.gate: is missing\n"
        "  why: nothing may start before what it needs is ready (R7 health-gates), and a component "
        "that stays up says so by its gate\n"
        '  fix: write gate = { kind = "http", port = "http", path = "/health" }, or one_shot = '
        "true if it is to end",
    ),
    "a gate on a one-shot": (
        ONE_SHOT + 'gate = { kind = "log", pattern = "done" }\n',
        "stackwright.toml:4:1: stacks.shop.components.job.gate: stands on a one-shot\n"
        "  why: the gate of a one-shot is that it ends with exit code 0\n"
        "  fix: remove the gate, or `one_shot`",
    ),
    "a timeout on what is no one-shot": (
        COMPONENT + 'timeout = "1m"\n',
        "stackwright.toml:5:1: stacks.shop.components.web.timeout: is for one-shots\n"
        "  fix: a gate has a `timeout` of its own: gate = { …, timeout = … }",
    ),
    "a gate's pattern that does not compile": (
        COMPONENT.replace("}", ', body = "(" }'),
        "stackwright.toml:4:44: stacks.shop.components.web.gate.body: is not a regular expression "
        "of Python: missing ), unterminated subpattern at position 0\n"
        "  fix: put `\\` before . * + ? ( [ {",
    ),
    "image and build": (
        COMPONENT + 'build = { context = "." }\n',
        "stackwright.toml:5:1: stacks.shop.components.web.build: stands beside `image`, and only "
        "one of them can be run\n  fix: keep `build` for what is made from this project, `image` "
        "for what is not",
    ),
    "neither image nor build": (
        ONE_SHOT.replace("image", "#"),
        "stackwright.toml:1:2: stacks.shop.components.job: has neither `image` nor `build`\n"
        '  fix: write image = "redis:7-alpine", or build = { context = "." }',
    ),
    "an image that could be an option": (
        ONE_SHOT.replace("job:1", "--privileged"),
        "stackwright.toml:2:1: stacks.shop.components.job.image: is not well formed\n"
        "  why: an image is written like `postgres:16-alpine` or `localhost/service:tag`",
    ),
    "a component that could be an option": (
        ONE_SHOT.replace(".job", '."--rm"'),
        "stackwright.toml:1:2: stacks.shop.components.--rm: is not well formed\n"
        "  why: a name is 1 to 40 lower-case letters, digits and hyphens, and does not begin with "
        "a hyphen",
    ),
    "a component called self": (
        ONE_SHOT.replace(".job", ".self"),
        "stackwright.toml:1:2: stacks.shop.components.self: a component cannot be called `self`\n"
        "  why: in `${self.port}` it means the component itself\n  fix: give it another name",
    ),
    "an alias that is a component": (
        COMPONENT + 'aliases = ["shop", "JOB"]\n' + ONE_SHOT,
        "stackwright.toml:5:20: stacks.shop.components.web.aliases[1]: `JOB` is the name of "
        "component `job` already\n  fix: each name means one component: choose another, or leave "
        "it out",
    ),
    "an alias twice": (
        COMPONENT + 'aliases = ["shop", "shop"]\n',
        "stackwright.toml:5:20: stacks.shop.components.web.aliases[1]: `shop` is the name of "
        "component `web` already\n  fix: each name means one component: choose another, or leave "
        "it out",
    ),
    "a component of the bootstrap's name": (
        BOOTSTRAP + '[stacks.shop.components.redis]\nimage = "r:1"\none_shot = true\n',
        "stackwright.toml:5:2: stacks.shop.components.redis: `redis` is the name of component "
        '`redis` already\n  fix: choose another, or leave out the bootstrap\'s: skip = ["redis"] '
        "in [stacks.shop.datastorage]",
    ),
    "a command in one text": (
        ONE_SHOT + "command = 'serve --name \"a b\"'\n",
        "stackwright.toml:4:1: stacks.shop.components.job.command: must be a list of words, "
        'because no shell takes it apart\n  fix: write ["serve", "--name", "a b"]',
    ),
    "a volume with options of its own": (
        ONE_SHOT + 'volumes = ["data:/data:z"]\n',
        "stackwright.toml:4:12: stacks.shop.components.job.volumes[0]: must be a volume\n"
        '  fix: write "source:/target", "source:/target:rw", or { source = "…", target = "/…", '
        "writable = true }",
    ),
    "a volume with a relative target": (
        ONE_SHOT + 'volumes = [{ source = "data", target = "data" }]\n',
        "stackwright.toml:4:31: stacks.shop.components.job.volumes[0].target: is not well formed\n"
        "  why: the target is an absolute path inside of the container, and not / itself",
    ),
    "a command and a server, embedded": (
        ONE_SHOT + 'embedded = { kind = "redis", command = ["redis-server"] }\n',
        "stackwright.toml:4:30: stacks.shop.components.job.embedded.command: has no meaning beside "
        'kind = "redis"\n  fix: remove it: stackwright knows how to run that server',
    ),
    "nothing to run, embedded": (
        ONE_SHOT + "embedded = {}\n",
        "stackwright.toml:4:1: stacks.shop.components.job.embedded: does not say what to run\n"
        '  fix: write command = ["python", "app.py"], or kind = "postgres" or "redis"',
    ),
    "a default that is no stack": (
        COMPONENT + '[project]\ndefault = "shp"\n',
        "stackwright.toml:6:1: project.default: there is no stack `shp`\n"
        "  fix: did you mean `shop`?",
    ),
    "a service that is none": (
        COMPONENT + '[services.shopping]\n[stacks.shop]\nservice = "shoping"\n',
        "stackwright.toml:7:1: stacks.shop.service: there is no service `shoping`\n"
        "  fix: did you mean `shopping`?",
    ),
    "an engine that is none": (
        COMPONENT + '[engine]\nuse = "dokcer"\n',
        "stackwright.toml:6:1: engine.use: `dokcer` is not one of the words that may stand here\n"
        "  fix: did you mean `docker`?",
    ),
    "a recipe that is none": (
        COMPONENT + '[images.recipes.pyton]\npackages = ["x"]\n',
        "stackwright.toml:5:2: images.recipes.pyton: `pyton` is not one of the words that may "
        "stand here\n  fix: did you mean `python`?",
    ),
    "a range of ports the wrong way round": (
        COMPONENT + '[ports.ranges]\nhttp = "18149-18000"\n',
        "stackwright.toml:6:1: ports.ranges.http: must be a range of ports, the smaller number "
        'first, within 1-65535\n  fix: write it like "15433-15442"',
    ),
    "a kind without a range": (
        COMPONENT + '[ports.ranges]\nhttp = "18000-18149"\n[ports.kinds]\napi = "htp"\n',
        "stackwright.toml:8:1: ports.kinds.api: there is no range for ports of kind `htp`\n"
        "  fix: did you mean `http`?",
    ),
    "a bootstrap that is none": (
        '[stacks.shop]\nbootstrap = "datastore"\n',
        "stackwright.toml:2:1: stacks.shop.bootstrap: `datastore` is not one of the words that may "
        "stand here\n  fix: did you mean `datastorage`?",
    ),
    "a bootstrap without DataStorage": (
        '[stacks.shop]\nbootstrap = "datastorage"\n',
        "stackwright.toml:2:1: stacks.shop.bootstrap: does not know where DataStorage comes from\n"
        '  fix: under [bootstrap.datastorage] write build = { context = "…" } or '
        'datastorage_image = "…"; or skip = ["datastorage"]',
    ),
    "a part of the bootstrap that is none": (
        BOOTSTRAP + 'datastorage.skip = ["postgres"]\n',
        "stackwright.toml:5:21: stacks.shop.datastorage.skip[0]: `postgres` is not one of the "
        "words that may stand here\n  fix: there is `datastorage`, `migrations`, `redis`",
    ),
    "changes to a bootstrap that is not used": (
        COMPONENT + "[stacks.shop.datastorage]\n",
        "stackwright.toml:5:2: stacks.shop.datastorage: changes a bootstrap that this stack does "
        'not use\n  fix: add bootstrap = "datastorage", or remove the table',
    ),
    "an empty stack": (
        "[stacks.shop]\n",
        "stackwright.toml:1:2: stacks.shop: has nothing to bring up\n"
        '  fix: write bootstrap = "datastorage", or components: [stacks.shop.components.NAME]',
    ),
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


def furnish(root: Path) -> None:
    for directory in ("config", "goose"):
        (root / directory).mkdir()
    (root / "config" / "token").write_text("t")
    (root / "config" / "bytes").write_bytes(b"\xff\xfe")
    (root / "config" / "broken.env").write_text("A=1\nB\n=3\n")
    (root / "goose" / "001.sql").write_text("-- +goose Up\nA;\n-- +goose Down\nB;\n")
    (root / "away").symlink_to("/etc")


@pytest.mark.parametrize("case", GOLDEN)
def test_the_message_of(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    furnish(tmp_path)
    text, expected = GOLDEN[case]
    assert mistake(tmp_path, text, {"SHOP_TOKEN": "x"}) == expected


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        COMPONENT.replace("image", "imgae")
        + 'after = ["jbo"]\n'
        + ONE_SHOT
        + 'env = { A = "${wbe.url}", B = "${web.port.admin}" }\n[project]\ndefault = "shp"\n'
    )
    assert mistake(tmp_path, text).splitlines() == [
        "stackwright.toml has 3 mistakes:",
        "  stackwright.toml:2:1: stacks.shop.components.web.imgae: there is no such key here; did "
        "you mean `image`?",
        "  stackwright.toml:9:9: stacks.shop.components.job.env.A: `${wbe.url}` refers to no "
        "component of this stack; did you mean `web`? (for a literal `${` write `$${`)",
        "  stackwright.toml:11:1: project.default: there is no stack `shp`; did you mean `shop`?",
    ]


def test_a_mistake_in_a_component_does_not_make_others_of_what_refers_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = COMPONENT.replace("8080", '"8080"') + ONE_SHOT + 'env = { A = "${web.port.http}" }\n'
    assert mistake(tmp_path, text).startswith(
        "stackwright.toml:3:1: stacks.shop.components.web.ports.http: must be the container's port"
    )


def test_no_message_shows_a_secret(tmp_path: Path) -> None:
    text = COMPONENT + 'env = { API_TOKEN = { value = "hunter2" }, DB_PASSWORD = 1.5 }\n'
    assert "hunter2" not in mistake(tmp_path, text)
    assert "1.5" not in mistake(tmp_path, text)


def test_a_file_with_very_many_mistakes_shows_some_and_counts_the_rest(tmp_path: Path) -> None:
    text = "".join(f"[wrong{number}]\n" for number in range(60))
    told = mistake(tmp_path, text).splitlines()
    assert told[0].endswith("stackwright.toml has 60 mistakes:")
    assert told[-1] == "  and 10 more"
    assert len(told) == 52


def test_keys_in_a_pyproject_are_told_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\nname = "x"\n[tool.stackwright.project]\nnmae = "x"\n')
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value).startswith(
        "pyproject.toml:4:1: tool.stackwright.project.nmae: there is no such key here"
    )
