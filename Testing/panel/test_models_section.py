"""The section with the model bundles: what it lists, what its card says, and every way a bundle comes and goes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.bundle.library import BundleLibrary
from OsteoScreenLib.bundle.location import DEFAULT_BUNDLE
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.worker import FetchJob
from OsteoScreenLib.workflow.model_list import download_fault, fault_of
from OsteoScreenLib.workflow.states import PanelState
from Testing.band_bundle import write_band_bundle
from Testing.panel.recording_host import RecordingHost

ADDRESS = "https://example.org/model.zip"
HASH = "a" * 64


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A small own bundle outside the library."""
    return write_band_bundle(tmp_path / "band")


class Panel:
    def __init__(self, application: Any, folder: Path) -> None:
        import qt
        from OsteoScreenPanel.models import ModelsSection

        self.application = application
        library = BundleLibrary(DEFAULT_BUNDLE.parent, folder / "own")
        self.host = RecordingHost(application.scene, folder, library=library)
        self.widget = qt.QWidget()
        self.section = ModelsSection(qt.QVBoxLayout(self.widget), self.host)
        self.host.sections.append(self.section)
        self.host.refresh()

    @property
    def ui(self) -> Any:
        return self.section._ui

    @property
    def lines(self) -> list[str]:
        return [self.ui.modelList.item(row).text() for row in range(self.ui.modelList.count)]

    @property
    def card(self) -> str:
        return str(self.ui.modelCard.toPlainText())


@pytest.fixture
def panel(panel_application: Any, tmp_path: Path) -> Panel:
    return Panel(panel_application, tmp_path)


def added(panel: Panel, bundle: Path) -> None:
    panel.application.dialogs.answer(bundle)
    panel.ui.addModelFolderButton.click()
    assert panel.host.failed == []


def test_shipped_model_is_listed_in_use_and_its_card_says_what_it_is(panel: Panel) -> None:
    assert len(panel.lines) == 1
    assert panel.lines[0].endswith("in use, shipped")
    shipped = load_bundle()
    assert shipped.training_data in panel.card
    assert shipped.sha256 in panel.card
    assert all(limit in panel.card for limit in shipped.limits)
    assert "Not a medical device" in panel.card
    assert not panel.ui.removeModelButton.enabled
    assert "cannot be removed" in panel.ui.removeModelButton.toolTip


def test_own_model_is_added_used_remembered_and_removed(panel: Panel, bundle: Path) -> None:
    import slicer
    from OsteoScreenPanel.chosen_bundle import saved_bundle

    added(panel, bundle)
    assert len(panel.lines) == 2
    assert panel.lines[1].endswith("own")
    panel.ui.useModelButton.click()
    assert panel.host.bundle is not None
    assert panel.host.bundle.parent == panel.host.library.own
    assert saved_bundle() == panel.host.bundle
    assert slicer.app.userSettings().value("OsteoScreen/Bundle") == str(panel.host.bundle)
    assert "in use" in panel.lines[1]
    panel.host.answers = [False, True]
    panel.ui.removeModelButton.click()
    assert len(panel.lines) == 2
    panel.ui.removeModelButton.click()
    assert len(panel.lines) == 1
    assert panel.host.bundle is None
    assert saved_bundle() is None
    assert bundle.is_dir(), "the user's own copy is not touched"


def test_model_that_is_gone_is_not_taken_up_again(panel: Panel, bundle: Path) -> None:
    from OsteoScreenPanel.chosen_bundle import save_bundle, saved_bundle

    save_bundle(bundle)
    assert saved_bundle() == bundle
    shutil.rmtree(bundle)
    assert saved_bundle() is None


def test_verify_finds_a_changed_file_and_use_refuses_it(panel: Panel, bundle: Path) -> None:
    added(panel, bundle)
    panel.ui.verifyModelButton.click()
    assert "every file has the hash" in panel.host.said[-1]
    copy = next(path for path in panel.host.library.own.iterdir() if not path.name.startswith("."))
    (copy / "segmentation.onnx").write_bytes(b"changed")
    panel.ui.verifyModelButton.click()
    assert "SHA-256" in panel.host.failed[-1][0]
    assert "faulty" in panel.lines[1]
    assert "cannot be used" in panel.card
    panel.ui.useModelButton.click()
    assert panel.host.bundle is None


def test_chosen_model_that_vanished_stops_screening(panel: Panel, bundle: Path) -> None:
    added(panel, bundle)
    panel.ui.useModelButton.click()
    chosen = panel.host.bundle
    assert panel.section.contribute()["bundle_fault"] is None
    assert fault_of((), chosen) is not None


def test_zip_and_folder_that_are_no_models_are_refused_in_one_line(panel: Panel, tmp_path: Path) -> None:
    (tmp_path / "wrong.zip").write_bytes(b"no zip")
    panel.application.dialogs.answer(tmp_path / "wrong.zip", tmp_path)
    panel.ui.addModelZipButton.click()
    panel.ui.addModelFolderButton.click()
    assert len(panel.host.failed) == 2
    assert all("\n" not in text for text, _ in panel.host.failed)
    assert len(panel.lines) == 1


def test_download_runs_in_the_worker_and_the_model_is_marked(panel: Panel, bundle: Path) -> None:
    def fetch(job: Any) -> tuple[Path, None, tuple[str, ...]]:
        return panel.host.library.add_folder(bundle).folder, None, ()

    assert not panel.ui.downloadModelButton.enabled
    assert panel.ui.downloadModelButton.toolTip == "Enter the model's address first"
    panel.ui.modelAddress.text = ADDRESS
    panel.ui.modelHash.text = HASH
    panel.ui.downloadModelButton.click()
    assert panel.host.jobs == [FetchJob(ADDRESS, panel.host.library.own, HASH)]
    assert panel.host.machine.state is PanelState.FETCHING
    assert not panel.ui.useModelButton.enabled
    panel.host.work = fetch
    panel.host.finish()
    assert len(panel.lines) == 2
    assert panel.ui.modelList.currentRow == 1
    assert panel.host.bundle is None, "a download changes nothing before the user says so"


def test_refused_download_is_told_and_changes_nothing(panel: Panel) -> None:
    def fetch(job: Any) -> Any:
        raise BundleError(ADDRESS, "SHA-256 is bbbb..., expected aaaa...", "Get it again from where it was published")

    panel.host.work = fetch
    panel.ui.modelAddress.text = ADDRESS
    panel.ui.downloadModelButton.click()
    assert "SHA-256" in panel.host.failed[-1][0]
    assert len(panel.lines) == 1


@pytest.mark.parametrize(
    ("address", "sha256", "words"),
    [
        ("ftp://example.org/x.zip", "", "The address must be"),
        ("nonsense", "", "The address must be"),
        (ADDRESS, "abc", "The SHA-256 must be 64 hexadecimal digits"),
    ],
)
def test_address_or_hash_that_cannot_be_is_told_before_anything_is_asked_for(
    panel: Panel, address: str, sha256: str, words: str
) -> None:
    panel.ui.modelAddress.text = address
    panel.ui.modelHash.text = sha256
    panel.ui.downloadModelButton.click()
    assert words in panel.host.failed[-1][0]
    assert panel.host.jobs == []
    assert download_fault(ADDRESS, "") is None
