"""Numbers, reasons and provenances in words, the same in the report, on a terminal and in Slicer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timezone

from OsteoScreenLib.classification.values import OperatingPoint, Score, State
from OsteoScreenLib.quality.values import QualityFinding, Severity
from OsteoScreenLib.radiogrammetry.values import LevelQuality, Radiogrammetry, SetAside, Trust
from OsteoScreenLib.radiograph.values import FilmSource, Laterality, Polarity, PolarityBasis, Spacing, SpacingProvenance
from OsteoScreenLib.screening.values import BundleIdentity, ScreeningResult

_PROVENANCES = {
    SpacingProvenance.CALIBRATED: "calibrated spacing from the film's tags",
    SpacingProvenance.DETECTOR: "detector spacing, not corrected for magnification",
    SpacingProvenance.DETECTOR_OVER_MAGNIFICATION: "detector spacing divided by the magnification in the film's tags",
    SpacingProvenance.USER: "spacing given by the user",
    SpacingProvenance.UNKNOWN: "unknown",
}
_POLARITY_BASES = {
    PolarityBasis.TAGS: "decided from its tags",
    PolarityBasis.CONTENT: "decided from its content",
    PolarityBasis.USER: "decided by the user",
}
_SEVERITIES = {
    Severity.REFUSAL: "Refused",
    Severity.INDETERMINATE: "Speaks against a clear answer",
    Severity.WARNING: "Warning",
    Severity.INFO: "Note",
}
"""From the gravest to the lightest."""
_SIDES = {Laterality.LEFT: "left", Laterality.RIGHT: "right", Laterality.UNKNOWN: "side not stated"}


def percent(share: float) -> str:
    """A share as whole per cent; never 0% or 100% for what is neither."""
    if 0.0 < share < 0.01:
        return "<1%"
    if 0.99 < share < 1.0:
        return ">99%"
    return f"{share:.0%}"


def findings_in_words(findings: tuple[QualityFinding, ...]) -> tuple[tuple[str, QualityFinding], ...]:
    """Findings with the word for their severity, the gravest first."""
    return tuple((word, each) for severity, word in _SEVERITIES.items() for each in findings if each.severity is severity)


def reasons_of(result: ScreeningResult) -> tuple[str, ...]:
    """Why the state is what it is; for a refused film every refusal, each said once."""
    reasons = list(result.score.reasons)
    if result.score.state is State.NOT_ANALYSABLE:
        reasons += [each.text for each in result.quality if each.severity is Severity.REFUSAL]
    return tuple(dict.fromkeys(reasons))


def probability_words(score: Score) -> str:
    """Probability with its interval, such as "38% (33% to 47%)"; "not given" where the film is not analysable."""
    if score.probability is None:
        return "not given"
    return with_interval(score.probability, score.interval)


def with_interval(probability: float, interval: tuple[float, float] | None) -> str:
    """A probability with its interval in per cent."""
    if interval is None:
        return percent(probability)
    return f"{percent(probability)} ({percent(interval[0])} to {percent(interval[1])})"


def operating_point_words(point: OperatingPoint) -> tuple[str, str, str]:
    """What the two thresholds are worth, upper one first, and on whom that was found."""
    cases = point.cases
    controls = None if cases is None else point.subjects - cases
    at_in = (point.sensitivity_at_rule_in, point.specificity_at_rule_in)
    at_out = (point.sensitivity_at_rule_out, point.specificity_at_rule_out)
    upper, lower = (
        f"sensitivity {_share_words(sensitivity, cases)}, specificity {_share_words(specificity, controls)}"
        for sensitivity, specificity in (at_in, at_out)
    )
    ill = "" if cases is None else f", {cases:,} of them with osteoporosis; 95% intervals"
    return (
        f"Consider DXA from {percent(point.rule_in)}: {upper}",
        f"Not flagged below {percent(point.rule_out)}: {lower}",
        f"Figures from {point.subjects:,} subjects ({point.population}){ill}. "
        f"The probability assumes a prevalence of {percent(point.prevalence)}",
    )


def _share_words(share: float, count: int | None) -> str:
    interval = None if not count else wilson_interval(share, count)
    return percent(share) if interval is None else f"{percent(share)} ({percent(interval[0])} to {percent(interval[1])})"


def wilson_interval(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share that was found on ``count`` subjects (Wilson, J Am Stat Assoc 1927;22:209)."""
    z2 = 1.959964**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = math.sqrt(z2 * (share * (1 - share) / count + z2 / (4 * count**2))) / (1 + z2 / count)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def mean_mci_words(radiogrammetry: Radiogrammetry) -> str:
    """Mean cortical index and how many levels it rests on."""
    if radiogrammetry.mean_mci is None:
        return "not measured"
    count = len(radiogrammetry.levels)
    return f"{radiogrammetry.mean_mci:.3f} (mean of {count} level{'' if count == 1 else 's'})"


