"""The sample films in Slicer's Sample Data module: simulated, from the extension's own folder, never from a network."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from OsteoScreenLib.bundle.location import resources_folder

CATEGORY = "OsteoScreen"


@dataclass(frozen=True)
class SampleFilm:
    """One film.

    Attributes
    ----------
    name : under which Sample Data offers it: ``SampleData.downloadSample(name)``
    node : name of the volume node it becomes; film and thumbnail are files of this name
    sha256 : of the film's file
    """

    name: str
    node: str
    sha256: str


SAMPLE_FILMS = (
    SampleFilm(
        "OsteoScreen simulated hand",
        "simulated_hand",
        "debe9cc91be3deccc7eb20fbe4825ce81ea5b92bad6c95ea10d0ce9476857e03",
    ),
    SampleFilm(
        "OsteoScreen simulated wrist",
        "simulated_wrist",
        "1426d266198e1457cf0c3618bc2d9d561ce90ff707b189ff630cefaf59dbeb52",
    ),
)


def register_sample_data() -> tuple[str, ...]:
    """Offer the sample films in the Sample Data module and return their names; nothing where Slicer runs without that module."""
    try:
        import SampleData
    except ImportError:
        logging.info("OsteoScreen: no Sample Data module, its sample films are not offered.")
        return ()
    for film in SAMPLE_FILMS:
        resources = resources_folder().resolve()
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category=CATEGORY,
            sampleName=film.name,
            thumbnailFileName=str(resources / "Icons" / f"{film.node}.png"),
            uris=(resources / "SampleData" / f"{film.node}.png").as_uri(),
            # Slicer copies it to its cache, where other extensions' files lie too.
            fileNames=f"OsteoScreen_{film.node}.png",
            nodeNames=film.node,
            checksums=f"SHA256:{film.sha256}",
            loadFileType="VolumeFile",
            # Alone: numbered or equally large pictures beside it in the cache would be stacked to a volume.
            loadFileProperties={"singleFile": True},
        )
    return tuple(film.name for film in SAMPLE_FILMS)
