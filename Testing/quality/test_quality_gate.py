"""Each finding on a film that has the fault, and its absence on a film that has not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from OsteoScreenLib.bones import BONES, Bone
from OsteoScreenLib.bundle import Bundle
from OsteoScreenLib.classification.values import Familiarity
from OsteoScreenLib.quality.gate import assess, assess_features
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import LevelMeasurement, Radiogrammetry, RejectedLevel
from OsteoScreenLib.radiograph.values import Laterality, Polarity, PolarityBasis, Radiograph, Spacing
from OsteoScreenLib.segmentation.engine import OpenVinoEngine
from OsteoScreenLib.segmentation.inference import segment
from OsteoScreenLib.segmentation.values import Segmentation
from Testing.band_bundle import BANDS, HAND, Rod, band_film, hand_masks, plain_film
from Testing.quality.outlined import band_bundle, outlined

SHAPE = (400, 360)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return band_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def engine() -> OpenVinoEngine:
    return OpenVinoEngine()


def textured(masks: np.ndarray) -> Radiograph:
    """A film of these bones whose brightness varies, so that nothing is saturated; everything about it is known."""
    film = band_film(masks, age_years=60)
    noise = np.random.default_rng(1).normal(0, 0.01, film.shape).astype(np.float32)
    return replace(film, pixels=film.pixels + noise, laterality=Laterality.LEFT)


def findings(
    bundle: Bundle,
    masks: np.ndarray,
    *,
    film: Radiograph | None = None,
    segmentation: Segmentation | None = None,
    radiogrammetry: Radiogrammetry | None = None,
) -> dict[str, QualityFinding]:
    found = assess(film or textured(masks), segmentation or outlined(masks), radiogrammetry, bundle)
    for finding in found:
        assert finding.text.endswith(".")
        assert "\n" not in finding.text
    return {finding.code: finding for finding in found}


def hand_without(*bones: Bone) -> np.ndarray:
    return hand_masks(SHAPE, hand={bone: rod for bone, rod in HAND.items() if bone not in bones})


def test_a_good_film_has_no_finding(bundle: Bundle) -> None:
    assert findings(bundle, hand_masks(SHAPE)) == {}


@pytest.mark.parametrize("turn", [0, 40, 90, 180, 270])
def test_a_turned_hand_is_a_hand(bundle: Bundle, turn: float) -> None:
    found = findings(bundle, hand_masks((600, 600), turn, 0.8))
    assert "not_a_hand" not in found
    assert "metacarpal_order" not in found


def test_a_mirrored_hand_is_a_hand(bundle: Bundle) -> None:
    assert findings(bundle, hand_masks(SHAPE)[:, :, ::-1]) == {}


@pytest.mark.parametrize(
    "channels", [(1, 0, 2, 3, 4, 5, 6), (1, 0, 6, 5, 4, 3, 2), (0, 1, 6, 5, 4, 3, 2)], ids=["forearm", "mirrored", "fingers"]
)
def test_outlines_with_exchanged_names_are_out_of_place(bundle: Bundle, channels: tuple[int, ...]) -> None:
    finding = findings(bundle, hand_masks(SHAPE)[list(channels)])["bones_out_of_place"]
    assert finding.severity is Severity.INDETERMINATE


def test_renamed_outlines_are_named(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    renamed = replace(outlined(masks), renamed=(Bone.RADIUS, Bone.ULNA))
    found = findings(bundle, masks, segmentation=renamed)
    assert found["bones_renamed"].severity is Severity.WARNING
    assert found["bones_renamed"].text.startswith("Radius and ulna had been taken")
    assert len(found) == 1


def chest(rng: np.random.Generator) -> np.ndarray:
    rows, columns = np.indices((500, 450)) / 450.0
    film = 0.75 - 0.5 * (np.hypot((columns - 0.28) / 0.17, (rows - 0.5) / 0.33) < 1)
    film -= 0.5 * (np.hypot((columns - 0.72) / 0.17, (rows - 0.5) / 0.33) < 1)
    film += 0.08 * np.sin(rows * 60 + 8 * (columns - 0.5) ** 2)
    return np.clip(ndimage.gaussian_filter(film, 3) + rng.normal(0, 0.02, film.shape), 0, 1)


def text_page(rng: np.random.Generator) -> np.ndarray:
    film = np.ones((500, 400))
    for row in range(30, 470, 16):
        for column in range(30, 370, 9):
            if rng.random() < 0.8:
                film[row : row + 9, column : column + 6] = rng.random() * 0.4 + 0.5 * (rng.random((9, 6)) > 0.5)
    return np.clip(film, 0, 1)


def cloud(rng: np.random.Generator) -> np.ndarray:
    film = ndimage.gaussian_filter(rng.normal(size=(480, 480)), 14)
    return (film - film.min()) / np.ptp(film)


NO_HANDS: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "constant": lambda rng: np.full((300, 300), 0.45),
    "noise": lambda rng: rng.random((400, 400)),
    "ramp": lambda rng: np.tile(np.linspace(0, 1, 500), (400, 1)),
    "cloud": cloud,
    "chest": chest,
    "text page": text_page,
}


@pytest.mark.parametrize("name", NO_HANDS)
def test_what_is_no_hand_is_refused(bundle: Bundle, engine: OpenVinoEngine, name: str) -> None:
    film = plain_film(NO_HANDS[name](np.random.default_rng(0)))
    segmentation = segment(film, bundle, engine)
    found = assess(film, segmentation, None, bundle)
    assert found[0].code == "not_a_hand"
    assert found[0].severity is Severity.REFUSAL


def test_bones_scattered_over_the_film_are_no_hand(bundle: Bundle) -> None:
    scattered = {bone: Rod((0.1 + 0.13 * i, 0.1), (0.1 + 0.13 * i, 0.12 + 0.1 * (i % 3)), 0.05) for i, bone in enumerate(BONES)}
    scattered[Bone.METACARPAL_3] = Rod((0.9, 0.8), (0.2, 0.8), 0.05)
    assert findings(bundle, hand_masks(SHAPE, hand=scattered))["not_a_hand"].severity is Severity.REFUSAL


def test_a_wrist_with_cut_metacarpals_is_a_wrist(bundle: Bundle) -> None:
    masks = hand_masks((500, 360), 0, 1.3)
    top = int(np.flatnonzero(masks[Bone.METACARPAL_3.channel].any(1))[0])
    bottom = int(np.flatnonzero(masks[Bone.METACARPAL_3.channel].any(1))[-1])
    wrist = masks[:, (top + bottom) // 2 :]
    found = findings(bundle, wrist)
    assert "not_a_hand" not in found
    assert found["bone_cut_by_film_edge"].severity is Severity.WARNING
    assert "etacarpal 3" in found["bone_cut_by_film_edge"].text


def test_one_missing_bone_is_a_warning_that_names_it(bundle: Bundle) -> None:
    finding = findings(bundle, hand_without(Bone.ULNA))["bones_missing"]
    assert finding.severity is Severity.WARNING
    assert finding.text.startswith("Ulna not found")


def test_few_bones_make_it_indeterminate(bundle: Bundle) -> None:
    finding = findings(bundle, hand_without(Bone.METACARPAL_1, Bone.RADIUS, Bone.ULNA))["bones_missing"]
    assert finding.severity is Severity.INDETERMINATE
    assert "4 of 7 bones" in finding.text


def test_without_any_carrying_bone_it_is_refused(bundle: Bundle) -> None:
    masks = hand_without(Bone.METACARPAL_1, Bone.METACARPAL_2, Bone.RADIUS, Bone.ULNA)
    assert findings(bundle, masks)["bones_missing"].severity is Severity.REFUSAL


def test_the_field_cuts_like_the_film(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    film = textured(masks)
    field = film.field.copy()
    rows = np.flatnonzero(masks[Bone.METACARPAL_3.channel].any(1))
    field[: rows[0] + 20] = False
    found = findings(bundle, masks, film=replace(film, field=field))
    assert "bone_cut_by_film_edge" in found


def test_a_forearm_stub_is_named(bundle: Bundle) -> None:
    stub = {**HAND, Bone.RADIUS: Rod((0.66, 0.40), (0.64, 0.41), 0.04)}
    assert "Radius" in findings(bundle, hand_masks(SHAPE, hand=stub))["forearm_short"].text


def test_exchanged_metacarpals_are_found(bundle: Bundle) -> None:
    exchanged = {**HAND, Bone.METACARPAL_2: HAND[Bone.METACARPAL_4], Bone.METACARPAL_4: HAND[Bone.METACARPAL_2]}
    assert findings(bundle, hand_masks(SHAPE, hand=exchanged))["metacarpal_order"].severity is Severity.INDETERMINATE


@pytest.mark.parametrize(
    ("bone", "severity"), [(Bone.METACARPAL_3, Severity.INDETERMINATE), (Bone.METACARPAL_5, Severity.WARNING)]
)
def test_half_a_metacarpal_is_noticed(bundle: Bundle, bone: Bone, severity: Severity) -> None:
    whole = HAND[bone]
    middle = ((whole.base[0] + whole.head[0]) / 2, (whole.base[1] + whole.head[1]) / 2)
    finding = findings(bundle, hand_masks(SHAPE, hand={**HAND, bone: replace(whole, head=middle)}))["metacarpal_proportions"]
    assert finding.severity is severity
    assert finding.text.startswith(bone.title)


def test_outlines_drawn_by_a_person_are_named(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    segmentation = outlined(masks)
    assert "bones_drawn" not in findings(bundle, masks, segmentation=segmentation)
    bones = tuple(replace(each, drawn=each.bone in (Bone.RADIUS, Bone.ULNA)) for each in segmentation.bones)
    found = findings(bundle, masks, segmentation=replace(segmentation, bones=bones))
    assert found["bones_drawn"].severity is Severity.INFO
    assert found["bones_drawn"].text == "Radius and ulna were outlined by a person, not by the model."


def test_one_bone_under_two_names_is_found(bundle: Bundle) -> None:
    twice = {**HAND, Bone.METACARPAL_4: HAND[Bone.METACARPAL_3]}
    found = findings(bundle, hand_masks(SHAPE, hand=twice))
    assert found["bone_outlined_twice"].severity is Severity.INDETERMINATE


@pytest.mark.parametrize(("disagreement", "severity"), [(0.06, None), (0.1, Severity.INDETERMINATE), (0.2, Severity.REFUSAL)])
def test_disagreeing_hypotheses(bundle: Bundle, disagreement: float, severity: Severity | None) -> None:
    masks = hand_masks(SHAPE)
    found = findings(bundle, masks, segmentation=outlined(masks, disagreement)).get("hypotheses_disagree")
    assert (None if found is None else found.severity) is severity


def test_two_hands_on_one_film(bundle: Bundle, engine: OpenVinoEngine) -> None:
    one = band_film(hand_masks((500, 400)))
    both = plain_film(np.concatenate([one.pixels, one.pixels[:, ::-1]], axis=1))
    codes = [{finding.code for finding in assess(film, segment(film, bundle, engine), None, bundle)} for film in (one, both)]
    assert "two_hands" not in codes[0]
    assert "two_hands" in codes[1]


def test_saturated_bone(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    film = textured(masks)
    level = 0.5 * (BANDS[Bone.METACARPAL_2] + BANDS[Bone.METACARPAL_3])
    found = findings(bundle, masks, film=replace(film, pixels=np.minimum(film.pixels, np.float32(level))))
    assert found["clipped"].severity is Severity.INDETERMINATE
    assert "%" in found["clipped"].text


def level(outer: float, medullary: float) -> LevelMeasurement:
    mci = (outer - medullary) / outer
    point = ((0.0, 0.0), (0.0, outer))
    return LevelMeasurement(Bone.METACARPAL_3, 0.5, outer, medullary, mci, 1 - (1 - mci) ** 2, None, None, point, point, 60, 60)


def test_thin_cortex_in_pixels(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    thin = Radiogrammetry((level(20, 18),), (), (), 0.1)
    thick = Radiogrammetry((level(20, 10),), (), (), 0.5)
    assert "1.0 pixels" in findings(bundle, masks, radiogrammetry=thin)["low_resolution"].text
    assert "low_resolution" not in findings(bundle, masks, radiogrammetry=thick)


def test_bones_of_a_few_pixels(bundle: Bundle) -> None:
    masks = hand_masks((120, 100))
    assert findings(bundle, masks)["low_resolution"].severity is Severity.INDETERMINATE


def test_no_level_measured_says_why(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    rejected = RejectedLevel(Bone.METACARPAL_2, 0.5, "Only 3 of 60 profiles show both cortices.")
    found = findings(bundle, masks, radiogrammetry=Radiogrammetry((), (rejected,), (), None))
    assert "3 of 60" in found["cortex_not_measured"].text


@pytest.mark.parametrize(
    ("distance", "severity"), [(1.0, None), (1.8, None), (1.9, Severity.INDETERMINATE), (4.0, Severity.REFUSAL)]
)
def test_features_unlike_the_training_films(distance: float, severity: Severity | None) -> None:
    found = assess_features((), Familiarity(distance, 1.8, 0.99, 600))
    assert [(one.code, one.severity) for one in found] == ([("unlike_training_films", severity)] if severity else [])


def test_a_bundle_without_a_limit_says_that_it_cannot_tell() -> None:
    clipped = QualityFinding("clipped", Severity.INDETERMINATE, "Saturated.")
    assert [one.code for one in assess_features((clipped,), None)] == ["clipped", "familiarity_unknown"]


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("spacing_unknown", lambda film: replace(film, spacing=Spacing())),
        ("laterality_unknown", lambda film: replace(film, laterality=Laterality.UNKNOWN)),
        ("polarity_from_content", lambda film: replace(film, polarity=Polarity(True, PolarityBasis.CONTENT))),
        ("age_below_training", lambda film: replace(film, source=replace(film.source, patient_age_years=15.0))),
        ("view_not_frontal", lambda film: replace(film, source=replace(film.source, view_position="LL"))),
        ("body_part_not_hand", lambda film: replace(film, source=replace(film.source, body_part="CHEST"))),
    ],
)
def test_what_the_file_says(bundle: Bundle, code: str, change: Callable[[Radiograph], Radiograph]) -> None:
    masks = hand_masks(SHAPE)
    assert set(findings(bundle, masks, film=change(textured(masks)))) == {code}


@pytest.mark.parametrize(
    ("age", "severity"), [(8.0, Severity.REFUSAL), (16.0, Severity.INDETERMINATE), (20.0, None), (None, None)]
)
def test_age_by_the_file(bundle: Bundle, age: float | None, severity: Severity | None) -> None:
    masks = hand_masks(SHAPE)
    film = textured(masks)
    found = findings(bundle, masks, film=replace(film, source=replace(film.source, patient_age_years=age)))
    assert (found["age_below_training"].severity if found else None) is severity


def test_the_file_may_say_pa_hand_and_sixty(bundle: Bundle) -> None:
    masks = hand_masks(SHAPE)
    film = textured(masks)
    source = replace(film.source, view_position="PA", body_part="HAND", patient_age_years=60.0)
    assert findings(bundle, masks, film=replace(film, source=source)) == {}


def test_gravest_findings_come_first(bundle: Bundle) -> None:
    masks = np.zeros((7, *SHAPE), bool)
    film = plain_film(np.zeros(SHAPE), spacing=Spacing())
    film = replace(film, source=replace(film.source, body_part="CHEST"))
    severities = [finding.severity for finding in assess(film, outlined(masks), None, bundle)]
    assert severities[0] is Severity.REFUSAL
    assert severities[-1] is Severity.INFO
    assert Severity.WARNING in severities
