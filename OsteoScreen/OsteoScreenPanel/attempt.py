"""Acts of the user that may be refused."""

from __future__ import annotations

from collections.abc import Callable

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenPanel.host import PanelHost


def attempt(host: PanelHost, act: Callable[[], object]) -> bool:
    """Do it; ``False`` where it is refused, which the panel then explains."""
    try:
        act()
    except OsteoScreenError as error:
        host.fail(str(error))
        return False
    return True
