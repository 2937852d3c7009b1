"""Compose files are told by what they hold, and what they publish is read in every form."""

from __future__ import annotations

from textwrap import dedent

import pytest

from lint.facts import ComposeFile, ComposeService, PortUse
from lint.languages.compose import compose_in
from lint.program import Span
from tests.lint.languages.shell_code import NOWHERE, stripped
from tests.lint.languages.yaml_code import facts

STACK = """
    x-common: &common
      restart: unless-stopped
      depends_on: [postgres]

    services:
      postgres:
        image: postgres:${PG_VERSION:-16}
        ports: ["15433:5432"]
        healthcheck:
          test: [CMD, pg_isready]
      gateway:
        <<: *common
        build: .
      worker:
        build: {context: ., dockerfile: Dockerfile.worker}
        depends_on:
          gateway: {condition: service_started}
          postgres: {condition: service_healthy}
        healthcheck: {disable: true}
"""


def test_services_are_read_with_what_they_publish() -> None:
    found = facts(STACK)
    pg = PortUse("postgres", 15433, NOWHERE)
    assert stripped(found.compose) == (
        ComposeFile(
            NOWHERE,
            (
                ComposeService("postgres", NOWHERE, "postgres:${PG_VERSION:-16}", False, (pg,)),
                ComposeService("gateway", NOWHERE, "", True),
                ComposeService("worker", NOWHERE, "", True),
            ),
        ),
    )
    assert found.program is None
    assert found.ports == ()


def test_a_file_of_the_first_version_has_its_services_at_the_top() -> None:
    found = facts("db:\n  image: postgres:12\n  ports: ['1:2']\nweb:\n  build: .\n  links: [db]\n")
    (file,) = found.compose
    assert file.partial
    assert [(one.name, one.image, one.build) for one in file.services] == [
        ("db", "postgres:12", False),
        ("web", "", True),
    ]


@pytest.mark.parametrize(
    "source",
    [
        "db:\n  image: a\n  script: [b]\n",
        "db:\n  image: {repository: a}\n",
        "db:\n  image: a\nreplicas: 3\n",
        "version: '1'\ndb:\n  image: a\n",
        "db:\n  ports: ['1:2']\n",
    ],
)
def test_other_mappings_at_the_top_are_no_compose_file(source: str) -> None:
    assert not facts(source).compose


def test_a_service_that_is_reset_is_none() -> None:
    (file,) = facts("services:\n  a:\n    image: b\n  c: !reset null\n").compose
    assert [one.name for one in file.services] == ["a"]


def test_services_and_ports_know_their_lines() -> None:
    found = facts(STACK)
    services = found.compose[0].services
    assert [(one.at.line, one.at.end_line) for one in services] == [(7, 11), (12, 14), (15, 20)]
    assert services[0].ports[0].at == Span(9, 13, 9, 25)


@pytest.mark.parametrize(
    ("entry", "numbers"),
    [
        ('"15433:5432"', [15433]),
        ("15433:5432", [15433]),
        ("15433:5432/tcp", [15433]),
        ("53:53/udp", [53]),
        ("127.0.0.1:15433:5432", [15433]),
        ('"[::1]:15433:5432"', [15433]),
        ("${PORT:-15433}:5432", [15433]),
        ("${PORT-15433}:5432", [15433]),
        ('"${HOST:-127.0.0.1}:${PORT:-${OTHER:-15433}}:5432"', [15433]),
        ("15433-15435:5432-5434", [15433, 15434, 15435]),
        ("${PORT}:5432", []),
        ("127.0.0.1::5432", []),
        ("5432", []),
        ('"5432"', []),
        ("5432-5434", []),
        ("{target: 5432, published: 15433}", [15433]),
        ('{target: 5432, published: "15433-15434", mode: host}', [15433, 15434]),
        ("{target: 5432, published: '${PORT:-15433}'}", [15433]),
        ("{target: 5432}", []),
        ("[nonsense]", []),
        ("0:1", []),
        ("99999:1", []),
    ],
)
def test_host_ports_are_read_in_each_form(entry: str, numbers: list[int]) -> None:
    (file,) = facts(f"services:\n  a:\n    image: x\n    ports:\n      - {entry}\n").compose
    assert [(one.name, one.number) for one in file.services[0].ports] == [("a", n) for n in numbers]


