"""The stand-in keeps the rules of PythonQt that the panel's code must keep."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import pytest


@pytest.fixture
def qt(panel_application: Any) -> Any:
    import qt

    return qt


def test_properties_are_attributes_and_their_getters_cannot_be_called(qt: Any) -> None:
    button = qt.QPushButton("Screen")
    assert button.text == "Screen"
    button.text = "Cancel"
    assert button.text == "Cancel"
    with pytest.raises(TypeError, match="not callable"):
        button.text()
    button.setText("Screen")
    assert button.text == "Screen"


def test_enabled_has_a_getter_of_another_name(qt: Any) -> None:
    button = qt.QPushButton()
    button.enabled = False
    assert button.enabled is False
    assert button.isEnabled() is False


def test_misspelt_property_raises(qt: Any) -> None:
    button = qt.QPushButton()
    with pytest.raises(AttributeError, match="tooltip"):
        button.tooltip = "why"
    with pytest.raises(AttributeError, match="no attribute named 'tooltip'"):
        _ = button.tooltip


@pytest.mark.parametrize(("name", "value"), [("enabled", None), ("text", 3), ("text", None), ("iconSize", None)])
def test_property_takes_only_its_type(qt: Any, name: str, value: object) -> None:
    with pytest.raises(AttributeError, match="does not accept"):
        setattr(qt.QPushButton(), name, value)


def test_name_is_another_word_for_object_name_and_children_are_found_by_it(qt: Any) -> None:
    parent = qt.QWidget()
    child = qt.QLabel("here", parent)
    child.name = "note"
    assert child.objectName == "note"
    assert parent.note == child
    assert parent.note.text == "here"


def test_signal_by_attribute_and_by_signature(qt: Any) -> None:
    heard = []
    box = qt.QCheckBox()
    box.toggled.connect(lambda on: heard.append(("attribute", on)))
    box.connect("toggled(bool)", lambda on: heard.append(("signature", on)))
    box.connect("clicked()", lambda *arguments: heard.append(("no arguments", arguments)))
    box.click()
    assert heard == [("attribute", True), ("signature", True), ("no arguments", ())]


def test_function_gets_as_many_arguments_as_it_has_parameters_defaults_included(qt: Any) -> None:
    heard: list[object] = []

    class Panel:
        def plain(self) -> None:
            heard.append("plain")

        def trapped(self, films: object = "all") -> None:
            heard.append(films)

    panel = Panel()
    button = qt.QPushButton()
    button.clicked.connect(panel.plain)
    button.clicked.connect(panel.trapped)
    button.clicked.connect(partial(lambda *arguments: heard.append(arguments), "first"))
    button.click()
    assert heard == ["plain", False, ("first", False)]


def test_disconnected_function_hears_nothing(qt: Any) -> None:
    heard = []

    def hear() -> None:
        heard.append(1)

    button = qt.QPushButton()
    button.clicked.connect(hear)
    button.connect("clicked()", hear)
    button.disconnect("clicked()", hear)
    button.click()
    button.clicked.disconnect(hear)
    button.click()
    assert heard == [1]


def test_signal_that_does_not_exist_raises(qt: Any) -> None:
    with pytest.raises(ValueError, match="no signal clicked"):
        qt.QPushButton().connect("clicked(int)", print)


def test_signal_with_overloads_connects_by_signature_only(qt: Any) -> None:
    combo = qt.QComboBox()
    combo.addItems(["a", "b"])
    with pytest.raises(AttributeError, match="by signature"):
        combo.currentIndexChanged.connect(print)
    heard = []
    combo.connect("currentIndexChanged(int)", heard.append)
    combo.currentIndex = 1
    assert heard == [1]
    assert combo.currentText == "b"


def test_enumerations_are_flat_integers(qt: Any) -> None:
    assert qt.Qt.AlignLeft | qt.Qt.AlignTop == 0x21
    assert qt.QProcess.NotRunning == 0
    with pytest.raises(AttributeError, match="flat"):
        _ = qt.Qt.AlignmentFlag
    label = qt.QLabel("text")
    label.alignment = qt.Qt.AlignRight | qt.Qt.AlignVCenter
    assert label.alignment == 0x82


def test_methods_take_no_keywords_constructors_take_properties(qt: Any) -> None:
    assert qt.QLabel(text="words").text == "words"
    with pytest.raises(TypeError):
        qt.QLabel().setText(text="words")


def test_classes_know_their_instances(qt: Any) -> None:
    assert isinstance(qt.QPushButton(), qt.QWidget)
    assert not isinstance(qt.QPushButton(), qt.QLabel)
    with pytest.raises(TypeError, match="derive"):
        exec("class Mine(qt.QWidget): pass", {"qt": qt})


def test_deleted_widget_is_false_and_says_so(qt: Any, panel_application: Any) -> None:
    label = qt.QLabel("gone")
    label.deleteLater()
    panel_application.process_events()
    assert not label
    with pytest.raises(ValueError, match="destroyed"):
        _ = label.text


def test_dynamic_property(qt: Any) -> None:
    label = qt.QLabel()
    label.setProperty("SlicerParameterName", "film")
    assert label.property("SlicerParameterName") == "film"
    assert label.SlicerParameterName == "film"


def test_error_in_a_slot_does_not_reach_the_caller_but_is_kept(qt: Any, panel_application: Any) -> None:
    button = qt.QPushButton()
    button.clicked.connect(lambda: 1 / 0)
    button.click()
    assert [type(each) for each in panel_application.take_errors()] == [ZeroDivisionError]


def test_process_gives_its_output_and_exit_code(qt: Any, panel_application: Any) -> None:
    process = qt.QProcess()
    text, codes = [], []
    process.connect("readyReadStandardOutput()", lambda: text.append(bytes(process.readAllStandardOutput().data())))
    process.connect("finished(int,QProcess::ExitStatus)", lambda code, status: codes.append((code, status)))
    process.start(sys.executable, ["-c", "print('hello'); raise SystemExit(3)"])
    panel_application.wait_until(lambda: bool(codes))
    assert codes == [(3, qt.QProcess.NormalExit)]
    assert b"".join(text).strip() == b"hello"


def test_single_shot_timer(qt: Any, panel_application: Any) -> None:
    heard: list[int] = []
    qt.QTimer.singleShot(1, lambda: heard.append(1))
    panel_application.wait_until(lambda: bool(heard))


def test_question_without_an_answer_fails_and_an_answer_is_given(panel_application: Any) -> None:
    import slicer

    with pytest.raises(AssertionError, match="gave no answer"):
        slicer.util.confirmYesNoDisplay("Remove the bundle?")
    panel_application.dialogs.answer(False)
    assert slicer.util.confirmYesNoDisplay("Remove the bundle?") is False
    slicer.util.errorDisplay("It failed.", detailedText="line 3")
    assert panel_application.dialogs.shown[-1].details == "line 3"
