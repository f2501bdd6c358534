import pytest

from OsteoScreenLib.scene.standalone import standalone_scene


@pytest.fixture
def scene():
    """An empty scene of real MRML."""
    pytest.importorskip("slicer")
    with standalone_scene() as scene:
        yield scene
