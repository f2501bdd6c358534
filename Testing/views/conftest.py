"""A slice view over an empty scene; skipped where nothing can be rendered."""

import os

import pytest

from Testing.views.slice_view import SliceView, why_no_rendering


@pytest.fixture
def view():
    """A view of 640 x 800 pixels; ``view.scene`` is its scene."""
    reason = why_no_rendering()
    if reason and os.environ.get("OSTEOSCREEN_REQUIRE_SYSTEM_PROGRAMS"):
        pytest.fail(f"{reason}; install libegl1 libgl1-mesa-dri")
    if reason:
        pytest.skip(reason)
    from OsteoScreenLib.scene.standalone import standalone_scene

    with standalone_scene() as scene:
        view = SliceView(scene, size=(640, 800))
        view.scene = scene
        yield view
        view.close()
