"""The quality gate: everything that limits or forbids a score on this film."""

from __future__ import annotations

from collections.abc import Iterable

from OsteoScreenLib.bundle.values import Bundle
from OsteoScreenLib.classification.values import Familiarity
from OsteoScreenLib.quality import certainty, circumstances, exposure, foreign, hand, sharpness
from OsteoScreenLib.quality.beside import another_hand
from OsteoScreenLib.quality.familiarity import unlike_training_films
from OsteoScreenLib.quality.growth import growth_plates_open
from OsteoScreenLib.quality.picture import picture_of
from OsteoScreenLib.quality.shape import bone_shapes
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.quality.view import view_turned
from OsteoScreenLib.radiogrammetry.values import Radiogrammetry
from OsteoScreenLib.radiograph.values import Radiograph
from OsteoScreenLib.segmentation.values import Segmentation

_GRAVITY = (Severity.REFUSAL, Severity.INDETERMINATE, Severity.WARNING, Severity.INFO)


def assess(
    radiograph: Radiograph, segmentation: Segmentation, radiogrammetry: Radiogrammetry | None, bundle: Bundle
) -> tuple[QualityFinding, ...]:
    """All findings about a film, gravest first.

    A film that is no hand gets that one refusal and what the file itself says; its outlines are not judged further.
    ``radiogrammetry`` is ``None`` where nothing was measured yet.
    """
    limits = bundle.quality
    shapes = bone_shapes(segmentation)
    findings = [
        circumstances.body_part_not_hand(radiograph),
        circumstances.view_not_frontal(radiograph),
        circumstances.age_below_training(radiograph, limits),
        circumstances.spacing_unknown(radiograph),
        circumstances.laterality_unknown(radiograph),
        circumstances.polarity_from_content(radiograph),
    ]
    no_hand = hand.not_a_hand(shapes)
    if no_hand is not None:
        findings.append(no_hand)
    else:
        picture = picture_of(radiograph, segmentation, shapes)
        findings += [
            view_turned(picture, shapes),
            growth_plates_open(picture, shapes),
            foreign.metal_on_bone(picture),
            foreign.cast_or_splint(picture, shapes),
            certainty.two_hands(segmentation, bundle) or another_hand(picture),
            sharpness.noisy(picture, limits),
            sharpness.blurred(picture, limits),
            hand.bones_missing(segmentation),
            hand.bone_cut_by_film_edge(radiograph, segmentation, shapes),
            hand.forearm_short(shapes),
            hand.bones_renamed(segmentation),
            hand.bones_drawn(segmentation),
            hand.metacarpal_order(shapes),
            hand.bones_out_of_place(radiograph, segmentation),
            hand.metacarpal_proportions(radiograph, segmentation, shapes),
            hand.bone_outlined_twice(segmentation),
            certainty.hypotheses_disagree(segmentation, limits),
            exposure.clipped(radiograph, segmentation, limits),
            exposure.low_resolution(shapes, radiogrammetry, limits),
            exposure.cortex_not_measured(radiogrammetry),
        ]
    return _gravest_first(one for one in findings if one is not None)


def assess_features(known: tuple[QualityFinding, ...], familiarity: Familiarity | None) -> tuple[QualityFinding, ...]:
    """The findings ``known`` already, and what the classifier's features say of the film, gravest first.

    For films that the other findings let pass: it takes the classifier to know. ``familiarity`` is ``None`` where the bundle
    states no limit.
    """
    finding = unlike_training_films(familiarity)
    return known if finding is None else _gravest_first((*known, finding))


def _gravest_first(findings: Iterable[QualityFinding]) -> tuple[QualityFinding, ...]:
    return tuple(sorted(findings, key=lambda one: _GRAVITY.index(one.severity)))
