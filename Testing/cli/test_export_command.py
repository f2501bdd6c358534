"""``osteoscreen export`` over stored results: what was asked for is written, a bad folder does not keep the others back."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import nibabel
import numpy as np
import pytest
from PIL import Image

from OsteoScreenLib.bones import BONES
from OsteoScreenLib.cli import main
from OsteoScreenLib.screening.result_folder import write_folder_atomically
from OsteoScreenLib.screening.storage import save_result
from Testing.screening_results import make_screening_result


@pytest.fixture
def folders(tmp_path) -> list[Path]:
    made = []
    for seed in (0, 1):
        made.append(tmp_path / f"film{seed}")
        with write_folder_atomically(made[-1]) as folder:
            save_result(make_screening_result((100, 80 + seed), seed)[0], folder)
    return made


def run(*arguments: object) -> int:
    try:
        return int(main(["export", *(str(argument) for argument in arguments)]) or 0)
    except SystemExit as ended:
        return int(ended.code or 0)


def test_one_coco_file_over_all_folders(folders, tmp_path, capsys) -> None:
    assert run(*folders, "--coco", tmp_path / "all.json") == 0
    document = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    assert [each["width"] for each in document["images"]] == [80, 81]
    assert len(document["annotations"]) == 12
    assert "12 outlines on 2 films" in capsys.readouterr().out
    assert not (folders[0] / "masks").exists()


def test_masks_lie_in_each_folder_and_are_its_own(folders) -> None:
    assert run(*folders, "--nifti", "--masks", "--quiet") == 0
    for seed, folder in enumerate(folders):
        mask = make_screening_result((100, 80 + seed), seed)[0].segmentation.masks[0]
        names = {path.name for path in (folder / "masks").iterdir()}
        assert names == {f"{bone.value}{suffix}" for bone in BONES for suffix in (".png", ".nii.gz")}
        np.testing.assert_array_equal(np.asarray(Image.open(folder / "masks" / "radius.png")) > 0, mask)
        np.testing.assert_array_equal(np.asarray(nibabel.load(folder / "masks" / "radius.nii.gz").dataobj)[:, :, 0].T, mask)
        assert not [path for path in folder.iterdir() if "masks" in path.name and path.name != "masks"]


def test_exported_masks_go_with_the_result_that_they_belong_to(folders) -> None:
    assert run(folders[0], "--masks", "--quiet") == 0
    assert run(folders[0], "--nifti", "--quiet") == 0
    (folders[0] / "notes.txt").write_text("mine")
    with write_folder_atomically(folders[0]) as folder:
        save_result(make_screening_result((100, 80), 5)[0], folder)
    assert not (folders[0] / "masks").exists()
    assert (folders[0] / "notes.txt").read_text() == "mine"


def test_a_bad_folder_is_named_and_the_others_are_exported(folders, tmp_path, capsys) -> None:
    (folders[0] / "uncertainty.nrrd").write_bytes(b"torn")
    assert run(*folders, tmp_path / "none", "--coco", tmp_path / "all.json") == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert "uncertainty.nrrd" in lines[0]
    assert "none" in lines[1]
    assert len(json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))["images"]) == 1


def test_something_must_be_asked_for(folders, capsys) -> None:
    assert run(*folders) == 2
    assert "--coco" in capsys.readouterr().err


def test_exporting_twice_changes_nothing(folders) -> None:
    def state() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (folders[0] / "masks").iterdir()}

    assert run(folders[0], "--nifti", "--masks", "--quiet") == 0
    first, manifest = state(), (folders[0] / ".osteoscreen-files.json").read_bytes()
    assert run(folders[0], "--nifti", "--masks", "--quiet") == 0
    assert state() == first
    assert (folders[0] / ".osteoscreen-files.json").read_bytes() == manifest


def test_masks_may_be_read_by_whoever_may_read_the_folder(folders) -> None:
    assert run(folders[0], "--masks", "--quiet") == 0
    assert stat.S_IMODE((folders[0] / "masks").stat().st_mode) == stat.S_IMODE(folders[0].stat().st_mode)
