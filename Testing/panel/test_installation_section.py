"""The frame that installs the Python packages: its question, its progress, its failures, and that it never installs in tests."""

from __future__ import annotations

import sys
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.workflow.loaded_packages import changed_while_loaded, pinned
from OsteoScreenLib.workflow.packages import Requirement
from OsteoScreenLib.workflow.states import PanelState
from Testing.panel.recording_host import RecordingHost

DOWNLOADING = """
import sys
print("Collecting tinypkg>=1.0", flush=True)
sys.stdin.read()
"""
OFFLINE_FAILS = """
print("Looking in links: /wheels")
print("ERROR: No matching distribution found for tinypkg")
raise SystemExit(1)
"""
SUCCEEDS = "print('Installing collected packages: tinypkg')"


class Panel:
    """The section in a widget, with a fake pip and a package that is missing until the test says otherwise."""

    def __init__(self, application: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import qt
        from OsteoScreenPanel import surroundings
        from OsteoScreenPanel.installation import InstallationSection

        self.application = application
        self.folder = folder
        self.missing: tuple[Requirement, ...] = (Requirement("tinypkg", "1.0"),)
        self.pip = folder / "pip.py"
        monkeypatch.setattr(surroundings, "interpreter", lambda: (sys.executable, str(self.pip)))
        monkeypatch.setattr("OsteoScreenLib.workflow.packages.missing", lambda requirements: self.missing)
        self.host = RecordingHost(application.scene, folder)
        self.widget = qt.QWidget()
        layout = qt.QVBoxLayout(self.widget)
        self.section = InstallationSection(layout, self.host)
        self.host.sections.append(self.section)
        self.host.refresh()
        self.widget.show()

    def button(self, words: str) -> Any:
        import qt

        return next(each for each in self.widget.findChildren(qt.QPushButton) if words in each.text)

    @property
    def words(self) -> str:
        return str(self.section._label.text)


@pytest.fixture
def panel(panel_application: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Panel:
    return Panel(panel_application, tmp_path, monkeypatch)


def test_missing_packages_are_named_and_known_to_the_panel(panel: Panel) -> None:
    assert "tinypkg 1.0 or newer (not installed)" in panel.words
    assert panel.section.contribute() == {"packages_missing": True}
    assert panel.button("Install packages").enabled


def test_declined_question_installs_nothing(panel: Panel) -> None:
    panel.host.answers = [False]
    panel.button("Install packages").click()
    assert "tinypkg" in panel.host.asked[0]
    assert panel.host.machine.state is PanelState.NO_FILM


def test_installation_shows_what_pip_does_and_then_goes_on(panel: Panel) -> None:
    panel.pip.write_text("import sys; print('Collecting tinypkg', flush=True); sys.stdin.read(1)")
    went_on = []
    panel.host.answers = [True]
    panel.section.ask(lambda: went_on.append(1))
    assert panel.host.machine.state is PanelState.INSTALLING
    panel.application.wait_until(lambda: "Looking for tinypkg" in panel.words)
    assert panel.section._progress.isVisible()
    assert not panel.button("Install packages").isVisible()
    panel.missing = ()
    panel.section._pip._process.send("go on")
    panel.application.wait_until(lambda: panel.host.machine.state is not PanelState.INSTALLING)
    assert panel.host.machine.state is PanelState.NO_FILM
    assert went_on == [1]
    assert panel.host.said == ["The packages are installed."]
    assert panel.section.contribute() == {"packages_missing": False}


def test_failure_is_one_readable_line_with_details(panel: Panel) -> None:
    panel.pip.write_text(OFFLINE_FAILS)
    panel.host.answers = [True]
    panel.section.ask()
    panel.application.wait_until(lambda: bool(panel.host.failed))
    text, details = panel.host.failed[0]
    assert text == "The folder holds no wheel of tinypkg that fits this Python. Add it, with the packages it needs."
    assert "No matching distribution" in details
    assert panel.host.machine.state is PanelState.FAILED
    assert panel.button("Install packages").isVisible()


def test_pip_that_says_success_while_packages_are_missing_is_no_success(panel: Panel) -> None:
    panel.pip.write_text(SUCCEEDS)
    panel.host.answers = [True]
    panel.section.ask(lambda: pytest.fail("went on without the packages"))
    panel.application.wait_until(lambda: bool(panel.host.failed))
    assert "still missing" in panel.host.failed[0][0]


def test_stop_ends_pip(panel: Panel) -> None:
    panel.pip.write_text(DOWNLOADING)
    panel.host.answers = [True]
    panel.section.ask()
    panel.application.wait_until(lambda: "tinypkg" in panel.words and "Looking" in panel.words)
    process = panel.section._pip._process
    panel.button("Stop").click()
    assert panel.host.machine.state is PanelState.CANCELLING
    panel.application.wait_until(lambda: panel.host.machine.state is PanelState.NEEDS_PACKAGES)
    assert not process.running
    assert panel.host.said == ["The installation was stopped."]
    assert panel.host.failed == []


def test_closed_panel_leaves_no_pip(panel: Panel) -> None:
    panel.pip.write_text(DOWNLOADING)
    panel.host.answers = [True]
    panel.section.ask()
    process = panel.section._pip._process
    panel.application.wait_until(lambda: process.running)
    panel.section.close()
    panel.application.wait_until(lambda: not process.running)


def test_folder_without_wheels_is_refused(panel: Panel, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    panel.application.dialogs.answer(tmp_path / "empty")
    panel.button("folder").click()
    assert "holds no wheel" in panel.host.failed[0][0]
    assert panel.host.machine.state is PanelState.NO_FILM


def test_folder_of_wheels_goes_to_pip_without_network(panel: Panel, tmp_path: Path) -> None:
    panel.pip.write_text("import sys, pathlib; pathlib.Path(__file__).with_name('said').write_text(' '.join(sys.argv))")
    (tmp_path / "tinypkg-1.0-py3-none-any.whl").touch()
    panel.application.dialogs.answer(tmp_path)
    panel.button("folder").click()
    panel.application.wait_until(lambda: (tmp_path / "said").exists() and bool(panel.host.failed))
    said = (tmp_path / "said").read_text()
    assert f"install --no-index --find-links {tmp_path} -r" in said
    constraints = Path(said.split("--constraint ")[1].split()[0])
    assert f"numpy=={metadata.version('numpy')}" in constraints.read_text().splitlines()


def test_testing_mode_installs_nothing_and_says_so(panel: Panel) -> None:
    panel.application.set_testing(True)
    panel.button("Install packages").click()
    panel.button("folder").click()
    assert [text for text, _ in panel.host.failed] == [
        "Slicer runs in testing mode, so nothing is installed. Missing: tinypkg."
    ] * 2
    assert panel.host.asked == []


def test_real_pip_installs_a_wheel_and_can_be_interrupted_by_its_input(panel_application: Any, tmp_path: Path) -> None:
    from OsteoScreenPanel.pip_process import PipProcess

    with zipfile.ZipFile(tmp_path / "tinypkg-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("tinypkg.py", "VALUE = 3\n")
        wheel.writestr("tinypkg-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinypkg\nVersion: 1.0\n")
        wheel.writestr("tinypkg-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("tinypkg-1.0.dist-info/RECORD", "")
    arguments = ["install", "--no-index", "--find-links", str(tmp_path), "--target", str(tmp_path / "into"), "--no-input"]
    pip = PipProcess([sys.executable], [*arguments, "tinypkg"])
    ended: list[bool] = []
    pip.start(lambda line: None, ended.append)
    panel_application.wait_until(lambda: bool(ended), seconds=60)
    assert ended == [True], pip.output
    assert (tmp_path / "into" / "tinypkg.py").read_text() == "VALUE = 3\n"


def test_packages_installed_from_elsewhere_are_noticed_on_the_next_click(panel: Panel) -> None:
    panel.missing = ()
    went_on = []
    panel.section.ask(lambda: went_on.append(1))
    assert went_on == [1]
    assert panel.host.asked == []
    assert panel.words == "All Python packages are installed."


def test_constraints_keep_what_is_installed_and_name_nothing_else() -> None:
    assert pinned(("numpy", "scipy", "torch"), {"NumPy": "2.0.1", "scipy": "1.14", "pip": "25"}) == "numpy==2.0.1\nscipy==1.14\n"


def test_only_a_package_that_changed_under_its_loaded_module_needs_a_restart() -> None:
    before = {"numpy": "1.0", "pytest": "1.0", "ruff": "1.0"}
    after = {"numpy": "2.0", "pytest": "1.0", "ruff": "2.0", "pynrrd": "1.0"}
    assert changed_while_loaded(before, after, loaded={"numpy", "nrrd", "pytest"}) == ("numpy",)
