"""Shows a run's events while it happens, on stderr: live on a terminal, plain lines, JSON lines."""

from orchestration.progress.choose import Format, choose
from orchestration.progress.json_progress import JsonProgress
from orchestration.progress.plain_progress import PlainProgress
from orchestration.progress.progress import Progress
from orchestration.progress.quiet_progress import QuietProgress

__all__ = ["Format", "JsonProgress", "PlainProgress", "Progress", "QuietProgress", "choose"]