def test_a_range_of_all_ports_stays_small() -> None:
    (file,) = facts('services: {a: {image: x, ports: ["1-65535:1-65535"]}}').compose
    assert len(file.services[0].ports) == 256


@pytest.mark.parametrize(
    "source",
    [
        "services:\n  web:\n    image: x\n",
        "services:\n  web:\n    build: .\n",
        "version: '3.8'\nservices:\n  web:\n    environment: [A=b]\n    ports: ['80:80']\n",
        "services:\n  web:\n    depends_on: [db]\n    volumes: [a:/b]\n",
        "name: x\nservices:\n  web:\n    image: x\n    x-note: y\nx-more: z\nvolumes: {a: }\n",
        "services: {web: {image: x}}",
        "version: '2'\nservices:\n  web:\n    image: x\nteam: y\n",
        "services:\n  web:\n    image: {{ image }}\n    command: run\n",
    ],
)
def test_these_are_compose_files(source: str) -> None:
    assert len(facts(source).compose) == 1


@pytest.mark.parametrize(
    "source",
    [
        "services: [postgres]\n",
        "services: {}\n",
        "services:\n",
        "services:\n  web: {image: {repository: x, tag: y}, replicaCount: 2}\n",
        "services:\n  web: {image: x, replicas: 2, port: 80}\n",
        "services:\n  web:\n    port: 80\n    host: x\n",
        "services:\n  _defaults:\n    autowire: true\n  App\\:\n    resource: ../src\n",
        "steps:\n  - x\nservices:\n  db:\n    image: mysql\n",
        "apiVersion: v1\nkind: X\nservices:\n  db:\n    image: mysql\n",
        "database: {url: x}\nservices:\n  api:\n    image: x\n    command: y\n",
        "on: push\njobs:\n  a:\n    runs-on: x\n    services:\n      db:\n        image: y\n",
        "image: x\nservices:\n  - name: postgres:16\njob:\n  script: make\n",
        "services:\n  web: enabled\n  db:\n    image: x\n",
        "services:\n  web:\n    environment: production\n",
        "services:\n  web:\n    image: x\n    ports: 80\n",
        "language: go\nservices: docker\nscript: make\n",
    ],
)
def test_these_are_not(source: str) -> None:
    assert facts(source).compose == ()


def test_a_literal_of_another_language_may_hold_a_compose_file() -> None:
    literal = dedent(
        """
        services:
          db:
            image: postgres
            ports:
              - "%d:5432"
              - 15433:5432
        """
    )
    found = compose_in(literal, Span(10, 5, 16, 1))
    assert found is not None
    assert found.embedded
    assert found.at == Span(10, 5, 16, 1)
    (service,) = found.services
    assert service.at == Span(12, 3, 16, 19)
    assert [(one.number, one.at.line) for one in service.ports] == [(15433, 16)]


def test_the_first_line_of_a_literal_begins_at_its_column() -> None:
    found = compose_in("services: {db: {image: x}}\n", Span(3, 9))
    assert found is not None
    assert found.services[0].at == Span(3, 20, 3, 34)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "the services: image and build",
        "services:",
        "services:\n  a: 1\n",
        "log: services:\n image: x",
        "services:\n  image: x\n  build: y\n",
        "Usage:\n  services: image",
    ],
)
def test_other_literals_hold_none(text: str) -> None:
    assert compose_in(text, Span(1)) is None


def test_a_block_scalar_may_hold_a_compose_file() -> None:
    found = facts(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: c}
        data:
          compose.yml: |
            services:
              db:
                image: postgres
                ports: ["15433:5432"]
        """
    )
    (file,) = found.compose
    assert file.embedded
    assert file.services[0].at == Span(8, 7, 10, 30)
    assert file.services[0].ports[0].at == Span(10, 17, 10, 29)
