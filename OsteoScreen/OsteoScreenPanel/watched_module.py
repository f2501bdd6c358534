"""A module of Slicer's Python in a process that ends with its input.

Slicer's Python runs behind a launcher whose end does not end what it started. The end of its input reaches it, on every platform:
it is interrupted then, so that it can take back what it has half done, and has a moment for that.
"""

from __future__ import annotations

from collections.abc import Sequence

_CODE = """
import _thread, os, runpy, sys, threading, time
module, grace_s = sys.argv[1], float(sys.argv[2])
def watch():
    while os.read(0, 1):
        pass
    _thread.interrupt_main()
    time.sleep(grace_s)
    os._exit(130)
threading.Thread(target=watch, daemon=True).start()
sys.argv = [module, *sys.argv[3:]]
runpy.run_module(module, run_name="__main__", alter_sys=True)
"""


def watched_module(interpreter: Sequence[str], module: str, arguments: Sequence[str], grace_s: float) -> list[str]:
    """The command for ``python -m module arguments``, with ``grace_s`` seconds from the end of the input to its own end."""
    return [*interpreter, "-c", _CODE, module, str(grace_s), *arguments]
