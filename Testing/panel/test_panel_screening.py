"""Screen and Cancel on the panel: what is enabled and why not, progress, every end of a run, and nothing left behind."""

from typing import Any

import pytest

from OsteoScreenLib.classification.values import State


def test_without_a_film_the_button_says_what_to_do_first(opened: Any) -> None:
    assert not opened.ui.screenButton.enabled
    assert "film" in opened.ui.screenButton.toolTip
    assert opened.state == "no_film"
    film = opened.add_film()
    opened.choose(film)
    assert opened.ui.screenButton.enabled
    assert "Screen this film" in opened.ui.screenButton.toolTip
    assert opened.state == "ready"
    assert "press Screen" in opened.text


def test_opening_the_module_chooses_the_only_film(opened: Any) -> None:
    film = opened.add_film()
    opened.widget.exit()
    opened.widget.enter()
    assert opened.panel.film is film


def test_progress_is_shown_while_the_worker_works_and_not_afterwards(opened: Any) -> None:
    ui = opened.ui
    opened.choose(opened.add_film())
    assert not ui.progressBar.visible
    opened.press_screen()
    assert opened.state == "screening"
    opened.worker.stage("segmentation", 0.4)
    assert (ui.progressBar.value, ui.stageLabel.text) == (40, "Outlining the bones")
    assert "Cancel" in ui.screenButton.text
    assert not ui.openFilmButton.enabled
    assert not ui.filmSelector.enabled
    assert "Cancel" in ui.filmSelector.toolTip
    opened.worker.finish(opened.worker.result_of_job(state=State.CONSIDER_DXA))
    opened.settle()
    assert opened.state == "ready"
    assert "Screen" in ui.screenButton.text
    assert not ui.progressBar.isVisibleTo(opened.panel.root)
    assert "Consider DXA" in opened.text


def test_the_job_carries_the_film_and_the_users_word(opened: Any) -> None:
    film = opened.add_film()
    opened.choose(film)
    opened.ui.spacingSpinBox.value = 0.2
    opened.ui.sideComboBox.currentIndex = 2
    opened.ui.invertComboBox.currentIndex = 1
    opened.ui.ageSpinBox.value = 71
    opened.ui.sexComboBox.currentIndex = 1
    opened.ui.seedSpinBox.value = 5
    opened.press_screen()
    job = opened.worker.job
    assert (job.spacing_mm, job.invert, job.side.value, job.age_years, job.sex, job.seed) == (0.2, True, "right", 71, "F", 5)
    assert not job.scene
    assert not job.report
    opened.worker.finish(opened.worker.result_of_job())
    opened.settle()


def test_cancel_ends_the_worker_and_leaves_nothing(opened: Any) -> None:
    opened.choose(opened.add_film())
    nodes = opened.scene.GetNumberOfNodes()
    opened.press_screen()
    opened.ui.screenButton.click()
    assert opened.state == "cancelling"
    assert not opened.ui.screenButton.enabled
    opened.wait_until(lambda: opened.state == "ready")
    assert "Cancelled" in opened.ui.messageLabel.text
    assert not opened.worker.processes[-1].running
    assert opened.worker.input_closed
    assert opened.scene.GetNumberOfNodes() == nodes
    assert opened.worker.leftovers == []


def test_a_worker_that_does_not_listen_is_killed(opened: Any) -> None:
    opened.worker.stubborn = True
    opened.choose(opened.add_film())
    opened.press_screen()
    opened.panel.cancel()
    opened.wait_until(lambda: opened.state == "ready")
    assert not opened.worker.processes[-1].running


def test_after_cancelling_the_next_run_has_a_new_worker(opened: Any) -> None:
    film = opened.add_film()
    opened.choose(film)
    opened.press_screen()
    opened.panel.cancel()
    opened.wait_until(lambda: opened.state == "ready")
    opened.screened(film)
    assert len(opened.worker.processes) == 2


