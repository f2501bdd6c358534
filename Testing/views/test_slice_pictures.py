"""What a clinician sees: scenes with known contents, rendered by Slicer's own displayable managers, checked by pixels."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from OsteoScreenLib.bones import BONE_CODES, Bone
from OsteoScreenLib.scene.build import build_scene
from OsteoScreenLib.scene.film import film_node
from OsteoScreenLib.scene.fit import fit_film
from OsteoScreenLib.scene.hypotheses import hide_hypothesis, show_hypothesis
from OsteoScreenLib.scene.layout import FILM_VIEW, UNCERTAINTY_VIEW, enter_layout
from OsteoScreenLib.scene.palette import POINTS
from OsteoScreenLib.scene.uncertainty import OPACITY, VISIBLE_FROM
from OsteoScreenLib.segmentation.values import UncertaintyMaps
from Testing.screening_results import make_screening_result
from Testing.views.slice_view import SliceView

_HIGH = np.s_[20:40, 10:40]
_LOW = np.s_[60:80, 10:40]


def _to_view(view, film, places):
    """Rows and columns of the picture (n x 2) at which the film's places (n x 2, row and column) are seen."""
    import slicer
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkCommonTransforms import vtkGeneralTransform

    to_ras, to_view, to_world = vtkMatrix4x4(), vtkMatrix4x4(), vtkGeneralTransform()
    film.GetIJKToRASMatrix(to_ras)
    vtkMatrix4x4.Invert(view.node.GetXYToRAS(), to_view)
    slicer.vtkMRMLTransformNode.GetTransformBetweenNodes(film.GetParentTransformNode(), None, to_world)
    height = view.node.GetDimensions()[1]
    seen = []
    for row, column in places:
        world = to_world.TransformPoint(to_ras.MultiplyPoint((column, row, 0.0, 1.0))[:3])
        x, y, _, _ = to_view.MultiplyPoint((*world, 1.0))
        seen.append((height - 1 - y, x))
    return np.array(seen)


def _at(pixels, seen):
    rows, columns = np.rint(seen).astype(int).T
    return pixels[rows, columns].astype(float)


def _rotated(film):
    """Turn the film as a DICOM file with an oblique ImageOrientationPatient would."""
    from vtkmodules.vtkCommonTransforms import vtkTransform

    turn = vtkTransform()
    turn.RotateZ(45)
    turn.RotateX(30)
    spacing = film.GetSpacing()
    directions = np.array([[turn.GetMatrix().GetElement(row, column) for column in range(3)] for row in range(3)])
    film.SetIJKToRASDirections(*directions.ravel())
    film.SetOrigin(30.0, -20.0, 7.0)
    assert film.GetSpacing() == spacing


def _moved(film):
    """Put the film under a parent transform."""
    from vtkmodules.vtkCommonTransforms import vtkTransform

    turn = vtkTransform()
    turn.Translate(12.0, 5.0, -3.0)
    turn.RotateZ(-25)
    node = film.GetScene().AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetMatrixTransformToParent(turn.GetMatrix())
    film.SetAndObserveTransformNodeID(node.GetID())


@pytest.mark.parametrize("place", [(), (_rotated,), (_moved,), (_rotated, _moved)], ids=["upright", "oblique", "moved", "both"])
def test_each_bone_is_outlined_in_its_colour_where_its_mask_ends(view, place):
    result, radiograph = make_screening_result()
    film = film_node(view.scene, radiograph)
    for change in place:
        change(film)
    build_scene(view.scene, result, radiograph, film=film)
    view.show(film)
    fit_film(view.node, film)
    pixels = view.pixels().astype(float)
    for bone in (Bone.METACARPAL_2, Bone.METACARPAL_3, Bone.ULNA):
        mask = result.segmentation.masks[bone.channel]
        coloured = np.abs(pixels - 255 * np.array(BONE_CODES[bone].colour)).max(axis=-1) < 40
        distance = ndimage.distance_transform_edt(~coloured)
        rim = np.argwhere(mask & ~ndimage.binary_erosion(mask))
        seen = np.rint(_to_view(view, film, rim)).astype(int)
        assert np.quantile(distance[seen[:, 0], seen[:, 1]], 0.95) <= 4.0
        inside = np.argwhere(ndimage.binary_erosion(mask, iterations=3))
        seen = np.rint(_to_view(view, film, inside)).astype(int)
        assert coloured[seen[:, 0], seen[:, 1]].mean() < 0.05


def _with_map(result, **blocks):
    total = np.zeros(result.film.shape, np.float32)
    total[_HIGH], total[_LOW] = blocks["high"], blocks["low"]
    maps = UncertaintyMaps(total=total, between=total, within=np.zeros_like(total))
    return replace(result, segmentation=replace(result.segmentation, uncertainty=maps))


def _middle(block):
    rows, columns = block
    return ((rows.start + rows.stop) / 2, (columns.start + columns.stop) / 2)


def test_uncertainty_tints_the_film_in_the_colour_of_its_bits_and_only_above_the_threshold(view):
    result, radiograph = make_screening_result()
    nodes = build_scene(view.scene, _with_map(result, high=0.75, low=VISIBLE_FROM * 0.8), radiograph)
    nodes.segmentation.GetDisplayNode().SetVisibility(False)
    view.show(nodes.film)
    fit_film(view.node, nodes.film)
    bare = view.pixels()
    view.show(nodes.film, over=nodes.uncertainty["total"], opacity=OPACITY)
    tinted = view.pixels()
    seen = _to_view(view, nodes.film, [_middle(_HIGH), _middle(_LOW)])
    colour = 255 * np.array(next(point[1:] for point in POINTS if point[0] == 0.75))
    np.testing.assert_allclose(_at(tinted, seen[:1]), (1 - OPACITY) * _at(bare, seen[:1]) + OPACITY * colour, atol=4)
    np.testing.assert_array_equal(_at(tinted, seen[1:]), _at(bare, seen[1:]))


