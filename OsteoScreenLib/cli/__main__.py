"""Entry point of ``python -m OsteoScreenLib.cli``."""

import sys

from OsteoScreenLib.cli import entry

sys.exit(entry())
