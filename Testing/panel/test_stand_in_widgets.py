"""The stand-ins of CTK's and Slicer's widgets, the loader of .ui files, the parameter node, and the picture."""

from pathlib import Path
from typing import Any

import pytest

UI = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0"><class>Panel</class>
<widget class="qMRMLWidget" name="Panel"><layout class="QVBoxLayout" name="all">
 <item><widget class="ctkCollapsibleButton" name="inputs"><property name="text"><string>Inputs</string></property>
  <layout class="QFormLayout" name="form">
   <item row="0" column="0"><widget class="QLabel" name="filmLabel"/></item>
   <item row="0" column="1"><widget class="qMRMLNodeComboBox" name="film">
     <property name="nodeTypes"><stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist></property>
     <property name="noneEnabled"><bool>true</bool></property>
     <property name="SlicerParameterName" stdset="0"><string>film</string></property></widget></item>
   <item row="1" column="0"><widget class="QLabel" name="ageLabel"/></item>
   <item row="1" column="1"><widget class="ctkDoubleSpinBox" name="age">
     <property name="SlicerParameterName" stdset="0"><string>age</string></property></widget></item>
   <item row="2" column="0"><widget class="ctkPathLineEdit" name="folder">
     <property name="filters"><set>ctkPathLineEdit::Dirs|ctkPathLineEdit::Readable</set></property></widget></item>
  </layout></widget></item>
 <item><widget class="QPushButton" name="screen"><property name="text"><string>Screen</string></property></widget></item>
</layout></widget>
<customwidgets>
 <customwidget><class>qMRMLWidget</class><extends>QWidget</extends><header>qMRMLWidget.h</header><container>1</container></customwidget>
</customwidgets>
<connections><connection><sender>Panel</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
 <receiver>film</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection></connections>
</ui>"""


@pytest.fixture
def panel(panel_application: Any, tmp_path: Path) -> Any:
    import slicer

    path = tmp_path / "Panel.ui"
    path.write_text(UI)
    widget = slicer.util.loadUI(str(path))
    widget.setMRMLScene(slicer.mrmlScene)
    return widget


def test_ui_file_gives_the_named_widgets_and_its_scene_connection(panel: Any) -> None:
    import slicer

    ui = slicer.util.childWidgetVariables(panel)
    assert ui.screen.text == "Screen"
    assert ui.film.className() == "qMRMLNodeComboBox"
    assert ui.film.mrmlScene() is slicer.mrmlScene
    assert ui.film.enabled
    assert ui.folder.filters == 0x11


def test_ui_file_with_a_misspelt_property_or_unknown_class_is_refused(panel_application: Any, tmp_path: Path) -> None:
    import slicer

    path = tmp_path / "Wrong.ui"
    path.write_text(UI.replace('name="noneEnabled"', 'name="noneEnable"'))
    with pytest.raises(ValueError, match="noneEnable"):
        slicer.util.loadUI(str(path))
    path.write_text(UI.replace('class="ctkDoubleSpinBox"', 'class="ctkDoubleSpinner"'))
    with pytest.raises(ValueError, match="ctkDoubleSpinner"):
        slicer.util.loadUI(str(path))


def test_node_selector_follows_the_scene(panel: Any) -> None:
    import slicer

    film = panel.inputs.film

    heard: list[Any] = []
    film.connect("currentNodeChanged(vtkMRMLNode*)", heard.append)
    assert film.currentNode() is None
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hand")
    slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode", "table")
    assert film.nodeCount() == 1
    film.setCurrentNode(node)
    assert film.currentNode() is node
    assert heard == [node]
    slicer.mrmlScene.RemoveNode(node)
    assert film.currentNode() is None
    assert heard == [node, None]
    slicer.mrmlScene.Clear(False)
    assert film.nodeCount() == 0


def test_selector_without_none_takes_the_first_node(panel: Any) -> None:
    import slicer

    film = panel.inputs.film

    film.noneEnabled = False
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hand")
    assert film.currentNode() is node
    assert film.currentNodeID == node.GetID()


def test_collapsible_button_hides_its_contents_by_property_only(panel: Any) -> None:
    heard: list[bool] = []
    panel.show()
    inputs = panel.inputs
    inputs.contentsCollapsed.connect(heard.append)
    inputs.collapsed = True
    assert not inputs.film.isVisible()
    inputs.collapsed = False
    assert inputs.film.isVisible()
    assert heard == [True, False]
    with pytest.raises(AttributeError, match="setCollapsed"):
        inputs.setCollapsed(True)


def test_parameter_node_keeps_values_and_binds_widgets(panel: Any) -> None:
    from typing import Annotated

    import slicer
    from slicer.parameterNodeWrapper import WithinRange, parameterNodeWrapper

    @parameterNodeWrapper
    class Parameters:
        film: slicer.vtkMRMLScalarVolumeNode
        age: Annotated[float, WithinRange(0, 120)] = 60.0

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")
    parameters = Parameters(node)
    ui = slicer.util.childWidgetVariables(panel)
    tag = parameters.connectParametersToGui({"film": ui.film, "age": ui.age})
    assert ui.age.value == 60.0
    ui.age.value = 71.0
    assert parameters.age == 71.0
    film = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "hand")
    ui.film.setCurrentNode(film)
    assert parameters.film is film
    assert Parameters(node).age == 71.0
    parameters.age = 50.0
    assert ui.age.value == 50.0
    parameters.disconnectGui(tag)
    ui.age.value = 30.0
    assert parameters.age == 50.0


def test_picture_is_as_wide_as_asked(panel: Any, tmp_path: Path) -> None:
    from PIL import Image

    from Testing.panel.stand_in.picture import picture

    with Image.open(picture(panel, tmp_path / "panel.png", width=450)) as image:
        assert image.size[0] == 450
        assert len(image.convert("L").getcolors()) > 3


def test_layout_manager_has_the_real_layout_node(panel_application: Any) -> None:
    import slicer

    manager = slicer.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    assert "Red" in manager.sliceViewNames()
    assert manager.sliceWidget("Red").mrmlSliceNode().GetName() == "Red"
