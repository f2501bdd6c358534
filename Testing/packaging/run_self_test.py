"""Run the module's self-test in 3D Slicer and end Slicer with its status.

``Slicer --no-splash --testing --additional-module-paths OsteoScreen --python-script Testing/packaging/run_self_test.py``
"""

from __future__ import annotations

import sys
import traceback
import unittest


def run() -> bool:
    """Run `OsteoScreenTest` and print one line that says how it ended."""
    import slicer

    if not hasattr(slicer.modules, "osteoscreen"):
        print("OsteoScreen self-test: failed: Slicer has not loaded the module; see the lines above", flush=True)
        return False
    from OsteoScreen import OsteoScreenTest

    suite = unittest.TestLoader().loadTestsFromTestCase(OsteoScreenTest)
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2).run(suite)
    passed = result.wasSuccessful() and result.testsRun > 0
    print(f"OsteoScreen self-test: {'passed' if passed else 'failed'}", flush=True)
    return passed


def main() -> None:
    import slicer

    try:
        passed = run()
    except Exception:  # whatever it is, Slicer has to end
        traceback.print_exc()
        passed = False
    slicer.util.exit(slicer.util.EXIT_SUCCESS if passed else slicer.util.EXIT_FAILURE)


if __name__ == "__main__":
    main()
