"""Stand-in: widgets of CTK, with the names of the real headers (Libs/Widgets/ctk*.h); what is not here does not exist here.

Only properties, slots, signals and invokable methods are public, as PythonQt sees them. Names with an underscore are internal.
"""

from __future__ import annotations

from typing import Any

from PySide6 import QtCore, QtGui, QtWidgets

from Testing.panel.stand_in.stored_property import stored

Signal = QtCore.Signal


class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header line; what is in its layout is hidden while collapsed."""

    contentsCollapsed = Signal(bool)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[each for each in arguments if isinstance(each, QtWidgets.QWidget)])
        for each in arguments:
            if isinstance(each, str):
                self.setText(each)
        self.setCheckable(True)
        self.setChecked(True)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.MinimumExpanding, QtWidgets.QSizePolicy.Policy.Preferred)
        self.setContentsMargins(0, self._header(), 0, 0)
        self.toggled.connect(self._collapse)

    def _header(self) -> int:
        return self.fontMetrics().height() + 8

    def _collapse(self, open_: bool) -> None:
        for child in self.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindChildOption.FindDirectChildrenOnly):
            if not child.isWindow():
                if not open_:
                    child.setProperty("hiddenBefore", child.isHidden())
                    child.hide()
                elif not child.property("hiddenBefore"):
                    child.show()
        self.setMaximumHeight(16777215 if open_ else self._header() + 2)
        self.updateGeometry()
        self.contentsCollapsed.emit(not open_)

    collapsed = QtCore.Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))
    collapsedHeight = stored("int", "collapsedHeight", 10)
    contentsFrameShape = stored("int", "contentsFrameShape", 0)
    contentsFrameShadow = stored("int", "contentsFrameShadow", 16)
    contentsLineWidth = stored("int", "contentsLineWidth", 1)
    contentsMidLineWidth = stored("int", "contentsMidLineWidth", 0)
    buttonTextAlignment = stored("int", "buttonTextAlignment", 0x81)
    indicatorAlignment = stored("int", "indicatorAlignment", 0x81)

    def hitButton(self, position: QtCore.QPoint) -> bool:
        return position.y() < self._header()

    def sizeHint(self) -> QtCore.QSize:
        if self.layout() is None or not self.isChecked():
            return QtCore.QSize(self.fontMetrics().horizontalAdvance(self.text()) + 40, self._header() + 2)
        return self.layout().totalSizeHint()

    def minimumSizeHint(self) -> QtCore.QSize:
        if self.layout() is None or not self.isChecked():
            return self.sizeHint()
        return self.layout().totalMinimumSize()

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        painter = QtWidgets.QStylePainter(self)
        option = QtWidgets.QStyleOptionButton()
        option.initFrom(self)
        option.rect = QtCore.QRect(0, 0, self.width(), self._header())
        painter.drawPrimitive(QtWidgets.QStyle.PrimitiveElement.PE_PanelButtonCommand, option)
        arrow = QtWidgets.QStyleOption()
        arrow.initFrom(self)
        arrow.rect = QtCore.QRect(6, self._header() // 2 - 5, 10, 10)
        shapes = QtWidgets.QStyle.PrimitiveElement
        painter.drawPrimitive(shapes.PE_IndicatorArrowDown if self.isChecked() else shapes.PE_IndicatorArrowRight, arrow)
        painter.drawItemText(option.rect.adjusted(22, 0, 0, 0), 0x81, self.palette(), self.isEnabled(), self.text())


class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    """A group box whose contents are hidden while it is not checked."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.setCheckable(True)
        self.toggled.connect(self._collapse)

    def _collapse(self, open_: bool) -> None:
        for child in self.findChildren(QtWidgets.QWidget, options=QtCore.Qt.FindChildOption.FindDirectChildrenOnly):
            child.setVisible(open_)

    collapsed = QtCore.Property(bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value))
    collapsedHeight = stored("int", "collapsedHeight", 14)


