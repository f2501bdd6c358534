"""Cohorts are cut out by the clinician's own code, kept on disk, and go on where they stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.radiograph.values import Laterality, Radiograph
from Testing.training.striped_cohort import striped_cohort
from training.classification.people import parts_of, subjects_of
from training.cohort import making
from training.cohort.cutting import most_trusted
from training.cohort.making import make_cohort
from training.cohort.samples import CHANNELS, VARIANTS, load_samples, samples_of
from training.cohort.simulated import film_of
from training.cohort.sources import SimulatedPeople
from training.cohort.store import INDEX, load_cohort, shard_path
from training.cohort.values import FilmCuts, Member
from training.simulation.presets import PAPER_DECADES, PAPER_MEN, PRESETS, paper_people

SHAFT = slice(400, 600)
"""Stations of a bone's middle."""


def quiet(line: str) -> None:
    del line


def test_the_published_cohort_has_its_ages_sexes_and_cases() -> None:
    people = paper_people(3)
    assert len(people) == 192
    for osteoporotic, decades in PAPER_DECADES.items():
        ages = [person.age_years // 10 for person in people if person.osteoporotic == osteoporotic]
        assert tuple(ages.count(decade) for decade in range(1, 10)) == decades
        assert sum(person.sex == "M" for person in people if person.osteoporotic == osteoporotic) == PAPER_MEN[osteoporotic]
    assert {person.side for person in people} == {Laterality.LEFT, Laterality.RIGHT}
    assert paper_people(3) == people != paper_people(4)
    with pytest.raises(ValueError, match="192 people, not 193"):
        paper_people(0, 193)


def test_men_are_taller_and_stature_goes_with_the_length_of_a_metacarpal() -> None:
    people = PRESETS["screening"].draw(0, 600)
    women = [person for person in people if person.sex == "F"]
    assert np.mean([p.height_cm for p in people if p.sex == "M"]) - np.mean([p.height_cm for p in women]) > 10
    assert 0.5 < np.corrcoef([p.height_cm for p in women], [p.metacarpal_3_mm for p in women])[0, 1] < 0.8


def test_bone_loss_opens_pores_and_moves_struts_apart() -> None:
    people = PRESETS["enriched"].draw(1, 800)
    t_score = [person.t_score for person in people]
    assert np.corrcoef(t_score, [person.porosity for person in people])[0, 1] < -0.3
    assert np.corrcoef(t_score, [person.trabecular_spacing_mm for person in people])[0, 1] < -0.2


def test_a_person_filmed_twice_keeps_the_bones_and_is_posed_anew() -> None:
    person = PRESETS["screening"].draw(5, 1)[0]
    first, second = (film_of(person, (5, 0), visit, ("close",)) for visit in (0, 1))
    assert first.laterality == second.laterality == person.side
    for bone in BONES:
        one, other = first.hand.outlined[bone], second.hand.outlined[bone]
        # Turned a little otherwise, the section's shadow and the axis' length differ by little; pores and marrow not at all.
        np.testing.assert_allclose(one.fill[SHAFT], other.fill[SHAFT], rtol=0.02, atol=1e-3)
        assert one.porosity == other.porosity
        np.testing.assert_allclose(one.radial + one.ulnar, other.radial + other.ulnar, rtol=0.15)
    assert not np.array_equal(first.pixels, second.pixels)
    stranger = film_of(person, (5, 1), 0, ("close",))
    strange = [not np.allclose(stranger.hand.outlined[b].fill[SHAFT], first.hand.outlined[b].fill[SHAFT]) for b in BONES]
    assert any(strange)


def test_a_machine_keeps_its_technique_and_display() -> None:
    person = PRESETS["screening"].draw(5, 1)[0]
    first, same, other = (film_of(person, (5, 0), visit, ("close",), machine) for visit, machine in ((0, 7), (1, 7), (1, 8)))
    assert first.exposure == same.exposure != other.exposure
    assert not np.array_equal(first.pixels, same.pixels)
    np.testing.assert_array_equal(same.masks.sum((1, 2)) > 0, other.masks.sum((1, 2)) > 0)
    assert same.view == other.view


def test_a_film_is_cut_out_with_the_shipped_bundle_and_read_back_unchanged(tmp_path: Path) -> None:
    source = SimulatedPeople("paper", 1, seed=4)
    make_cohort(source, tmp_path / "cohort", None, workers=1, resume=False, report=quiet)
    cohort = load_cohort(tmp_path / "cohort")
    assert cohort.simulated
    assert "simulated" in cohort.description["words"]
    assert cohort.members == tuple(source.members())
    assert cohort.arrays["found"].sum() >= 6
    for channel in np.flatnonzero(cohort.arrays["found"][0]):
        mask, single = cohort.arrays["masks"][0, channel], cohort.arrays["single"][0, channel]
        assert (mask & single).sum() > 0.8 * (mask | single).sum()
    samples = samples_of(cohort)
    assert len(samples) == cohort.arrays["found"].sum()
    assert float(samples.masked(slice(0, 1)).amax()) > 0.5
    assert abs(cohort.arrays["measured_index"][0] - cohort.members[0].true_index) < 0.12


class Counted:
    """A source whose films cost nothing; notes which rows were asked for."""

    def __init__(self, count: int) -> None:
        self.count = count

    def members(self) -> Sequence[Member]:
        return [Member(f"s{row}", f"s{row}", 60.0, True, row % 2 == 0) for row in range(self.count)]

    def radiograph(self, row: int) -> Radiograph:
        raise NotImplementedError  # `cut_film` is replaced

    def describe(self) -> dict[str, Any]:
        return {"name": "counted", "simulated": True, "words": "made"}


def test_a_stopped_cohort_goes_on_with_the_missing_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = striped_cohort(tmp_path / "made", 3)
    cuts = FilmCuts(**{field.name: made.arrays[field.name][0] for field in fields(FilmCuts)})
    asked: list[int] = []

    def cut(source: object, bundle: object, engine: object, seed: int) -> FilmCuts:
        asked.append(seed)
        if len(asked) == 4:
            raise KeyboardInterrupt
        return cuts

    monkeypatch.setattr(Counted, "radiograph", lambda self, row: None)
    monkeypatch.setattr(making, "cut_film", cut)
    monkeypatch.setattr(making, "FILMS_PER_SHARD", 2)
    monkeypatch.setattr("training.cohort.store.FILMS_PER_SHARD", 2)
    folder = tmp_path / "cohort"
    with pytest.raises(KeyboardInterrupt):
        make_cohort(Counted(5), folder, None, workers=1, resume=False, report=quiet)
    with pytest.raises(UsageError, match="no finished cohort"):
        load_cohort(folder)
    with pytest.raises(UsageError, match="holds a cohort already"):
        make_cohort(Counted(5), folder, None, workers=1, resume=False, report=quiet)
    with pytest.raises(UsageError, match="subjects 5, not 6"):
        make_cohort(Counted(6), folder, None, workers=1, resume=True, report=quiet)
    make_cohort(Counted(5), folder, None, workers=1, resume=True, report=quiet)
    assert asked == [0, 1, 2, 3, 2, 3, 4]
    assert len(load_cohort(folder)) == 5


def test_every_variant_shows_what_its_method_may_see(tmp_path: Path) -> None:
    cohort = striped_cohort(tmp_path / "cohort", 4)
    shapes = {variant: load_samples(cohort.folder, variant).shape for variant in VARIANTS}
    assert shapes == {"segments": (192, 80), "single": (192, 80), "whole": (160, 128), "landmarks": (96, 96)}
    assert len(samples_of(cohort, "segments")) == 8
    assert len(samples_of(cohort, "whole")) == 4
    assert set(samples_of(cohort, "landmarks").bone.tolist()) == set(range(CHANNELS["landmarks"]))
    assert bool((samples_of(cohort, "segments").masked(slice(None)) == 0).any())
    assert bool((samples_of(cohort, "whole").masked(slice(None)) != 0).all())


def test_a_damaged_cohort_is_named(tmp_path: Path) -> None:
    cohort = striped_cohort(tmp_path / "cohort", 4)
    shard_path(cohort.folder, 0).unlink()
    with pytest.raises(UsageError, match=r"films-000.npz: no file"):
        load_cohort(cohort.folder)
    (cohort.folder / INDEX).write_text('{"format": 99}', encoding="utf-8")
    with pytest.raises(UsageError, match="format 99, not 1"):
        load_cohort(cohort.folder)


def test_several_films_of_a_person_stay_in_one_part(tmp_path: Path) -> None:
    cohort = striped_cohort(tmp_path / "cohort", 30, films=2)
    assert len(subjects_of(cohort)) == 30
    parts = parts_of(cohort, None, seed=1)
    names = [set(part.subjects.id) for part in parts.values()]
    assert sum(map(len, names)) == 30
    assert set.union(*names) == set(cohort.subjects)
    for part in parts.values():
        assert len(part.samples) == 4 * len(part.subjects)
        for number, truth in enumerate(part.truth):
            assert set(part.samples.label[part.samples.subject == number].tolist()) == {truth}


def test_splits_of_the_table_hold_and_a_calibration_cohort_is_halved(tmp_path: Path) -> None:
    train = striped_cohort(tmp_path / "train", 12, name="a")
    other = striped_cohort(tmp_path / "other", 24, name="b")
    parts = parts_of(train, other, seed=0)
    assert [len(part.subjects) for part in parts.values()] == [12, 12, 12]
    assert {name[0] for name in parts["train"].subjects.id} == {"a"}
    assert not set(parts["validation"].subjects.id) & set(parts["test"].subjects.id)


def test_the_most_trusted_expert_speaks_first() -> None:
    from OsteoScreenLib.segmentation.values import GridMapping, Hypotheses

    mapping = GridMapping(np.eye(2), np.zeros(2), (4, 4), (4, 4))
    experts, weights = np.array([0, 0, 1, 1]), np.array([0.1, 0.1, 0.4, 0.4])
    assert most_trusted(Hypotheses(np.zeros((4, 7, 4, 4), np.float32), weights, experts, mapping)).tolist() == [2]
