"""How a report is said: one file a format, each a pure function of the report and its sources."""

from lint.outputs.output import Output, Sources
from lint.outputs.table import OUTPUTS

__all__ = ["OUTPUTS", "Output", "Sources"]