class ctkPathLineEdit(QtWidgets.QWidget):
    """A line for a path, with a browse button."""

    validInputChanged = Signal(bool)
    currentPathChanged = Signal(str)

    Dirs, Files, Drives, NoSymLinks, AllEntries, TypeMask = 0x001, 0x002, 0x004, 0x008, 0x007, 0x00F
    Readable, Writable, Executable, PermissionMask = 0x010, 0x020, 0x040, 0x070
    Modified, Hidden, System, AccessMask, AllDirs = 0x080, 0x100, 0x200, 0x3F0, 0x400
    CaseSensitive, NoDotAndDotDot, NoDot, NoDotDot, NoFilter = 0x800, 0x1000, 0x2000, 0x4000, -1
    ShowDirsOnly, DontResolveSymlinks, DontConfirmOverwrite, DontUseSheet = 1, 2, 4, 8
    DontUseNativeDialog, ReadOnly, HideNameFilterDetails = 16, 32, 64
    AdjustToContents, AdjustToContentsOnFirstShow, AdjustToMinimumContentsLength = 0, 1, 2

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[each for each in arguments if isinstance(each, QtWidgets.QWidget)])
        self._line = QtWidgets.QLineEdit()
        self._browse = QtWidgets.QToolButton()
        self._browse.setText("...")
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line)
        layout.addWidget(self._browse)
        self._line.textChanged.connect(self.currentPathChanged)
        self.setFocusProxy(self._line)

    label = stored("QString", "label", "")
    filters = stored("int", "filters", 0x007)
    currentPath = QtCore.Property(str, lambda self: self._line.text(), lambda self, value: self._line.setText(value))
    options = stored("int", "options", 0)
    settingKey = stored("QString", "settingKey", "")
    showBrowseButton = stored("bool", "showBrowseButton", True, lambda self, value: self._browse.setVisible(value))
    showHistoryButton = stored("bool", "showHistoryButton", True)
    sizeAdjustPolicy = stored("int", "sizeAdjustPolicy", 1)
    minimumContentsLength = stored("int", "minimumContentsLength", 0)
    nameFilters = stored("QStringList", "nameFilters", [])

    def setCurrentPath(self, path: str) -> None:
        self._line.setText(path)

    def retrieveHistory(self) -> None:
        """There is no history here."""

    def addCurrentPathToHistory(self) -> None:
        """There is no history here."""


class ctkDirectoryButton(QtWidgets.QWidget):
    """A button that chooses a folder."""

    directoryChanged = Signal(str)
    directorySelected = Signal(str)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*[each for each in arguments if isinstance(each, QtWidgets.QWidget)])
        self._button = QtWidgets.QPushButton()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._button)

    def _set_directory(self, path: str) -> None:
        changed = path != getattr(self, "_directory", ".")
        self._directory = path
        self._button.setText(path)
        self.directorySelected.emit(path)
        if changed:
            self.directoryChanged.emit(path)

    directory = QtCore.Property(str, lambda self: getattr(self, "_directory", "."), _set_directory)
    acceptMode = stored("int", "acceptMode", 0)
    caption = stored("QString", "caption", "")
    text = stored("QString", "text", "", lambda self, value: self._button.setText(value))
    elideMode = stored("int", "elideMode", 1)
    options = stored("int", "options", 1)


