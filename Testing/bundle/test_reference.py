"""What a bundle says of the films that it was tried on: read in full, or refused with the field that is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from OsteoScreenLib.bundle import load_bundle
from OsteoScreenLib.errors import BundleError
from Testing.band_bundle import write_band_bundle

REFERENCE: dict[str, Any] = {
    "films": 500,
    "kind": "simulated films",
    "states": {"consider_dxa": 0.125, "indeterminate": 0.5, "not_flagged": 0.25, "not_analysable": 0.125},
    "findings": {"spacing_unknown": 0.5},
    "quantiles": {"probability": [n / 10 for n in range(11)], "mean_mci": [0.2 + n / 50 for n in range(11)]},
}


def bundle_with(folder: Path, reference: dict[str, Any] | None) -> Path:
    bundle = write_band_bundle(folder)
    index = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps({**index, "reference": reference}))
    return bundle


def test_reference_is_read_as_it_was_written(tmp_path) -> None:
    found = load_bundle(bundle_with(tmp_path / "b", REFERENCE)).reference
    assert json.loads(json.dumps(found)) == REFERENCE


def test_bundles_without_reference_stay_readable(tmp_path) -> None:
    assert load_bundle(bundle_with(tmp_path / "b", None)).reference is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"films": 0}, "reference.films"),
        ({"kind": " "}, "reference.kind"),
        ({"states": {"consider_dxa": 1.0}}, "reference.states.indeterminate"),
        ({"findings": {"cast": 1.5}}, "reference.findings.cast"),
        ({"quantiles": {"probability": [0.5] * 10, "mean_mci": [0.5] * 11}}, "reference.quantiles.probability"),
        ({"quantiles": {"probability": [0.5] * 11, "mean_mci": [0.5] * 10 + [0.4]}}, "reference.quantiles.mean_mci"),
        ({"quantiles": {"probability": ["a"] * 11, "mean_mci": [0.5] * 11}}, "reference.quantiles.probability"),
    ],
)
def test_wrong_field_is_named(tmp_path, change: dict[str, Any], field: str) -> None:
    with pytest.raises(BundleError, match=field):
        load_bundle(bundle_with(tmp_path / "b", {**REFERENCE, **change}))
