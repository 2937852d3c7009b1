"""The example services on the import path, as their containers have them."""

from __future__ import annotations

import sys
from pathlib import Path

SERVICES = Path(__file__).parents[3] / "examples" / "platform" / "services"
if str(SERVICES) not in sys.path:
    sys.path.insert(0, str(SERVICES))
