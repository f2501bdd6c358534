"""Stand-in: Qt objects seen through the rules of PythonQt (README.md beside this file), over PySide6 objects."""

from __future__ import annotations

import ctypes
import enum
import inspect
import sys
import traceback
from collections.abc import Callable, Iterable
from typing import Any

import shiboken6
from PySide6 import QtCore

QObject = QtCore.QObject

# PySide6 6.12 gives back one reference too many to None for every call of a slot, and to True for every emitted signal. From
# Python 3.12 on that does no harm; before, they would be freed in the end.
if sys.version_info < (3, 12):
    _spare = [None, True, False] * 300_000
    # Kept even when the interpreter ends and clears this module.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(_spare))

# In Qt 5, or in Slicer, these signals have overloads, of which PythonQt would choose one by itself.
_OVERLOADED = {
    "QComboBox": {"currentIndexChanged", "activated", "highlighted"},
    "QSpinBox": {"valueChanged"},
    "QDoubleSpinBox": {"valueChanged"},
    "QProcess": {"finished", "error"},
    "QButtonGroup": {"buttonClicked", "buttonPressed", "buttonReleased", "buttonToggled"},
    "QCompleter": {"activated", "highlighted"},
    "qMRMLNodeComboBox": {"currentNodeChanged"},
}
# PySide6 has them; Qt does not, or (fontMetrics) not every wrapper of PythonQt.
_ONLY_PYSIDE = {"connect", "disconnect", "emit", "receivers", "toTuple", "toPython", "fontMetrics"}

errors_in_slots: list[BaseException] = []
"""Exceptions raised by Python code that a signal called; Qt goes on after them. Read and emptied by the fixture."""


class EnumValue(int):
    """A value of a Qt enumeration: an integer, as in PythonQt, that remembers what PySide6 wants instead."""

    member: enum.Enum

    def __new__(cls, member: enum.Enum) -> EnumValue:
        value = super().__new__(cls, member.value)
        value.member = member
        return value

    def __or__(self, other: int) -> Any:
        return EnumValue(self.member | other.member) if isinstance(other, EnumValue) else int(self) | other

    def __and__(self, other: int) -> Any:
        return EnumValue(self.member & other.member) if isinstance(other, EnumValue) else int(self) & other


def wrap(value: Any) -> Any:
    """A PySide6 value as PythonQt would show it."""
    if isinstance(value, enum.Enum) and type(value).__module__.startswith(("PySide6", "Testing.panel")):
        return EnumValue(value)
    if isinstance(value, (list, tuple)):
        return tuple(wrap(each) for each in value)
    if isinstance(value, dict):
        return {key: wrap(each) for key, each in value.items()}
    if isinstance(value, shiboken6.Object):
        return Wrapper(value)
    return value


def unwrap(value: Any) -> Any:
    """What PySide6 takes for a value of the panel's code."""
    if isinstance(value, Wrapper):
        return value._raw
    if isinstance(value, EnumValue):
        return value.member
    if isinstance(value, WrappedClass):
        return value._raw
    if isinstance(value, Method):
        return value.target
    if isinstance(value, (list, tuple)):
        return type(value)(unwrap(each) for each in value)
    if isinstance(value, dict):
        return {key: unwrap(each) for key, each in value.items()}
    return value


def _property_index(raw: Any, name: str) -> int:
    return raw.metaObject().indexOfProperty(name)


def _property_name(raw: Any, name: str) -> str | None:
    """The Qt property that an attribute stands for."""
    if not isinstance(raw, QObject):
        return None
    if _property_index(raw, name) >= 0:
        return name
    return "objectName" if name == "name" else None


