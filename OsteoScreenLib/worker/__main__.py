"""Entry point of ``python -m OsteoScreenLib.worker``."""

import sys

from OsteoScreenLib.worker.main import main

sys.exit(main(sys.argv[1:]))
