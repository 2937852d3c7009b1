"""DataStorage put together."""

from __future__ import annotations

from collections.abc import Mapping

import psycopg
from serving.environment import RefusalError
from serving.exchange import Route
from serving.process import set_level
from serving.server import Server

from datastorage.actions import SCHEMA_VERSION, Actions
from datastorage.api import Api
from datastorage.cache import ActionCache
from datastorage.connections import Connections
from datastorage.metrics import Metrics
from datastorage.settings import read_settings


def start(variables: Mapping[str, str]) -> tuple[Server, Server]:
    """The API's server and the metrics' server, listening.

    Raises RefusalError when a setting is wrong, or the database is not reachable or not migrated:
    DataStorage does not wait for its database, whoever starts it has to.
    """
    settings = read_settings(variables)
    set_level(settings.log_level)
    actions = Actions(Connections(settings.database))
    database = f"{settings.database.name} on {settings.database.host}:{settings.database.port}"
    try:
        version = actions.schema_version()
    except psycopg.Error as error:
        raise RefusalError(f"cannot use database {database}: {error}") from None
    if version < SCHEMA_VERSION:
        raise RefusalError(
            f"database {database} is not migrated: it is at version {version}, "
            f"version {SCHEMA_VERSION} is needed"
        )
    cache = ActionCache(*settings.redis) if settings.redis else None
    metrics = Metrics()
    api = Api(actions, cache, metrics, settings.page_size)
    return (
        Server(settings.bind, settings.http_port, api.routes(), metrics.observe),
        Server(settings.bind, settings.metrics_port, [Route("GET", "/metrics", metrics.expose)]),
    )