class Wrapper:
    """An object of Qt, with PythonQt's rules for its attributes."""

    __slots__ = ("__weakref__", "_raw")

    def __init__(self, raw: Any) -> None:
        object.__setattr__(self, "_raw", raw)

    def __getattr__(self, name: str) -> Any:
        raw = self._raw
        if not shiboken6.isValid(raw):
            raise ValueError(f"Trying to read '{name}' from a destroyed {type(raw).__name__} object")
        qt_property = _property_name(raw, name)
        if qt_property is not None:
            return wrap(raw.property(qt_property))
        if name.startswith("_"):
            raise AttributeError(f"{type(raw).__name__} has no attribute named '{name}'")
        if isinstance(raw, QObject):
            if name in ("connect", "disconnect"):
                return lambda signature, function: getattr(_signal_by_signature(raw, signature), name)(function)
            if name == "className":
                return lambda: raw.metaObject().className()
            if isinstance(getattr(type(raw), name, None), QtCore.Signal):
                return Signal(raw, name)
        if name == "exec_" and hasattr(raw, "exec"):
            name = "exec"
        if name not in _ONLY_PYSIDE and callable(getattr(raw, name, None)):
            return Method(getattr(raw, name))
        if isinstance(getattr(type(raw), name, None), enum.Enum):
            return wrap(getattr(type(raw), name))
        if isinstance(raw, QObject):
            if name.encode() in [bytes(each.data()) for each in raw.dynamicPropertyNames()]:
                return wrap(raw.property(name))
            for child in raw.children():
                if child.objectName() == name:
                    return wrap(child)
        raise AttributeError(f"{type(raw).__name__} has no attribute named '{name}'")

    def __setattr__(self, name: str, value: Any) -> None:
        raw = self._raw
        if not shiboken6.isValid(raw):
            raise AttributeError(f"Trying to set property '{name}' on a destroyed {type(raw).__name__} object")
        qt_property = _property_name(raw, name)
        if qt_property is not None:
            _write(raw, qt_property, value)
        elif isinstance(raw, QObject) and name.encode() in [bytes(each.data()) for each in raw.dynamicPropertyNames()]:
            raw.setProperty(name, unwrap(value))
        else:
            raise AttributeError(
                f"'{name}' does not exist on {type(raw).__name__} and creating new attributes on C++ objects is not allowed"
            )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Wrapper):
            return False
        if isinstance(self._raw, QObject) or isinstance(other._raw, QObject):
            return self._raw is other._raw
        return bool(self._raw == other._raw)

    def __hash__(self) -> int:
        return hash(id(self._raw)) if isinstance(self._raw, QObject) else hash(self._raw)

    def __bool__(self) -> bool:
        return shiboken6.isValid(self._raw)

    def __str__(self) -> str:
        return bytes(self._raw.data()).decode() if isinstance(self._raw, QtCore.QByteArray) else repr(self)

    def __repr__(self) -> str:
        return f"<stand-in of {self._raw!r}>"


def _write(raw: Any, name: str, value: Any) -> None:
    described = raw.metaObject().property(_property_index(raw, name))
    kind = described.typeName()
    if not described.isWritable():
        raise AttributeError(f"Property '{name}' of {type(raw).__name__} object is not writable")
    fits = {
        "QString": lambda each: isinstance(each, str),
        "bool": lambda each: isinstance(each, (bool, int)),
        "int": lambda each: isinstance(each, int),
        "double": lambda each: isinstance(each, (int, float)),
        "QStringList": lambda each: isinstance(each, (list, tuple)) and all(isinstance(one, str) for one in each),
    }.get(kind, lambda each: each is not None)
    # The properties of this stand-in's own widgets are of Python's types, a list among them.
    if kind == "QVariantList":
        value = list(value)
    if not fits(value) or not raw.setProperty(name, unwrap(value)):
        raise AttributeError(
            f"Property '{name}' of type '{kind}' does not accept an object of type {type(value).__name__} ({value!r})"
        )


class Method:
    """A slot or method, bound to its object."""

    def __init__(self, target: Callable[..., Any]) -> None:
        self.target = target

    def __call__(self, *arguments: Any) -> Any:
        return wrap(self.target(*(_argument(each) for each in arguments)))


def _argument(value: Any) -> Any:
    if inspect.isroutine(value) or (callable(value) and not isinstance(value, (Wrapper, WrappedClass, Method))):
        return _slot(value, 0)
    return unwrap(value)


# PySide6 passes as many arguments as a function names.
_WITH_ARGUMENTS: tuple[Callable[..., Any], ...] = (
    lambda f: lambda: f(),
    lambda f: lambda a: f(a),
    lambda f: lambda a, b: f(a, b),
    lambda f: lambda a, b, c: f(a, b, c),
    lambda f: lambda a, b, c, d: f(a, b, c, d),
)


def _slot(function: Callable[..., Any], passed: int) -> Callable[..., None]:
    """A function as PythonQt calls it: with as many of the `passed` arguments as it has positional parameters."""
    wanted = _positional_parameters(function)

    def call(*arguments: Any) -> None:
        most = passed if wanted is None else min(wanted, passed)
        try:
            function(*(wrap(each) for each in arguments[:most]))
        except BaseException as error:
            traceback.print_exc()
            errors_in_slots.append(error)

    made: Callable[..., None] = _WITH_ARGUMENTS[passed](call)
    return made


