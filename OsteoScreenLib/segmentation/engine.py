"""Runs ONNX graphs: one small interface, OpenVINO behind it by default, ONNX Runtime where it is installed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from OsteoScreenLib.errors import BundleError, UsageError

Arrays = dict[str, np.ndarray]

_KEPT_GRAPHS = 4
"""Compiled graphs kept at a time: segmentation and classification of two bundles."""


class InferenceEngine(Protocol):
    """Anything that runs an ONNX graph."""

    name: str

    def prepare(self, graph: Path) -> None:
        """Compile a graph in advance, so that its first run is a quick one. Raises `BundleError` where it cannot be read."""
        ...

    def run(self, graph: Path, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Outputs by name for inputs by name. Raises `BundleError` where the graph cannot be read or run."""
        ...


class OpenVinoEngine:
    """OpenVINO on the CPU, float32, low latency.

    A graph is compiled once, with the free shapes it has, and kept. Compiled per shape the segmentation network ran no faster,
    cost .1 to .2 s more for every new film shape, and five shapes held 959 MB instead of 396 MB.
    """

    name = "openvino"

    def __init__(self, threads: int = 2, precision: str = "f32") -> None:
        self._core: Any = None
        self._settings = {
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }
        self._requests: OrderedDict[tuple[str, int, int], Any] = OrderedDict()

    def prepare(self, graph: Path) -> None:
        """Compile a graph in advance. Raises `BundleError` where it cannot be read."""
        try:
            self._request(graph)
        except RuntimeError as error:
            raise _unusable(graph, {}, error) from error

    def run(self, graph: Path, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Outputs by name for inputs by name. Raises `BundleError` where the graph cannot be read or run."""
        shapes = {name: value.shape for name, value in inputs.items()}
        try:
            request = self._request(graph)
            request.infer({name: np.ascontiguousarray(value) for name, value in inputs.items()})
            found: Arrays = {}
            for output in request.model_outputs:
                # Compiling may merge a tensor with its neighbours: it then answers to several names, in no fixed order.
                found.update(dict.fromkeys(output.get_names(), request.get_tensor(output).data.copy()))
            return found
        except RuntimeError as error:  # what OpenVINO raises for every fault of a graph
            raise _unusable(graph, shapes, error) from error

    def _request(self, graph: Path) -> Any:
        key = _identity(graph)
        if key in self._requests:
            self._requests.move_to_end(key)
            return self._requests[key]
        import openvino

        if self._core is None:
            self._core = openvino.Core()
        request = self._core.compile_model(self._core.read_model(graph), "CPU", self._settings).create_infer_request()
        self._requests[key] = request
        while len(self._requests) > _KEPT_GRAPHS:
            self._requests.popitem(last=False)
        return request


class OnnxRuntimeEngine:
    """ONNX Runtime on the CPU, for sites that have it already."""

    name = "onnxruntime"

    def __init__(self, threads: int = 2) -> None:
        self._threads = threads
        self._sessions: OrderedDict[tuple[str, int, int], Any] = OrderedDict()

    def prepare(self, graph: Path) -> None:
        """Load a graph in advance. Raises `BundleError` where it cannot be read."""
        try:
            self._session(graph)
        except Exception as error:  # its errors share no base class
            raise _unusable(graph, {}, error) from error

    def run(self, graph: Path, inputs: Mapping[str, np.ndarray]) -> Arrays:
        """Outputs by name for inputs by name. Raises `BundleError` where the graph cannot be read or run."""
        try:
            session = self._session(graph)
            names = [output.name for output in session.get_outputs()]
            values = session.run(names, {name: np.ascontiguousarray(value) for name, value in inputs.items()})
        except Exception as error:  # its errors share no base class
            raise _unusable(graph, {name: value.shape for name, value in inputs.items()}, error) from error
        return dict(zip(names, values, strict=True))

    def _session(self, graph: Path) -> Any:
        key = _identity(graph)
        if key in self._sessions:
            self._sessions.move_to_end(key)
            return self._sessions[key]
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._sessions[key] = session
        while len(self._sessions) > _KEPT_GRAPHS:
            self._sessions.popitem(last=False)
        return session


_ENGINES: dict[str, Callable[..., InferenceEngine]] = {"openvino": OpenVinoEngine, "onnxruntime": OnnxRuntimeEngine}
ENGINE_NAMES: tuple[str, ...] = tuple(_ENGINES)


def make_engine(name: str = "openvino", threads: int = 2) -> InferenceEngine:
    """The engine called ``name``, with so many ``threads``. Raises `UsageError` where it is unknown or not installed."""
    if name not in _ENGINES:
        raise UsageError("--engine", f"'{name}' is unknown", f"Choose one of: {', '.join(ENGINE_NAMES)}")
    if find_spec(name) is None:
        raise UsageError("--engine", f"'{name}' is not installed", f"Run: pip install {name}")
    return _ENGINES[name](threads=threads)


def _identity(graph: Path) -> tuple[str, int, int]:
    try:
        status = graph.stat()
    except OSError as error:
        raise BundleError(graph, f"cannot be read ({error.strerror})", "Restore the bundle from the release") from error
    return (str(graph.resolve()), status.st_mtime_ns, status.st_size)


def _unusable(graph: Path, shapes: Mapping[str, tuple[int, ...]], error: Exception) -> BundleError:
    given = ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items())
    reason = str(error).strip().splitlines()
    return BundleError(
        graph,
        f"cannot be run with {given} ({type(error).__name__}: {(reason[-1] if reason else '')[:160]})",
        "Export the bundle again with the contract of bundle.json",
    )
