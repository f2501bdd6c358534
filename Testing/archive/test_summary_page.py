"""The summary page: right counts, drift in words, everything escaped, nothing loaded from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from OsteoScreenLib import RESEARCH_USE_NOTICE
from OsteoScreenLib.archive.histogram import HEIGHT, WIDTH, histogram
from OsteoScreenLib.archive.ledger import Entry
from OsteoScreenLib.archive.reference import DECILES, Reference
from OsteoScreenLib.archive.rows import row_of
from OsteoScreenLib.archive.summary import write_summary
from OsteoScreenLib.archive.values import FilmReference, Outcome, Settings
from OsteoScreenLib.archive.worst import worst_films
from OsteoScreenLib.bundle import Bundle, load_bundle
from OsteoScreenLib.classification.values import State
from Testing.band_bundle import write_band_bundle
from Testing.screening_results import make_screening_result

HOSTILE = "<script>alert(1)</script>.dcm"


class Page(HTMLParser):
    """What a page shows, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words, self.tags, self.loaded = "", [], []
        self._unseen = False
        self.feed(text)
        self.words = " ".join(self.words.split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._unseen = tag == "style"
        self.loaded += [value or "" for name, value in attributes if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag: str) -> None:
        self._unseen = False
        self.words += " "

    def handle_data(self, data: str) -> None:
        self.words += "" if self._unseen else data


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(write_band_bundle(tmp_path_factory.mktemp("bands") / "bundle", classifier=True))


def entry(name: str, state: State = State.INDETERMINATE, duplicate_of: str | None = None, **changes: object) -> Entry:
    row = {**row_of(make_screening_result((80, 64), state=state)[0]), **changes}
    return Entry(FilmReference(name, f"/{name}"), "ab" * 32, duplicate_of, Outcome("ab" * 32, row))  # type: ignore[arg-type]


def failed(name: str, text: str) -> Entry:
    return Entry(FilmReference(name, f"/{name}"), None, None, Outcome(None, None, "bad_film", text))


def page_of(folder: Path, entries: list[Entry], bundle: Bundle, reference: Reference | None = None) -> str:
    def drawn(films: Iterable[FilmReference]) -> Iterator[tuple[FilmReference, bytes | None]]:
        return ((film, None if film.name == "unreadable" else b"jpeg") for film in films)

    settings = Settings("9.9", bundle.name, bundle.sha256, seed=77)
    path = write_summary(folder, lambda: entries, (), bundle=bundle, settings=settings, reference=reference, drawn=drawn)
    return path.read_text(encoding="utf-8")


def test_page_counts_says_what_it_rests_on_and_loads_nothing(tmp_path: Path, bundle: Bundle) -> None:
    entries = [
        *(entry(f"{number}") for number in range(3)),
        entry("copy", duplicate_of="0"),
        entry("refused", State.NOT_ANALYSABLE),
        *(failed(f"bad {number}", "it is cut off. Export it again") for number in range(2)),
    ]
    page = Page(page_of(tmp_path, entries, bundle))
    for words in (
        "archive of 7 films",
        "Indeterminate 4 57%",
        "Not analysable 1 14%",
        "Failed: no result 2 29%",
        "1 film is an exact copy of another one",
        "it is cut off. Export it again 2",
        "Bone missing 4 100%",
        "There is nothing to compare with",
        " ".join(RESEARCH_USE_NOTICE.split()),
        bundle.training_data,
        bundle.sha256,
        "OsteoScreen 9.9",
        "seed 77",
    ):
        assert words in page.words, words
    assert all(address.startswith("data:image/jpeg;base64,") for address in page.loaded)
    assert len(page.loaded) == 4
    assert "@import" not in page.words


def test_hostile_names_and_reasons_stay_text(tmp_path: Path, bundle: Bundle) -> None:
    entries = [
        entry(HOSTILE, State.NOT_ANALYSABLE, reason="<img src=x onerror=alert(1)>", quality_refusal="<b>code</b>"),
        failed("bad", "<svg/onload=alert(1)>"),
    ]
    text = page_of(tmp_path, entries, replace(bundle, limits=("<i>limit</i>",)))
    page = Page(text)
    assert HOSTILE in page.words
    assert not {"script", "i"} & set(page.tags)
    assert "<img src=x" not in text
    assert "<svg/onload" not in text


def test_drift_is_said_in_words_and_marked(tmp_path: Path, bundle: Bundle) -> None:
    rng = np.random.default_rng(2)
    deciles = tuple(map(float, np.quantile(rng.beta(2, 8, 500), DECILES)))
    states = {state.value: 0.25 for state in State}
    reference = Reference(500, "simulated films", states, {"bone_missing": 0.02}, {"probability": deciles, "mean_mci": deciles})
    entries = [entry(f"{number}", probability=float(value)) for number, value in enumerate(rng.beta(6, 4, 60))]
    page = Page(page_of(tmp_path, entries, bundle, reference))
    assert "This archive differs from the reference by more than chance" in page.words
    assert "Probability of osteoporosis: distributed differently" in page.words
    assert "Indeterminate: 100% of the films, 25% expected" in page.words
    assert "Bone missing: 100% of the films, 2% expected" in page.words
    assert "Reference: 500 films, simulated films" in page.words


def test_contact_sheet_shows_the_gravest_first_and_says_what_cannot_be_shown(tmp_path: Path, bundle: Bundle) -> None:
    entries = [
        entry("fine", quality_warning=None),
        entry("unreadable", quality_warning="noisy blurred"),
        entry("warned", quality_warning="noisy"),
        entry("doubtful", quality_indeterminate="view_turned"),
        entry("copy", State.NOT_ANALYSABLE, duplicate_of="refused"),
        entry("refused", State.NOT_ANALYSABLE),
        failed("failed", "no film"),
    ]
    assert [each.film.name for each in worst_films(entries)] == ["refused", "doubtful", "unreadable", "warned", "fine"]
    assert [each.film.name for each in worst_films(entries, 2)] == ["refused", "doubtful"]
    page = Page(page_of(tmp_path, entries, bundle))
    assert "refused No hand or wrist was found on this film." in page.words
    assert "not readable any more unreadable" in page.words


def test_archive_without_films_has_a_page(tmp_path: Path, bundle: Bundle) -> None:
    assert "archive of 0 films" in Page(page_of(tmp_path, [], bundle)).words


def test_histogram_has_every_value_and_the_reference_to_scale() -> None:
    values = np.array([0.11, 0.11, 0.12, 0.31, 0.4])
    drawn = histogram("x", values, tuple(np.linspace(0.1, 0.4, 11)), ((0.2, "limit"),))
    counts = [int(re.search(r": (\d+) film", bar.text)[1]) for bar in drawn.bars]  # type: ignore[index]
    assert sum(counts) == drawn.films == 5
    assert drawn.most == max(counts) == 3
    tallest = max(drawn.bars, key=lambda bar: bar.height)
    assert (tallest.y, tallest.height) == (0.0, HEIGHT)
    assert [name for _, name in drawn.ticks] == ["0.1", "0.2", "0.3", "0.4"]
    assert drawn.marks == ((pytest.approx(WIDTH / 3, abs=0.02), "limit"),)
    # A uniform reference over 12 bins expects 5/12 of a film in each.
    heights = {float(y) for y in re.findall(r"V([\d.]+)H", drawn.line or "")}
    assert heights == {round(HEIGHT * (1 - 5 / 12 / 3), 2)}
