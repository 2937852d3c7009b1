"""The whole configuration file as a table of tables. Descriptions here are the documentation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchestration.stackfile.component_tables import BuildTable, ComponentTable, EmbeddedTable
from orchestration.stackfile.e2e_tables import E2eTable
from orchestration.stackfile.table import Table
from orchestration.stackfile.values import (
    DatabaseName,
    Duration,
    FilePath,
    Image,
    Name,
    Package,
    PortSpan,
    TextValue,
    Url,
    Variable,
)

RecipeName = Literal["postgres", "python", "redis"]


class ProjectTable(Table):
    """The project as a whole."""

    name: Name | None = Field(default=None, description="Its name; the directory's if left out.")
    default: Name | None = Field(
        default=None, description="The stack that `stack up` takes without `--service`."
    )
    artifacts: FilePath = Field(
        default=".stackwright/failures", description="The directory for the bundles of failed runs."
    )


class EngineTable(Table):
    """What runs the components. `--engine` and STACKWRIGHT_ENGINE win over it."""

    use: Literal["podman", "docker", "embedded"] | None = Field(
        default=None, description="The engine to use; if left out, the best that answers."
    )
    url: Url | None = Field(
        default=None, description="Where the engine's API is, if not where it usually is."
    )
    outside: list[FilePath] = Field(
        default_factory=list,
        description="Directories outside of the project that volumes, env files, secrets, build "
        "contexts, manifests and kubeconfigs may come from.",
    )


class RecipeTable(Table):
    """A change to a base image that `images build` makes."""

    packages: list[Package] = Field(
        default_factory=list, description="Packages of the distribution to add."
    )
    reference: Image | None = Field(default=None, description="The name to give to the image.")


class ImagesTable(Table):
    """Where images come from."""

    overrides: dict[Image, Image] = Field(
        default_factory=dict,
        description="Images to use instead of others: the reference as written anywhere in this "
        "file, and the local image that takes its place.",
    )
    recipes: dict[RecipeName, RecipeTable] = Field(
        default_factory=dict, description="Changes to the base images of `images build`."
    )


class PortsTable(Table):
    """The registry of host ports."""

    ranges: dict[Name, PortSpan] = Field(
        default_factory=dict,
        description="The host ports of each kind, both ends included. Ranges may overlap.",
    )
    kinds: dict[Name, Name] = Field(
        default_factory=dict,
        description="The kind of ports of a name, for names that are not kinds themselves.",
    )
    services: dict[Name, dict[Name, int]] = Field(
        default_factory=dict, description="The host ports of each service, by name."
    )


class DataStorageTable(Table):
    """The DataStorage bootstrap: PostgreSQL, migrations, Redis, DataStorage."""

    postgres_image: Image | None = Field(
        default=None, description="The image of PostgreSQL: `postgres:16-alpine`."
    )
    redis_image: Image | None = Field(
        default=None, description="The image of Redis: `redis:7-alpine`."
    )
    migrations_image: Image | None = Field(
        default=None, description="The image that has `psql`: that of PostgreSQL."
    )
    datastorage_image: Image | None = Field(
        default=None, description="The image of DataStorage. Either this or `build`."
    )
    build: BuildTable | None = Field(
        default=None, description="How to build DataStorage. Either this or `datastorage_image`."
    )
    user: DatabaseName | None = Field(default=None, description="The database user: `slm_user`.")
    password: TextValue | None = Field(
        default=None, description="Its password; if left out, made anew for each run."
    )
    database: DatabaseName | None = Field(
        default=None, description="The database: `action_history`."
    )
    migrations_dir: FilePath | None = Field(
        default=None,
        description="The directory of `*.sql` files that `psql` runs in the order of their names, "
        "`*.down.sql` left out: `migrations`.",
    )
    config_dir: FilePath | None = Field(
        default=None,
        description="A directory that DataStorage sees, read-only, at /etc/datastorage.",
    )
    env: dict[Variable, TextValue] = Field(
        default_factory=dict, description="Variables for DataStorage, on top of those it gets."
    )
    skip: list[Literal["migrations", "redis", "datastorage"]] | None = Field(
        default=None, description="Parts to leave out."
    )
    timeout: Duration | None = Field(
        default=None, description='How long each part may take: "30s", the migrations "60s".'
    )
    embedded: EmbeddedTable | None = Field(
        default=None, description="How DataStorage runs where there is no container engine."
    )


class BootstrapTable(Table):
    """Defaults for stacks that name a bootstrap."""

    datastorage: DataStorageTable = Field(
        default_factory=DataStorageTable,
        description='For all stacks with `bootstrap = "datastorage"`.',
    )


class ServiceTable(Table):
    """A deployable of your platform."""

    language: str = Field(default="", description="The language it is written in.")
    paths: list[FilePath] = Field(
        default_factory=list, description="What belongs to it, relative to the configuration."
    )


class StackTable(Table):
    """What is brought up for a service."""

    service: Name | None = Field(
        default=None, description="The service it is for; the stack's own name if left out."
    )
    bootstrap: Literal["datastorage"] | None = Field(
        default=None, description="A ready-made set of components to begin with."
    )
    deadline: Duration = Field(
        default=300.0, description='How long the whole start may take: "5m".'
    )
    datastorage: DataStorageTable | None = Field(
        default=None, description="Changes to [bootstrap.datastorage] for this stack."
    )
    components: dict[Name, ComponentTable] = Field(
        default_factory=dict,
        description="The components, by name. They start in the order they are declared in, as "
        "far as `after` and references allow.",
    )


class Stackfile(Table):
    """A stackwright.toml, or the [tool.stackwright] table of a pyproject.toml."""

    project: ProjectTable = Field(
        default_factory=ProjectTable, description="The project as a whole."
    )
    engine: EngineTable = Field(
        default_factory=EngineTable, description="What runs the components."
    )
    images: ImagesTable = Field(default_factory=ImagesTable, description="Where images come from.")
    ports: PortsTable = Field(default_factory=PortsTable, description="The registry of host ports.")
    bootstrap: BootstrapTable = Field(
        default_factory=BootstrapTable, description="Defaults for bootstraps."
    )
    services: dict[Name, ServiceTable] = Field(
        default_factory=dict, description="The services of your platform, by name."
    )
    stacks: dict[Name, StackTable] = Field(default_factory=dict, description="The stacks, by name.")
    e2e: dict[Name, E2eTable] = Field(
        default_factory=dict, description="The platforms for end-to-end tests, by name."
    )
    lint: dict[str, object] = Field(
        default_factory=dict, description="Read by stackwright's linter, which checks it."
    )
