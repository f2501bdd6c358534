"""A worker that died is explained in one sentence that says what to do."""

from __future__ import annotations

import pytest

from OsteoScreenLib.workflow.failure import explain_end

CASES = [
    (None, ["No such file or directory: python"], "could not be started (No such file or directory: python)", "installed"),
    (None, [], "could not be started.", "installed"),
    (1, ["Traceback (most recent call last):", "ModuleNotFoundError: No module named 'openvino'"], "'openvino'", "click Install"),
    (1, ["ModuleNotFoundError: No module named 'matplotlib.colors'"], "'matplotlib.colors'", "click Install"),
    (1, ["/usr/bin/python: No module named OsteoScreenLib.worker"], "OsteoScreenLib", "Install the extension again"),
    (1, ["python: Error while finding module specification for 'OsteoScreenLib.worker' "
         "(ModuleNotFoundError: No module named 'OsteoScreenLib')"], "OsteoScreenLib", "Install the extension again"),
    (1, ["OSError: [Errno 28] No space left on device"], "disk is full", "Free some space"),
    (1, ["MemoryError"], "memory", "Close other programs"),
    (-6, ["terminate called after throwing an instance of 'std::bad_alloc'"], "memory", "Close other programs"),
    (1, ["ImportError: DLL load failed while importing ie_api: not found"], "damaged", "Install the Python packages again"),
    (-9, [], "killed by the system", "Close other programs"),
    (137, [], "killed by the system", "Close other programs"),
    (-15, [], "ended by another program", "Run it again"),
    (143, [], "ended by another program", "Run it again"),
    (-11, [], "crashed (memory fault)", "Run it again"),
    (0xC0000005, [], "crashed (memory fault)", "Run it again"),
    (0xC0000005 - 2**32, [], "crashed", "Run it again"),
    (-40, [], "crashed (signal 40)", "Run it again"),
    (1, ["Traceback (most recent call last):", "  File x", "ValueError: bad shape", ""], "(ValueError: bad shape)", "report it"),
    (3, ["nothing of use"], "exit status 3", "report it"),
    (0, [], "exit status 0", "report it"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "lines", "fault", "remedy"), CASES)
def test_end_is_explained(status, lines, fault, remedy) -> None:
    words = explain_end(status, lines)
    assert fault in words
    assert remedy in words
    assert "\n" not in words
    assert words.endswith(".")
