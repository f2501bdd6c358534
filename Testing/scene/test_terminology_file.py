"""Slicer's own logic loads the terminology file and finds every bone in it."""

from pathlib import Path

import pytest

from OsteoScreenLib.bones import BONES, SNOMED_LEFT, SNOMED_RIGHT
from OsteoScreenLib.radiograph.values import Laterality
from OsteoScreenLib.screening.terminology import CATEGORY, CONTEXT_NAME, terminology_entry, type_code

slicer = pytest.importorskip("slicer")
FILE = Path(__file__).parents[2] / "Resources" / "Terminologies" / "SegmentationCategoryTypeModifier-OsteoScreen.term.json"


@pytest.fixture
def logic():
    logic = slicer.vtkSlicerTerminologiesModuleLogic()
    assert logic.LoadTerminologyFromFile(str(FILE)) == CONTEXT_NAME
    return logic


def _category(logic):
    category = slicer.vtkSlicerTerminologyCategory()
    assert logic.GetNumberOfCategoriesInTerminology(CONTEXT_NAME) == 1
    assert logic.GetNthCategoryInTerminology(CONTEXT_NAME, 0, category)
    return category


def _code(item):
    return (item.GetCodingSchemeDesignator(), item.GetCodeValue(), item.GetCodeMeaning())


def test_every_bone_and_both_sides_are_offered(logic):
    category = _category(logic)
    assert _code(category) == CATEGORY
    types = {}
    for index in range(logic.GetNumberOfTypesInTerminologyCategory(CONTEXT_NAME, category)):
        kind = slicer.vtkSlicerTerminologyType()
        assert logic.GetNthTypeInTerminologyCategory(CONTEXT_NAME, category, index, kind)
        sides = []
        for number in range(logic.GetNumberOfTypeModifiersInTerminologyType(CONTEXT_NAME, category, kind)):
            modifier = slicer.vtkSlicerTerminologyType()
            assert logic.GetNthTypeModifierInTerminologyType(CONTEXT_NAME, category, kind, number, modifier)
            sides.append(modifier.GetCodeValue())
        types[_code(kind)] = sides
    assert set(types) == {type_code(bone) for bone in BONES}
    assert all(sides == [SNOMED_LEFT, SNOMED_RIGHT] for sides in types.values())


@pytest.mark.parametrize("bone", BONES)
def test_the_segments_entries_are_those_of_the_file(logic, bone):
    written, found = slicer.vtkSlicerTerminologyEntry(), slicer.vtkSlicerTerminologyEntry()
    assert logic.DeserializeTerminologyEntry(terminology_entry(bone, Laterality.LEFT), written)
    label = f"{type_code(bone)[2].lower()} left"
    assert logic.FindTypeInTerminologyBy3dSlicerLabel(CONTEXT_NAME, label, found)
    assert _code(found.GetTypeObject()) == _code(written.GetTypeObject())
    assert _code(found.GetTypeModifierObject()) == _code(written.GetTypeModifierObject())
    assert _code(found.GetCategoryObject()) == _code(written.GetCategoryObject())
