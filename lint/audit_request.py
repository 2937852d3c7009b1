"""What an audit is asked for, and by which guidance it judges then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lint.config_file import shown_path
from lint.errors import LintConfigError
from lint.guidance.catalogue import load
from lint.guidance.guidance import Guidance
from lint.rules.table import RULES
from lint.settings import LintConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to look at and how to judge it. The whole repository is analysed in any case."""

    root: Path
    paths: tuple[Path, ...] = ()
    """Only findings in these files and directories are reported; empty: all."""
    config: LintConfig = field(default_factory=LintConfig)
    guidance: str = ""
    """`ID` or `ID@VERSION`; empty: the configuration's, else the one in force."""
    as_of: date | None = None
    since: str = ""
    """A revision: only findings that it did not have are reported."""
    use_cache: bool = True
    baseline: Path | None = None
    everything: bool = False
    """Parse every file: slower, the same findings."""
    today: date | None = None
    """None: this day."""
    cache_directory: Path | None = None
    """None: the user's."""

    @property
    def day(self) -> date:
        """The day on which exemptions and suppressions have to hold."""
        return self.today or date.today()


def guidance_of(request: AuditRequest) -> Guidance:
    """What a request is judged by. Raises LintConfigError, with the key when the configuration
    asks for it."""
    config = request.config
    key: tuple[str | int, ...] = ()
    try:
        catalogue = load(
            [Path(shown_path(request.root / one)) for one in config.guidance_files],
            [rule.name for rule in RULES],
        )
        if request.guidance or config.guidance:
            key = () if request.guidance else ("lint", "guidance")
            day = request.as_of or config.as_of or request.day
            return catalogue.named(request.guidance or config.guidance, day)
        key = ("lint", "as-of") if config.as_of and not request.as_of else ()
        return catalogue.current(request.as_of or config.as_of or request.day)
    except LintConfigError as error:
        raise LintConfigError(
            error.what, why=error.why, fix=error.fix, key=error.key or key
        ) from error