class ctkSliderWidget(QtWidgets.QWidget):
    """A slider and a spin box for one number."""

    valueChanged = Signal(float)
    valueIsChanging = Signal(float)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._slider.setRange(0, 1000)
        self._spin = QtWidgets.QDoubleSpinBox()
        self._spin.setRange(0.0, 100.0)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin)
        self._spin.valueChanged.connect(self._spun)
        self._slider.valueChanged.connect(self._slid)
        self.setFocusProxy(self._spin)

    def _span(self) -> float:
        return max(self._spin.maximum() - self._spin.minimum(), 1e-12)

    def _set_step(self, value: float) -> None:
        if abs(value) > self._spin.maximum() - self._spin.minimum():
            raise ValueError(f"ctkSliderWidget::setSingleStep() {value} is out of bounds")  # the real one warns and ignores it
        self._spin.setSingleStep(value)

    def _spun(self, value: float) -> None:
        self._slider.blockSignals(True)
        self._slider.setValue(round(1000 * (value - self._spin.minimum()) / self._span()))
        self._slider.blockSignals(False)
        self.valueChanged.emit(value)

    def _slid(self, position: int) -> None:
        self._spin.setValue(self._spin.minimum() + self._span() * position / 1000)

    decimals = QtCore.Property(int, lambda self: self._spin.decimals(), lambda self, value: self._spin.setDecimals(value))
    singleStep = QtCore.Property(float, lambda self: self._spin.singleStep(), lambda self, value: self._set_step(value))
    pageStep = stored("double", "pageStep", 10.0)
    minimum = QtCore.Property(float, lambda self: self._spin.minimum(), lambda self, value: self._spin.setMinimum(value))
    maximum = QtCore.Property(float, lambda self: self._spin.maximum(), lambda self, value: self._spin.setMaximum(value))
    value = QtCore.Property(float, lambda self: self._spin.value(), lambda self, value: self._spin.setValue(value))
    prefix = QtCore.Property(str, lambda self: self._spin.prefix(), lambda self, value: self._spin.setPrefix(value))
    suffix = QtCore.Property(str, lambda self: self._spin.suffix(), lambda self, value: self._spin.setSuffix(value))
    tickInterval = stored("double", "tickInterval", 0.0)
    tickPosition = stored("int", "tickPosition", 0)
    autoSpinBoxWidth = stored("bool", "autoSpinBoxWidth", True)
    spinBoxAlignment = stored("int", "spinBoxAlignment", 1)
    tracking = stored("bool", "tracking", True)
    spinBoxVisible = stored("bool", "spinBoxVisible", True, lambda self, value: self._spin.setVisible(value))
    popupSlider = stored("bool", "popupSlider", False, lambda self, value: self._slider.setVisible(not value))

    def reset(self) -> None:
        self._spin.setValue(0.0)

    def setValue(self, value: float) -> None:
        self._spin.setValue(value)

    def setSpinBoxVisible(self, visible: bool) -> None:
        self._spin.setVisible(visible)


class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    """A spin box for a number with decimals."""

    invertedControls = stored("bool", "invertedControls", False)


class ctkComboBox(QtWidgets.QComboBox):
    """A combo box with a text for "nothing chosen"."""

    defaultText = stored("QString", "defaultText", "", lambda self, value: self.setPlaceholderText(value))
    forceDefault = stored("bool", "forceDefault", False)
    elideMode = stored("int", "elideMode", 3)
    scrollWheelEffect = stored("int", "scrollWheelEffect", 1)

    NeverScroll, AlwaysScroll, ScrollWithFocus, ScrollWithNoVScrollBar = 0, 1, 2, 3

    def _set_data(self, text: str) -> None:
        self.setCurrentIndex(self.findData(text))

    currentUserDataAsString = QtCore.Property(str, lambda self: str(self.currentData() or ""), _set_data)

    def setCurrentUserDataAsString(self, text: str) -> None:
        self._set_data(text)


class ctkFittedTextBrowser(QtWidgets.QTextBrowser):
    """A text as high as its contents."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.setVerticalScrollBarPolicy(QtCore.Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        policy = self.sizePolicy()
        policy.setHeightForWidth(True)
        policy.setVerticalPolicy(QtWidgets.QSizePolicy.Policy.Minimum)
        self.setSizePolicy(policy)
        self.textChanged.connect(self._fit)

    def resizeEvent(self, event: QtGui.QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        document = self.document()
        document.setTextWidth(self.viewport().width())
        self.setFixedHeight(int(document.size().height()) + 2 * self.frameWidth() + 2)


class ctkMessageBox(QtWidgets.QMessageBox):
    """Constructed by nobody in a test: message boxes are recorded (dialogs.py)."""

    dontShowAgain = stored("bool", "dontShowAgain", False)
    dontShowAgainSettingsKey = stored("QString", "dontShowAgainSettingsKey", "")
    dontShowAgainVisible = stored("bool", "dontShowAgainVisible", False)
