"""Mistakes of form: what a table does not have, or a value cannot be."""

from __future__ import annotations

from tests.stackfile.fragments import BOOTSTRAP, COMPONENT, ONE_SHOT, PLATFORM

OF_FORM = {
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
    "a bind address that is none": (
        COMPONENT.replace("8080", '{ container = 8080, bind = "all" }'),
        "stackwright.toml:3:34: stacks.shop.components.web.ports.http.bind: must be an address of "
        'this machine\n  fix: write "127.0.0.1" (this machine only, the default) or "0.0.0.0" '
        "(everybody)",
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
    "a gate's pattern that does not compile": (
        COMPONENT.replace("}", ', body = "(" }'),
        "stackwright.toml:4:44: stacks.shop.components.web.gate.body: is not a regular expression "
        "of Python: missing ), unterminated subpattern at position 0\n"
        "  fix: put `\\` before . * + ? ( [ {",
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
        "  why: the target is an absolute path inside of the container, not / itself, without "
        "control characters",
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
    "a bootstrap that is none": (
        '[stacks.shop]\nbootstrap = "datastore"\n',
        "stackwright.toml:2:1: stacks.shop.bootstrap: `datastore` is not one of the words that may "
        "stand here\n  fix: did you mean `datastorage`?",
    ),
    "a part of the bootstrap that is none": (
        BOOTSTRAP + 'datastorage.skip = ["postgres"]\n',
        "stackwright.toml:5:21: stacks.shop.datastorage.skip[0]: `postgres` is not one of the "
        "words that may stand here\n  fix: there is `datastorage`, `migrations`, `redis`",
    ),
    "an unknown key of a platform": (
        PLATFORM + 'manifest = ["deploy"]\n',
        "stackwright.toml:3:1: e2e.shop.manifest: there is no such key here\n"
        "  fix: did you mean `manifests`?",
    ),
    "a platform without manifests": (
        PLATFORM.replace("manifests", "#"),
        "stackwright.toml:1:2: e2e.shop.manifests: is missing\n"
        '  fix: write what to deploy: manifests = ["deploy"]',
    ),
    "a platform of no manifests": (
        PLATFORM.replace('"deploy"', ""),
        "stackwright.toml:2:1: e2e.shop.manifests: must not be empty",
    ),
    "manifests in one text": (
        PLATFORM.replace('["deploy"]', '"deploy"'),
        "stackwright.toml:2:1: e2e.shop.manifests: must be a list: [ … ], and is text",
    ),
    "a loader that is none": (
        PLATFORM + 'load = "kin"\n',
        "stackwright.toml:3:1: e2e.shop.load: `kin` is not one of the words that may stand here\n"
        "  fix: did you mean `kind`?",
    ),
    "too many requests at once": (
        PLATFORM + "limit = 257\n",
        "stackwright.toml:3:1: e2e.shop.limit: must be at most 256",
    ),
    "no requests at once": (
        PLATFORM + "limit = 0\n",
        "stackwright.toml:3:1: e2e.shop.limit: must be at least 1",
    ),
    "an image of a platform that is no build": (
        PLATFORM + 'images = { "shop:1" = "shop" }\n',
        'stackwright.toml:3:12: e2e.shop.images."shop:1": must be a table: { … }, and is text',
    ),
    "an image of a platform without a context": (
        PLATFORM + '[e2e.shop.images."shop:1"]\ncontainerfile = "Containerfile"\n',
        'stackwright.toml:3:2: e2e.shop.images."shop:1".context: is missing\n'
        '  fix: write the directory to build from: context = "."',
    ),
    "access by the name of a port": (
        PLATFORM + 'access.web = { service = "web", port = "http" }\n',
        "stackwright.toml:3:33: e2e.shop.access.web.port: must be a whole number, and is text",
    ),
    "access without a Service": (
        PLATFORM + "access.web = { port = 80 }\n",
        "stackwright.toml:3:1: e2e.shop.access.web.service: is missing\n"
        '  fix: write the name of a Service of the manifests: service = "gateway"',
    ),
    "access to a Service in capitals": (
        PLATFORM + 'access.web = { service = "Web", port = 80 }\n',
        "stackwright.toml:3:16: e2e.shop.access.web.service: is not well formed\n"
        "  why: a name in Kubernetes is 1 to 63 lower-case letters, digits and hyphens, and begins "
        "and ends with a letter or digit",
    ),
    "access by what is no scheme": (
        PLATFORM + 'access.web = { service = "web", port = 80, scheme = "http://" }\n',
        "stackwright.toml:3:44: e2e.shop.access.web.scheme: is not well formed\n"
        "  why: a scheme is written like `http` or `postgresql`",
    ),
    "an empty context": (
        PLATFORM + 'context = ""\n',
        "stackwright.toml:3:1: e2e.shop.context: is not well formed\n"
        "  why: the name of a context has no control characters, and is not empty",
    ),
}
"""Each configuration and the message it gets."""