def _passed(raw: Any, name: str) -> int:
    """How many arguments a signal has (the form with most of them)."""
    meta = raw.metaObject()
    methods = [meta.method(index) for index in range(meta.methodCount())]
    return max(each.parameterCount() for each in methods if bytes(each.name().data()).decode() == name)


def _positional_parameters(function: Callable[..., Any]) -> int | None:
    """How many arguments PythonQt passes; ``None`` for all of them."""
    code = getattr(function, "__code__", None)
    if code is None or not (inspect.isfunction(function) or inspect.ismethod(function)):
        return None
    if code.co_flags & inspect.CO_VARARGS:
        return None
    return code.co_argcount - (1 if inspect.ismethod(function) else 0)


_connections: dict[tuple[int, str], list[tuple[Any, Callable[..., None]]]] = {}


class Signal:
    """A signal of an object, by attribute."""

    def __init__(self, raw: Any, name: str, passed: int | None = None, by_signature: bool = False) -> None:
        self._bound = getattr(raw, name)
        self._key = (id(raw), name)
        self._passed = _passed(raw, name) if passed is None else passed
        overloaded = any(name in _OVERLOADED.get(each.__name__, ()) for each in type(raw).__mro__)
        if overloaded and not by_signature:
            raise AttributeError(
                f"'{name}' of {type(raw).__name__} has overloads in Slicer: connect it by signature, "
                f'object.connect("{name}(...)", function)'
            )
        if self._key not in _connections:
            _connections[self._key] = []
            raw.destroyed.connect(lambda *_, key=self._key: _connections.pop(key, None))

    def connect(self, function: Callable[..., Any]) -> bool:
        called = function.target if isinstance(function, Method) else _slot(function, self._passed)
        self._bound.connect(called)
        _connections[self._key].append((_identity(function), called))
        return True

    def disconnect(self, function: Callable[..., Any]) -> bool:
        known = _connections[self._key]
        for each in known:
            if each[0] == _identity(function):
                self._bound.disconnect(each[1])
                known.remove(each)
                return True
        return False

    def __call__(self, *arguments: Any) -> None:
        self._bound.emit(*(unwrap(each) for each in arguments))


def _identity(function: Any) -> Any:
    return function.target if isinstance(function, Method) else function


def _signal_by_signature(raw: Any, signature: str) -> Signal:
    wanted = bytes(QtCore.QMetaObject.normalizedSignature(signature).data()).decode()
    name, _, arguments = wanted.partition("(")
    passed = 0 if arguments == ")" else arguments.count(",") + 1
    own = getattr(type(raw), "SIGNATURES", {})
    if wanted in own:
        return Signal(raw, own[wanted], passed, by_signature=True)
    if raw.metaObject().indexOfSignal(wanted) < 0:
        raise ValueError(f"{type(raw).__name__} has no signal {wanted}")
    return Signal(raw, name, passed, by_signature=True)


class WrappedClass:
    """A class of Qt: constructor, static methods, enumeration values, `isinstance`."""

    def __init__(self, raw: type, replaced: dict[str, Any] | None = None) -> None:
        self._raw = raw
        self._replaced = replaced or {}
        self.__name__ = raw.__name__
        self.__doc__ = raw.__doc__

    def __call__(self, *arguments: Any, **properties: Any) -> Wrapper:
        made = Wrapper(self._raw(*(_argument(each) for each in arguments)))
        for name, value in properties.items():
            setattr(made, name, value)
        return made

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._replaced:
            return self._replaced[name]
        value = getattr(self._raw, name, None)
        if isinstance(value, enum.Enum):
            return wrap(value)
        if isinstance(value, type) and not issubclass(value, enum.Enum):
            return WrappedClass(value)
        if value is None or isinstance(value, type) or not callable(value):
            raise AttributeError(f"{self.__name__} has no attribute named '{name}' (enumerations of Qt are flat in PythonQt)")
        return Method(value)

    def __instancecheck__(self, instance: Any) -> bool:
        return isinstance(instance, Wrapper) and isinstance(instance._raw, self._raw)

    def __mro_entries__(self, bases: Iterable[Any]) -> tuple[type, ...]:
        raise TypeError(f"this stand-in does not let a Python class derive from {self.__name__}")

    def __or__(self, other: Any) -> Any:
        return Any

    __ror__ = __or__

    def __repr__(self) -> str:
        return f"<stand-in of the class {self.__name__}>"
