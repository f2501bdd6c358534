"""The frame that is shown while Python packages are missing: asks for them, and installs them on the user's word."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import qt
import slicer
from slicer.i18n import tr as _

from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.workflow.actions import Action, PanelFacts
from OsteoScreenLib.workflow.packages import Requirement
from OsteoScreenLib.workflow.states import PanelState
from OsteoScreenPanel.availability import Availability
from OsteoScreenPanel.host import PanelHost
from OsteoScreenPanel.pip_process import PipProcess

_KILL_AFTER_MS = 2000
_KEPT = ("numpy", "scipy")
"""Slicer's own, in the version that it was built with."""


class InstallationSection:
    """Installs ``Resources/requirements.txt`` into Slicer's Python: over the network, or from a folder of wheels."""

    def __init__(self, layout: Any, host: PanelHost) -> None:
        self._host = host
        self._missing: tuple[Requirement, ...] | None = None
        self._words = ""
        self._pip: Any = None
        self._then: Callable[[], object] | None = None
        self._versions: dict[str, str] = {}
        self._build(layout)
        self._available = Availability({self._install: Action.INSTALL, self._offline: Action.INSTALL_OFFLINE})

    def _build(self, layout: Any) -> None:
        self._label = qt.QLabel()
        self._label.wordWrap = True
        self._install = _button(_("&Install packages..."), _("Get the missing packages over the network and install them."))
        self._offline = _button(
            _("Install from &folder..."), _("Install without network, from a folder of wheels (*.whl) made on another computer.")
        )
        self._progress = qt.QProgressBar()
        # pip does not tell how far it is.
        self._progress.setRange(0, 0)
        self._stop = _button(_("&Stop"), _("Stop the installation."))
        buttons, running = qt.QHBoxLayout(), qt.QHBoxLayout()
        for row, widgets in ((buttons, (self._install, self._offline)), (running, (self._progress, self._stop))):
            for widget in widgets:
                row.addWidget(widget)
        layout.addWidget(self._label)
        layout.addLayout(buttons)
        layout.addLayout(running)
        self._install.connect("clicked(bool)", self._on_install)
        self._offline.connect("clicked(bool)", self._on_offline)
        self._stop.connect("clicked(bool)", self._on_stop)

    def missing(self) -> tuple[Requirement, ...]:
        """The packages that are not installed, or too old; looked up once, and again after an installation."""
        if self._missing is None:
            from OsteoScreenLib.workflow.packages import missing, read_requirements

            self._missing = missing(read_requirements(_requirements()))
            self._words = _words(self._missing)
        return self._missing

    def contribute(self) -> dict[str, Any]:
        """What is known here of the panel's facts."""
        return {"packages_missing": bool(self.missing())}

    def refresh(self, facts: PanelFacts) -> None:
        """Say what is missing, or what pip is doing."""
        installing = self._pip is not None
        if not installing:
            self.missing()
            self._label.text = self._words
        self._install.visible = self._offline.visible = not installing
        self._progress.visible = self._stop.visible = installing
        self._available.refresh(facts)

    def ask(self, then: Callable[[], object] | None = None) -> None:
        """Ask whether to install what is missing, and do it; ``then`` is called when everything is there."""
        # They may have been installed from elsewhere meanwhile.
        self._missing = None
        if not self.missing():
            self._host.refresh()
            if then is not None:
                then()
            return
        if self._refuses():
            return
        names = ", ".join(str(each) for each in self.missing())
        question = _(
            "OsteoScreen needs Python packages that Slicer does not have: {names}.\n\n"
            "Install them now into Slicer's Python? They come over the network (about 100 MB)."
        )
        if self._host.ask(question.format(names=names)):
            self._start(None, then)

    def cancel(self) -> None:
        """Stop the installation; nothing where none is going on."""
        pip = self._pip
        if pip is not None and not pip.cancelled:
            self._label.text = _("Stopping the installation ...")
            self._stop.enabled = False
            pip.cancel()
            qt.QTimer.singleShot(_KILL_AFTER_MS, pip.kill)
            self._host.machine.to(PanelState.CANCELLING)

    def close(self) -> None:
        """Leave no installation running when the panel goes."""
        if self._pip is not None:
            pip, self._pip = self._pip, None
            pip.kill()

    def _refuses(self) -> bool:
        """In testing mode nothing is installed, and whoever reads the log must know why nothing works."""
        if self._pip is not None:
            self._host.say(_("The packages are being installed already."))
            return True
        if not slicer.app.testingEnabled():
            return False
        names = ", ".join(each.name for each in self.missing())
        self._host.fail(_("Slicer runs in testing mode, so nothing is installed. Missing: {names}.").format(names=names))
        return True

    def _on_install(self, checked: bool = False) -> None:
        self.ask()

    def _on_offline(self, checked: bool = False) -> None:
        from OsteoScreenLib.workflow.packages import check_wheels

        if self._refuses():
            return
        folder = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder with wheels (*.whl)"), "")
        if not folder:
            return
        try:
            check_wheels(Path(str(folder)))
        except OsteoScreenError as error:
            self._host.fail(str(error))
            return
        self._start(Path(str(folder)), None)

    def _on_stop(self, checked: bool = False) -> None:
        self.cancel()

    def _start(self, wheels: Path | None, then: Callable[[], object] | None) -> None:
        from OsteoScreenLib.workflow.loaded_packages import pinned, versions
        from OsteoScreenLib.workflow.packages import install_arguments
        from OsteoScreenPanel.surroundings import interpreter

        if not self._host.machine.can(PanelState.INSTALLING):
            self._host.say(_("Wait until the present run has ended."))
            return
        self._versions, self._then = versions(), then
        kept = Path(slicer.app.temporaryPath) / "osteoscreen-constraints.txt"
        try:
            kept.write_text(pinned(_KEPT, self._versions), encoding="utf-8")
        except OSError as error:
            self._host.fail(_("{file} cannot be written ({error}). Make room there.").format(file=kept, error=error.strerror))
            return
        arguments = [*install_arguments(_requirements(), wheels), "--constraint", str(kept)]
        self._pip = PipProcess(interpreter(), arguments)
        self._label.text = _("Installing the Python packages ...")
        self._stop.enabled = True
        self._host.machine.to(PanelState.INSTALLING)
        self._host.refresh()
        self._pip.start(self._on_line, self._on_end)

    def _on_line(self, line: str) -> None:
        from OsteoScreenLib.workflow.pip_words import progress

        words = progress(line)
        if words is not None and self._pip is not None and not self._pip.cancelled:
            self._label.text = _("Installing the Python packages: {step} ...").format(step=words)

    def _on_end(self, installed: bool) -> None:
        from OsteoScreenLib.workflow import pip_words

        if self._pip is None:
            return
        pip, self._pip = self._pip, None
        then, self._then = self._then, None
        self._missing = None
        machine = self._host.machine
        complete = installed and not self.missing()
        if complete:
            machine.to(PanelState.NO_FILM if self._host.film is None else PanelState.READY)
        elif pip.cancelled:
            machine.to(PanelState.NEEDS_PACKAGES)
        else:
            machine.to(PanelState.FAILED)
        self._host.refresh()
        if complete:
            self._told()
            if then is not None:
                then()
        elif pip.cancelled:
            self._host.say(_("The installation was stopped."))
        elif installed:
            self._host.fail(_("pip has ended, but packages are still missing. Restart Slicer."), pip_words.details(pip.output))
        else:
            self._host.fail(_(pip_words.explain(pip.output)), pip_words.details(pip.output))

    def _told(self) -> None:
        from OsteoScreenLib.workflow.loaded_packages import changed_while_loaded, versions

        changed = changed_while_loaded(self._versions, versions())
        if changed:
            text = _("The packages are installed. Restart Slicer before you go on: {names} still runs in its old version.")
            self._host.say(text.format(names=", ".join(changed)))
        else:
            self._host.say(_("The packages are installed."))


def _button(text: str, tip: str) -> Any:
    button = qt.QPushButton(text)
    button.toolTip = tip
    return button


def _words(missing: tuple[Requirement, ...]) -> str:
    from OsteoScreenLib.workflow.packages import shortage

    if not missing:
        return str(_("All Python packages are installed."))
    text = _("Before films can be screened, these Python packages must be installed: {names}.")
    return str(text.format(names="; ".join(shortage(each) for each in missing)))


def _requirements() -> Path:
    from OsteoScreenLib.bundle.location import resources_folder

    return resources_folder() / "requirements.txt"
