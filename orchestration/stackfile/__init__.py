"""The user's configuration: found, read, checked, and translated into `Project` and `Stack`.

Every mistake in it ends as one ConfigError that lists all of them with file, line and key.
"""

from orchestration.stackfile.finding import find_config
from orchestration.stackfile.loading import load, locate_ports, port_findings

__all__ = ["find_config", "load", "locate_ports", "port_findings"]
