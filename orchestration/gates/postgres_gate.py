"""A PostgreSQL server is ready when it lets the user into the database, over TCP."""

from __future__ import annotations

from dataclasses import dataclass, field

from orchestration.gates.accepted import check_text
from orchestration.gates.postgres_startup import PostgresStartUp
from orchestration.gates.scram import load_scramp
from orchestration.gates.url import write_url
from orchestration.gates.wire import WireError, dial
from orchestration.model import NotYet, Pacing, Text, Verdict
from orchestration.ports import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresGate:
    """The start-up exchange on `port` as `user` ends in ReadyForQuery from `database`.

    The server that an image's entrypoint starts to initialise a fresh cluster listens on a unix
    socket alone, so it cannot be mistaken for the final one. Authenticates by trust, password, MD5
    and SCRAM-SHA-256; never asks for TLS. Raises ValueError for names the protocol cannot carry.
    """

    port: str
    user: str
    password: Text | None = field(default=None, repr=False)
    database: str
    pacing: Pacing = field(default_factory=Pacing)

    def __post_init__(self) -> None:
        for name, value in {"user": self.user, "database": self.database}.items():
            if not value:
                raise ValueError(f"{name} is empty")
            check_text(name, value)
        if self.password is not None:
            check_text("password", self.password)

    @property
    def scheme(self) -> str:
        """`postgresql`."""
        return "postgresql"

    def describe(self) -> str:
        """`PostgreSQL start-up as slm_user to action_history on postgres`."""
        return f"PostgreSQL start-up as {self.user} to {self.database} on {self.port}"

    def dsn(self, host: str, port: int) -> Text:
        """`postgresql://user:password@host:port/database`."""
        return write_url(
            self.scheme, host, port, user=self.user, password=self.password, path=self.database
        )

    def look(self, target: Target) -> Verdict:
        """Log in once and leave.

        Failed for a wrong password, an unknown role, a pg_hba.conf that refuses, or an
        authentication that is not spoken here. NotYet for the rest, a missing database included:
        somebody may be about to create it.
        """
        verdict = self._ask(target)
        if isinstance(verdict, NotYet) and self.password is not None:
            # Costs 30 ms once: better now, while the server boots, than when it demands it.
            load_scramp()
        return verdict

    def _ask(self, target: Target) -> Verdict:
        try:
            with dial(*target.address(self.port)) as wire, wire.makefile("rb") as reader:
                exchange = PostgresStartUp(wire, reader, self.user, self.password, self.database)
                return exchange.run()
        except WireError as error:
            return NotYet(str(error))
