"""Codes of what the objects say: DICOM's, SNOMED's and UCUM's where they have one, else our own scheme (docs/dicom.md)."""

from __future__ import annotations

from typing import Any

from OsteoScreenLib.bones import BONE_CODES, SNOMED_LEFT, SNOMED_RIGHT, Bone
from OsteoScreenLib.classification.values import State
from OsteoScreenLib.quality.values import Severity
from OsteoScreenLib.radiogrammetry.values import Trust
from OsteoScreenLib.radiograph.values import Laterality

SCHEME = "99OSTEOSCREEN"
"""Our private coding scheme; the prefix 99 is what DICOM sets aside for such (PS3.3 8.2)."""

Words = tuple[str, str, str]
"""Scheme, value and meaning of a code."""

ANATOMY: Words = ("SCT", "123037004", "Anatomical Structure")
"""Category of all segments, as Slicer's own terminologies have it."""
HAND: Words = ("SCT", "85562004", "Hand")
RADIOGRAPHY: Words = ("SCT", "168537006", "Plain radiography")
AREA: Words = ("SCT", "42798000", "Area")
LENGTH: Words = ("SCT", "410668003", "Length")
STANDARD_DEVIATION: Words = ("SCT", "386136009", "Standard Deviation")
MEAN: Words = ("SCT", "373098007", "Mean")
ARTIFICIAL_INTELLIGENCE: Words = ("DCM", "123110", "Artificial Intelligence")
COMMENT: Words = ("DCM", "121106", "Comment")
IMAGE_QUALITY: Words = ("DCM", "111101", "Image Quality")
QUALITY_FINDING: Words = ("DCM", "111052", "Quality Finding")

NO_UNIT: Words = ("UCUM", "1", "no units")
MILLIMETRE: Words = ("UCUM", "mm", "mm")
SQUARE_MILLIMETRE: Words = ("UCUM", "mm2", "square millimeter")
PIXEL: Words = ("UCUM", "{pixels}", "Pixels")
BIT: Words = ("UCUM", "bit", "bit")

# Of our own scheme: what is measured.
CORTICAL_INDEX: Words = (SCHEME, "MCI", "Metacarpal cortical index, (W - d) / W")
CORTICAL_AREA_SHARE: Words = (SCHEME, "PCA", "Percent cortical area as a fraction, 1 - (1 - MCI)^2")
OUTER_WIDTH: Words = (SCHEME, "W", "Outer width of the bone across its shaft")
MEDULLARY_WIDTH: Words = (SCHEME, "D", "Medullary width at the same level")
COMBINED_THICKNESS: Words = (SCHEME, "CCT", "Combined cortical thickness, W - d")
RADIUS_INDEX: Words = (SCHEME, "RADIUS_CI", "Cortical index of the radius, (W - d) / W")
SECOND_METACARPAL_INDEX: Words = (SCHEME, "2MCP", "Cortical index of metacarpal 2 at mid-shaft")
BONE_HEALTH_INDEX: Words = (SCHEME, "BHI", "Bone health index, metacarpals 2 to 4 at mid-shaft")
PROBABILITY: Words = (SCHEME, "OSTEO_PROB", "Probability of osteoporosis")
RULE_IN: Words = (SCHEME, "RULE_IN", "Threshold: consider DXA at or above")
RULE_OUT: Words = (SCHEME, "RULE_OUT", "Threshold: not flagged below")
PREVALENCE: Words = (SCHEME, "PREVALENCE", "Prevalence that the probability assumes")
DISAGREEMENT: Words = (SCHEME, "DISAGREEMENT", "Expected 1 - IoU between two plausible outlines")
UNCERTAINTY: Words = (SCHEME, "UNCERTAINTY", "Mean entropy of the outline over bone and rim")
PERCENTILE_5: Words = (SCHEME, "P05", "5th percentile over the plausible outlines")
PERCENTILE_95: Words = (SCHEME, "P95", "95th percentile over the plausible outlines")
RADIOGRAMMETRY: Words = (SCHEME, "RADIOGRAMMETRY", "Radiogrammetry: half-height edges with a fitted tube")

