"""`python -m lint` is `stackwright lint`."""

import sys

from lint.cli import main

sys.exit(main())