def test_the_legend_runs_from_dark_to_light_beside_the_map_and_goes_with_it(view):
    result, radiograph = make_screening_result()
    nodes = build_scene(view.scene, _with_map(result, high=0.0, low=0.0), radiograph)
    view.show(nodes.film)
    fit_film(view.node, nodes.film)
    bare = view.pixels()
    view.show(nodes.film, over=nodes.uncertainty["total"], opacity=OPACITY)
    pixels = view.pixels()
    changed = np.argwhere((pixels != bare).any(axis=-1))
    assert changed[:, 1].min() > pixels.shape[1] / 2
    lowest, highest = (255 * np.array(POINTS[index][1:]) for index in (0, -1))
    rows_of = [np.argwhere(np.abs(pixels - each).max(axis=-1) < 12)[:, 0] for each in (lowest, highest)]
    assert all(len(rows) for rows in rows_of)
    assert rows_of[1].max() < rows_of[0].min()
    letters = (pixels == 255).all(axis=-1) & (bare != 255).any(axis=-1)
    assert letters.sum() > 100
    view.show(nodes.film)
    np.testing.assert_array_equal(view.pixels(), bare)


def test_profiles_show_the_medullary_width_in_white(view):
    result, radiograph = make_screening_result()
    nodes = build_scene(view.scene, result, radiograph)
    view.show(nodes.film)
    for level in result.radiogrammetry.levels[:3]:
        view.look_at(nodes.film, *np.mean(level.profile, axis=0), rows=40)
        (r0, c0), (r1, c1) = level.medullary
        inside = [(r0 + (r1 - r0) * part, c0 + (c1 - c0) * part) for part in np.linspace(0.1, 0.9, 9)]
        outside = [(row + 3, column) for row, column in inside]
        pixels = view.pixels()
        assert _at(pixels, _to_view(view, nodes.film, inside)).min(axis=-1).mean() > 200
        assert _at(pixels, _to_view(view, nodes.film, outside)).min(axis=-1).mean() < 200


def test_the_layout_shows_lines_on_the_left_and_the_map_with_its_legend_on_the_right(view):
    left, right = (SliceView(view.scene, name, (400, 500)) for name in (FILM_VIEW, UNCERTAINTY_VIEW))
    result, radiograph = make_screening_result()
    nodes = build_scene(view.scene, _with_map(result, high=0.75, low=0.0), radiograph)
    enter_layout(view.scene, nodes.film)
    seen = {each: each.pixels() for each in (left, right)}
    colour = 255 * np.array(BONE_CODES[Bone.ULNA].colour)
    outlined = {each: (np.abs(pixels - colour).max(axis=-1) < 40).sum() for each, pixels in seen.items()}
    assert outlined[left] > 100 > outlined[right]
    brightest = 255 * np.array(POINTS[-1][1:])
    legend = {each: (np.abs(pixels - brightest).max(axis=-1) < 12).sum() for each, pixels in seen.items()}
    assert legend[left] == 0 < legend[right]
    place = _to_view(right, nodes.film, [_middle(_HIGH)])
    tint = 255 * np.array(next(point[1:] for point in POINTS if point[0] == 0.75))
    np.testing.assert_allclose(_at(seen[right], place), (1 - OPACITY) * _at(seen[left], place) + OPACITY * tint, atol=6)
    for each in (left, right):
        each.close()


def test_a_plausible_outline_is_drawn_over_the_result_and_taken_off_again(view):
    result, radiograph = make_screening_result()
    nodes = build_scene(view.scene, result, radiograph)
    view.show(nodes.film)
    fit_film(view.node, nodes.film)
    before = view.pixels()
    show_hypothesis(view.scene, nodes.film, 0)
    during = view.pixels()
    drawn = (during != before).any(axis=-1)
    assert 200 < drawn.sum() < 0.1 * drawn.size
    assert during[drawn].mean() > before[drawn].mean() + 20
    hide_hypothesis(view.scene, nodes.film)
    np.testing.assert_array_equal(view.pixels(), before)


def test_the_documentations_pictures_are_taken_from_a_scene_and_from_its_file(tmp_path, view):
    from OsteoScreenLib.scene.standalone import standalone_scene
    from OsteoScreenLib.scene.write import write_scene
    from Testing.views.slice_pictures import pictures, show_result

    result, radiograph = make_screening_result()
    write_scene(result, radiograph, tmp_path / "scene.mrb")
    taken = {}
    for name in ("scene", "file"):
        with standalone_scene() as scene:
            left, right = (SliceView(scene, each, (400, 500)) for each in (FILM_VIEW, UNCERTAINTY_VIEW))
            film = show_result(scene, tmp_path) if name == "file" else build_scene(scene, result, radiograph).film
            taken[name] = pictures(scene, left, right, film)
            left.close()
            right.close()
    assert taken["scene"].keys() == taken["file"].keys() == {"two_views", "profiles", "plausible_outline"}
    for name, pixels in taken["scene"].items():
        apart = np.abs(pixels.astype(int) - taken["file"][name]).max(axis=-1) > 40
        assert apart.mean() < 0.005, name
