"""`python -m orchestration` is `stackwright`."""

import sys

from orchestration.cli import main

sys.exit(main())