def test_a_dead_worker_shows_one_line_and_its_last_lines_behind_a_button(opened: Any) -> None:
    ui = opened.ui
    opened.choose(opened.add_film())
    opened.press_screen()
    opened.worker.stage("reading", 0.0)
    opened.worker.die(1, "first\nValueError: no such thing\n")
    opened.settle()
    assert opened.state == "failed"
    assert "ValueError: no such thing" in ui.messageLabel.text
    assert ui.messageFrame.visible
    assert not ui.messageDetails.visible
    ui.messageDetailsButton.checked = True
    assert ui.messageDetails.visible
    assert ui.messageDetails.plainText == "first\nValueError: no such thing"
    assert ui.screenButton.enabled
    ui.messageCloseButton.click()
    assert not ui.messageFrame.visible


def test_a_worker_that_died_while_it_waited_is_replaced_without_a_word(opened: Any) -> None:
    film = opened.add_film()
    opened.screened(film)
    opened.press_screen()
    opened.worker.die(-9, "")
    opened.wait_until(lambda: len(opened.worker.jobs) == 3)
    opened.worker.finish(opened.worker.result_of_job(state=State.NOT_FLAGGED))
    opened.settle()
    assert "Not flagged" in opened.text
    assert not opened.ui.messageFrame.visible


def test_a_refusal_is_shown_and_the_next_run_clears_it(opened: Any) -> None:
    film = opened.add_film()
    opened.choose(film)
    opened.press_screen()
    opened.worker.refuse("hand.png: is no radiograph. Choose another film.")
    opened.settle()
    assert opened.ui.messageLabel.text == "hand.png: is no radiograph. Choose another film."
    assert not opened.ui.messageDetailsButton.visible
    opened.screened(film)
    assert not opened.ui.messageFrame.visible


def test_deleting_the_film_during_a_run_ends_it_silently(opened: Any) -> None:
    film = opened.add_film()
    opened.choose(film)
    opened.press_screen()
    opened.scene.RemoveNode(film)
    opened.wait_until(lambda: opened.state == "no_film")
    assert not opened.ui.messageFrame.visible
    opened.settle()
    assert not opened.worker.processes[-1].running
    assert opened.worker.leftovers == []
    assert not opened.ui.screenButton.enabled


def test_deleting_another_node_during_a_run_changes_nothing(opened: Any) -> None:
    other = opened.add_film("other")
    film = opened.add_film()
    opened.choose(film)
    opened.press_screen()
    opened.scene.RemoveNode(other)
    opened.settle()
    assert opened.state == "screening"
    opened.worker.finish(opened.worker.result_of_job())
    opened.settle()
    assert opened.panel.result is not None


@pytest.mark.parametrize("after", [0, 1])
def test_closing_the_scene_during_a_run_ends_it_silently(opened: Any, after: int) -> None:
    """Before and after the worker has its job."""
    opened.choose(opened.add_film())
    if after:
        opened.press_screen()
    else:
        opened.ui.screenButton.click()
    opened.scene.Clear(False)
    opened.settle()
    assert opened.state == "no_film"
    assert not opened.ui.messageFrame.visible
    assert opened.worker.leftovers == []
    assert all(not each.running for each in opened.worker.processes)
    opened.screened(opened.add_film("next"))


def test_closing_the_panel_during_a_run_leaves_no_process(opened: Any) -> None:
    opened.choose(opened.add_film())
    opened.press_screen()
    opened.close()
    assert not opened.worker.processes[-1].running
    assert opened.worker.leftovers == []


def test_quitting_slicer_closes_the_panel(opened: Any) -> None:
    import slicer

    opened.choose(opened.add_film())
    opened.press_screen()
    slicer.app.aboutToQuit()
    opened.settle()
    assert opened.widget.panel is None
    assert not opened.worker.processes[-1].running


def test_screening_again_updates_nodes_and_adds_none(opened: Any) -> None:
    film = opened.add_film()
    opened.screened(film, state=State.INDETERMINATE)
    nodes = sorted(opened.scene.GetNthNode(index).GetID() for index in range(opened.scene.GetNumberOfNodes()))
    opened.screened(film, state=State.NOT_FLAGGED)
    assert sorted(opened.scene.GetNthNode(index).GetID() for index in range(opened.scene.GetNumberOfNodes())) == nodes
    assert "Not flagged" in opened.text