def index_words(radiogrammetry: Radiogrammetry, spacing: Spacing) -> tuple[tuple[str, str], ...]:
    """The indices of a film that are read first, each with its name; nothing where nothing was measured."""
    rows: list[tuple[str, str]] = []
    if radiogrammetry.levels:
        second, area = radiogrammetry.second_metacarpal_index, radiogrammetry.mean_pca
        rows.append(("MCI", mean_mci_words(radiogrammetry)))
        rows.append(("2MCP", "not measured" if second is None else f"{second:.3f} (metacarpal 2 at mid-shaft)"))
        rows.append(("PCA", "not measured" if area is None else f"{area:.3f} (mean of the same levels)"))
        rows.append(("BHI", _bone_health_words(radiogrammetry, spacing)))
        if trust := trust_words([each.quality for each in radiogrammetry.levels]):
            rows.append(("Trust", trust))
    return (*rows, *_radius_words(radiogrammetry))


def _bone_health_words(radiogrammetry: Radiogrammetry, spacing: Spacing) -> str:
    if not spacing.trusted:
        return "not given: it needs a trusted pixel spacing"
    index = radiogrammetry.bone_health_index
    if index is None:
        return "not given: it needs metacarpals 2, 3 and 4 at mid-shaft"
    return f"{index:.3f} (metacarpals 2 to 4 at mid-shaft, from cm)"


def _radius_words(radiogrammetry: Radiogrammetry) -> tuple[tuple[str, str], ...]:
    """Bicortical width at every distance; reasons that hold for all of them are said once."""
    rows = [
        (
            each.distance_mm,
            f"CCT {each.combined_thickness_mm:.2f} mm, W {each.outer_width_mm:.2f} mm ({each.quality.trust.value})",
        )
        for each in radiogrammetry.radius
    ]
    rows += [(each.distance_mm, each.reason) for each in radiogrammetry.radius_rejected]
    if rows and not radiogrammetry.radius and len({words for _, words in rows}) == 1:
        return (("Radius", rows[0][1]),)
    return tuple((f"Radius at {distance:.0f} mm", words) for distance, words in sorted(rows))


def trust_words(qualities: Sequence[LevelQuality | None]) -> str:
    """How many levels are how far to be trusted, such as "6 levels good, 2 fair"; empty where none says."""
    counts = [(trust, sum(each is not None and each.trust is trust for each in qualities)) for trust in Trust]
    said = [(trust.value, count) for trust, count in counts if count]
    if not said:
        return ""
    (word, count), *others = said
    first = f"{count} level{'' if count == 1 else 's'} {word}"
    return ", ".join([first, *(f"{count} {word}" for word, count in others)])


def set_aside_words(set_aside: Sequence[SetAside]) -> str:
    """The profiles that were not used, such as "3 the film is clipped there"; empty where all were."""
    return "; ".join(f"{each.count} {each.reason}" for each in set_aside)


def spacing_words(spacing: Spacing) -> str:
    """Spacing in millimetres with its provenance, or that it is unknown."""
    if not spacing.trusted:
        return "unknown"
    return f"{spacing.row_mm:.4g} x {spacing.column_mm:.4g} mm ({_PROVENANCES[spacing.provenance]})"


def area_words(area_px: int, spacing: Spacing) -> str:
    """Pixel count times spacing; a surface drawn around one slice would give twice the area."""
    if spacing.trusted and spacing.row_mm is not None and spacing.column_mm is not None:
        return f"{area_px * spacing.row_mm * spacing.column_mm:,.0f} mm\N{SUPERSCRIPT TWO}"
    return f"{area_px:,} px"


def polarity_words(polarity: Polarity) -> str:
    """Whether the stored film was inverted, and on what grounds."""
    return f"{'inverted' if polarity.inverted else 'as stored'}, {_POLARITY_BASES[polarity.basis]}"


def film_words(source: FilmSource) -> str:
    """What a film is called on what leaves this machine: its SOP instance UID, else its file's name.

    Files exported from a PACS are often named after the patient; a UID names nobody and is found again in the PACS.
    """
    return source.sop_instance_uid or source.name


def model_words(bundle: BundleIdentity) -> str:
    """Name, version and the start of the hash: enough to tell two models apart."""
    return f"{bundle.name} {bundle.version} ({bundle.sha256[:12]})"


def side_words(laterality: Laterality) -> str:
    """Side of the body, or that nothing states it."""
    return _SIDES[laterality]


def date_words(created: str) -> str:
    """An ISO 8601 time to the minute in UTC, such as "2026-01-02 03:04 UTC"; other text is given back as it is."""
    try:
        # Python 3.10 does not know the letter Z.
        moment = datetime.fromisoformat(created.replace("Z", "+00:00"))
    except ValueError:
        return created
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc)
    return moment.strftime("%Y-%m-%d %H:%M UTC")