# Of our own scheme: what is found and said.
SCREENING: Words = (SCHEME, "SCREENING", "Screening for osteoporosis")
STATE: Words = (SCHEME, "STATE", "State of the screening")
OUTLINE: Words = (SCHEME, "OUTLINE", "Origin of the outline")
BY_MODEL: Words = (SCHEME, "BY_MODEL", "Outlined by the model")
BY_PERSON: Words = (SCHEME, "BY_PERSON", "Outlined by a person")
RENAMED: Words = (SCHEME, "RENAMED", "Outlined by the model, renamed by its place")
NO_FINDING: Words = (SCHEME, "NO_FINDING", "No finding")
REASON: Words = (SCHEME, "REASON", "Reason for the state")
NOT_MEASURED: Words = (SCHEME, "NOT_MEASURED", "Level that could not be measured")
NOTICE: Words = (SCHEME, "NOTICE", "Research use notice")
TRAINING_DATA: Words = (SCHEME, "TRAINING_DATA", "What the model was trained on")
INTENDED_USE: Words = (SCHEME, "INTENDED_USE", "Intended use of the model")
LIMIT: Words = (SCHEME, "LIMIT", "Limit of the model")
OPERATING_POINT: Words = (SCHEME, "OPERATING_POINT", "What the thresholds are worth")
SCALE: Words = (SCHEME, "SCALE", "Pixel spacing and where it came from")
HEADER: Words = (SCHEME, "HEADER", "Tag of the film that could not be copied as it was")

_STATES = {
    State.CONSIDER_DXA: "CONSIDER_DXA",
    State.INDETERMINATE: "INDETERMINATE",
    State.NOT_FLAGGED: "NOT_FLAGGED",
    State.NOT_ANALYSABLE: "NOT_ANALYSABLE",
}
_SEVERITIES: dict[Severity, Words] = {
    Severity.INFO: (SCHEME, "INFO", "Note"),
    Severity.WARNING: (SCHEME, "WARNING", "Warning"),
    Severity.INDETERMINATE: (SCHEME, "AT_MOST_INDET", "At most indeterminate"),
    Severity.REFUSAL: (SCHEME, "REFUSAL", "Film refused"),
}


def code(words: Words) -> Any:
    """A code as highdicom takes it."""
    from highdicom.sr import CodedConcept

    scheme, value, meaning = words
    return CodedConcept(value=value, scheme_designator=scheme, meaning=meaning[:64])


def bone_words(bone: Bone) -> Words:
    """SNOMED's concept of a bone; the five metacarpals share one, their labels tell which."""
    return ("SCT", BONE_CODES[bone].snomed, BONE_CODES[bone].meaning)


def side_code(laterality: Laterality) -> Any | None:
    """The side of the body; ``None`` where it is not known."""
    if laterality is Laterality.LEFT:
        return code(("SCT", SNOMED_LEFT, "Left"))
    return code(("SCT", SNOMED_RIGHT, "Right")) if laterality is Laterality.RIGHT else None


def side_letter(laterality: Laterality) -> str | None:
    """L or R, as the tags for laterality have it; ``None`` where it is not known."""
    return {Laterality.LEFT: "L", Laterality.RIGHT: "R"}.get(laterality)


def state_words(state: State) -> Words:
    """One of the four states."""
    return (SCHEME, _STATES[state], state.words)


def severity_words(severity: Severity) -> Words:
    """What a finding does to the score."""
    return _SEVERITIES[severity]


def finding_words(finding: str) -> Words:
    """A finding of the quality gate: its own code in capitals (docs/findings.md)."""
    return (SCHEME, finding.upper(), finding.replace("_", " ").capitalize())


def level_words(level: float) -> Words:
    """A level along a bone's shaft, as a fraction of its length from the base."""
    return (SCHEME, f"LEVEL_{100 * level:g}", f"Shaft at {100 * level:g} % of the length from the base")


def trust_name(level: float) -> Words:
    """The question how far the measurement at a level can be trusted."""
    return (SCHEME, f"TRUST_{100 * level:g}", f"Trust in the level at {100 * level:g} %")


def trust_words(trust: Trust) -> Words:
    """The answer to it."""
    return (SCHEME, trust.value.upper(), trust.value.capitalize())


def distance_words(distance_mm: float) -> Words:
    """A place along the radius."""
    return (SCHEME, f"DISTANCE_{distance_mm:g}", f"{distance_mm:g} mm proximal to the distal ulnar surface")


def distance_trust_name(distance_mm: float) -> Words:
    """The question how far the measurement at a distance can be trusted."""
    return (SCHEME, f"TRUST_{distance_mm:g}MM", f"Trust in the level {distance_mm:g} mm from the ulna")
