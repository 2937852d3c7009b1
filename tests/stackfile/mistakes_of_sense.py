"""Mistakes of sense: what a configuration says against itself."""

from __future__ import annotations

from tests.stackfile.fragments import BOOTSTRAP, COMPONENT, ONE_SHOT, PLATFORM

OF_SENSE = {
    "a secret as a build argument": (
        ONE_SHOT.replace(
            'image = "job:1"',
            'build = { context = ".", args = { INDEX = { env = "SHOP_TOKEN" } } }',
        ),
        "stackwright.toml:2:35: stacks.shop.components.job.build.args.INDEX: is a secret, and "
        "build arguments stay in the image's history for all to read\n  fix: give it to the "
        "component when it runs (`env`); what is no secret, write as text",
    ),
    "a build argument that looks like a secret": (
        BOOTSTRAP.replace(
            'datastorage_image = "datastorage:1"',
            'build = { context = ".", args = { INDEX = "https://me:hunter2@host/" } }',
        ),
        "stackwright.toml:2:35: bootstrap.datastorage.build.args.INDEX: looks like a secret, and "
        "build arguments stay in the image's history for all to read\n  fix: give it to the "
        "component when it runs (`env`); what is no secret, call by another name",
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
    "a gate that PostgreSQL's temporary server opens": (
        COMPONENT.replace(
            '"http", path = "/health"', '"exec", command = ["pg_isready", "-U", "shop"]'
        ),
        "stackwright.toml:4:25: stacks.shop.components.web.gate.command: asks PostgreSQL on its "
        "Unix socket\n  why: the temporary server that fills a fresh volume answers there, before "
        'any client is let in over TCP\n  fix: give pg_isready "-h", "127.0.0.1", or write '
        'gate = { kind = "postgres" }',
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
    "a kind without a range": (
        COMPONENT + '[ports.ranges]\nhttp = "18000-18149"\n[ports.kinds]\napi = "htp"\n',
        "stackwright.toml:8:1: ports.kinds.api: there is no range for ports of kind `htp`\n"
        "  fix: did you mean `http`?",
    ),
    "a bootstrap without DataStorage": (
        '[stacks.shop]\nbootstrap = "datastorage"\n',
        "stackwright.toml:2:1: stacks.shop.bootstrap: does not know where DataStorage comes from\n"
        '  fix: under [bootstrap.datastorage] write build = { context = "…" } or '
        'datastorage_image = "…"; or skip = ["datastorage"]',
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
    "a platform of a service that is none": (
        PLATFORM + 'service = "shp"\n[services.shop]\n',
        "stackwright.toml:3:1: e2e.shop.service: there is no service `shp`\n"
        "  fix: did you mean `shop`?",
    ),
    "a cluster to create, and one that is there": (
        PLATFORM + 'kind = true\ncontext = "ci"\n',
        "stackwright.toml:4:1: e2e.shop.context: stands beside `kind`, and means a cluster that is "
        "there already\n  why: a cluster that is created for the run has a kubeconfig of its own\n"
        "  fix: keep `kind` or `context`",
    ),
    "a loader for other clusters than the created one": (
        PLATFORM + 'kind = true\nload = "minikube"\n',
        'stackwright.toml:4:1: e2e.shop.load: "minikube" stands beside `kind`, and loads into '
        'other clusters\n  fix: leave it out, or write load = "kind"',
    ),
    "a secret built into an image of a platform": (
        PLATFORM + '[e2e.shop.images."shop:1"]\ncontext = "."\nargs.API_TOKEN = "x"\n',
        'stackwright.toml:5:1: e2e.shop.images."shop:1".args.API_TOKEN: looks like a secret, and '
        "build arguments stay in the image's history for all to read\n  fix: give it to the "
        "component when it runs (`env`); what is no secret, call by another name",
    ),
}
"""Each configuration and the message it gets."""