def test_notes_of_the_worker_are_shown(opened: Any) -> None:
    opened.choose(opened.add_film())
    opened.press_screen()
    opened.worker.finish(opened.worker.result_of_job(), notes=["The report was left out."])
    opened.settle()
    assert opened.ui.messageLabel.text == "The report was left out."


def test_a_film_of_another_size_than_its_result_is_a_failure_in_words(opened: Any) -> None:
    from Testing.screening_results import make_screening_result

    opened.choose(opened.add_film())
    opened.press_screen()
    opened.worker.finish(make_screening_result(shape=(120, 90))[0])
    opened.settle()
    assert opened.state == "failed"
    assert "pixels" in opened.ui.messageLabel.text


def test_open_film_lets_the_worker_read_and_shows_the_film(opened: Any) -> None:
    from Testing.screening_results import make_screening_result

    opened.application.dialogs.answer("/films/hand.dcm")
    opened.ui.openFilmButton.click()
    opened.wait_until(lambda: opened.worker.jobs)
    assert opened.state == "reading"
    assert (opened.worker.job.kind, str(opened.worker.job.film)) == ("read", "/films/hand.dcm")
    opened.worker.finish_reading(make_screening_result()[1])
    opened.settle()
    assert opened.state == "ready"
    assert opened.panel.film is not None
    assert opened.panel.film is opened.ui.filmSelector.currentNode()
    assert "0.14 x 0.15 mm" in opened.ui.spacingLabel.text
    assert opened.ui.sideComboBox.currentText == "Left, as the film says"


def test_keys_work_in_the_panel(opened: Any) -> None:
    keys = opened.panel._keys()
    opened.choose(opened.add_film())
    keys["Esc"]()
    assert opened.state == "ready"
    keys["Ctrl+Return"]()
    opened.wait_until(lambda: opened.worker.jobs)
    keys["Ctrl+Return"]()
    assert opened.state == "screening"
    keys["Esc"]()
    opened.wait_until(lambda: opened.state == "ready")


def test_without_keeping_warm_the_worker_ends_with_its_film(opened: Any) -> None:
    from OsteoScreenPanel.parameters import keeps_warm

    opened.choose(opened.add_film())
    opened.settle()
    assert opened.worker.processes[-1].running
    opened.ui.keepWarmCheckBox.click()
    opened.settle()
    assert not opened.worker.processes[-1].running
    assert not keeps_warm()
    opened.ui.keepWarmCheckBox.click()
    assert keeps_warm()


def test_whoever_only_looks_gets_no_process(opened: Any) -> None:
    opened.add_film()
    opened.widget.exit()
    opened.widget.enter()
    opened.settle()
    assert opened.worker.processes == []
    opened.screened(opened.panel.film)
    opened.widget.exit()
    opened.panel.logic.close()
    opened.settle()
    opened.widget.enter()
    opened.settle()
    assert opened.worker.processes[-1].running


def test_missing_packages_are_asked_for_and_then_the_film_is_screened(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from OsteoScreenLib.workflow.packages import Requirement

    installation = opened.panel._installation
    asked: list[Any] = []
    monkeypatch.setattr(installation, "missing", lambda: (Requirement("openvino", "2025.0"),))
    monkeypatch.setattr(installation, "ask", lambda then=None: asked.append(then))
    opened.panel.refresh()
    opened.ui.screenButton.click()
    asked.pop()()
    asked.pop()
    opened.choose(opened.add_film())
    assert opened.state == "needs_packages"
    assert opened.ui.packagesFrame.visible
    assert opened.ui.screenButton.enabled
    assert "Installs the Python packages first" in opened.ui.screenButton.toolTip
    opened.ui.screenButton.click()
    assert opened.worker.jobs == []
    (then,) = asked
    monkeypatch.undo()
    opened.panel.refresh()
    assert not opened.ui.packagesFrame.visible
    then()
    opened.wait_until(lambda: opened.worker.jobs)
    assert opened.state == "screening"
    opened.worker.finish(opened.worker.result_of_job())
    opened.settle()


def test_screening_without_a_film_after_an_installation_says_what_to_do(opened: Any) -> None:
    opened.panel.screen()
    assert opened.ui.messageLabel.text == "Choose a film first."
