"""Downloads over a real loopback connection, with the faults that servers, networks and disks have."""

from __future__ import annotations

import errno
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from OsteoScreenLib.bundle import download as module
from OsteoScreenLib.bundle.download import download
from OsteoScreenLib.bundle.network_faults import DownloadError, shown
from Testing.bundle.one_file_site import Site

CONTENT = bytes(range(256)) * 2000
OTHER = bytes(reversed(range(256))) * 2000


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK", 1000)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(CONTENT)
    yield site
    site.stop()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "got" / "bundle.zip"


def fetch(site: Site, target: Path, **options: Any) -> Path:
    return download(options.pop("url", site.url), target, **{"sha256": digest(CONTENT), "pause_s": 0.0, **options})


def fault(site: Site, target: Path, **options: Any) -> str:
    with pytest.raises(DownloadError) as caught:
        fetch(site, target, **options)
    text = str(caught.value)
    assert "\n" not in text
    assert text.count(". ") >= 1
    assert not target.exists()
    return text


def left_in(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


def test_a_file_arrives_with_its_progress(site: Site, target: Path) -> None:
    told: list[tuple[int, int | None]] = []
    assert fetch(site, target, progress=lambda *step: told.append(step)) == target
    assert target.read_bytes() == CONTENT
    assert left_in(target) == [target.name]
    received = [step for step, _ in told]
    assert received == sorted(set(received))
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert len(told) > 3


def test_without_a_hash_the_file_is_kept_as_it_is(site: Site, target: Path) -> None:
    site.content = OTHER
    assert fetch(site, target, sha256=None).read_bytes() == OTHER


def test_a_wrong_hash_is_refused_and_the_file_removed(site: Site, target: Path) -> None:
    said = fault(site, target, sha256=digest(OTHER))
    assert digest(CONTENT)[:12] in said
    assert digest(OTHER)[:12] in said
    assert left_in(target) == []


def test_an_older_file_is_not_touched_by_a_wrong_one(site: Site, target: Path) -> None:
    target.parent.mkdir()
    target.write_bytes(b"older")
    with pytest.raises(DownloadError):
        fetch(site, target, sha256=digest(OTHER))
    assert target.read_bytes() == b"older"
    assert fetch(site, target).read_bytes() == CONTENT


def test_after_breaks_the_rest_alone_is_asked_for(site: Site, target: Path) -> None:
    site.breaks = [100_000, 150_000]
    assert fetch(site, target).read_bytes() == CONTENT
    ranges = [asked.get("Range") for asked in site.asked]
    assert ranges == [None, "bytes=100000-", "bytes=250000-"]
    assert [asked.get("If-Range") for asked in site.asked] == [None, '"one"', '"one"']


def test_a_later_call_goes_on_where_an_earlier_one_gave_up(site: Site, target: Path) -> None:
    site.breaks = [1000] * module.ATTEMPTS
    said = fault(site, target)
    assert f"broke off after {1000 * module.ATTEMPTS} bytes of {len(CONTENT)}" in said
    assert "is kept" in said
    site.asked.clear()
    assert fetch(site, target).read_bytes() == CONTENT
    assert site.asked[0]["Range"] == f"bytes={1000 * module.ATTEMPTS}-"
    assert left_in(target) == [target.name]


def test_without_resume_it_begins_anew(site: Site, target: Path) -> None:
    site.breaks = [1000] * module.ATTEMPTS
    fault(site, target)
    site.asked.clear()
    assert fetch(site, target, resume=False).read_bytes() == CONTENT
    assert "Range" not in site.asked[0]


def test_a_part_of_another_address_is_not_gone_on_with(site: Site, target: Path) -> None:
    site.breaks = [1000] * module.ATTEMPTS
    fault(site, target)
    site.asked.clear()
    assert fetch(site, target, url=site.url + "?v=2").read_bytes() == CONTENT
    assert "Range" not in site.asked[0]


def test_a_server_that_knows_no_ranges_sends_all_again(site: Site, target: Path) -> None:
    site.ranges = False
    site.breaks = [100_000]
    assert fetch(site, target).read_bytes() == CONTENT
    assert len(site.asked) == 2


def test_a_server_without_tags_is_not_asked_for_a_part(site: Site, target: Path) -> None:
    site.tag = None
    site.breaks = [100_000]
    assert fetch(site, target).read_bytes() == CONTENT
    assert ["Range" in asked for asked in site.asked] == [False, False]


def test_a_weak_tag_cannot_vouch_for_bytes(site: Site, target: Path) -> None:
    site.tag = 'W/"one"'
    site.breaks = [100_000]
    assert fetch(site, target).read_bytes() == CONTENT
    assert ["Range" in asked for asked in site.asked] == [False, False]


def test_a_file_that_changed_between_attempts_is_not_mixed(site: Site, target: Path) -> None:
    site.breaks = [1000] * module.ATTEMPTS
    fault(site, target)
    site.content, site.tag = OTHER, '"two"'
    assert fetch(site, target, sha256=digest(OTHER)).read_bytes() == OTHER


def test_a_part_that_was_complete_already_is_taken(site: Site, target: Path) -> None:
    site.says_length = len(CONTENT) + 10  # the server claims more than it has
    assert fetch(site, target).read_bytes() == CONTENT
    assert site.asked[-1]["Range"] == f"bytes={len(CONTENT)}-"


def test_a_wrong_length_is_told(site: Site, target: Path) -> None:
    site.says_length, site.ranges = len(CONTENT) + 10, False
    assert f"broke off after {len(CONTENT)} bytes of {len(CONTENT) + 10}" in fault(site, target)


def test_another_part_than_was_asked_for_is_not_appended(site: Site, target: Path) -> None:
    site.breaks, site.wrong_part = [100_000], True
    assert fetch(site, target).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "words"), [(404, "no such file"), (403, "refuses"), (401, "password"), (410, "any more"), (418, "418")]
)
def test_refusals_have_words(site: Site, target: Path, status: int, words: str) -> None:
    site.statuses = [status]
    assert words in fault(site, target)
    assert len(site.asked) == 1


def test_a_fault_of_the_server_is_tried_again(site: Site, target: Path) -> None:
    site.statuses = [500, 503]
    assert fetch(site, target).read_bytes() == CONTENT
    site.statuses = [500] * module.ATTEMPTS
    target.unlink()
    assert "fault of its own (500)" in fault(site, target)


def test_a_silent_server_is_given_up(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", (0.05, 0.05))
    monkeypatch.setattr(module, "ATTEMPTS", 2)
    silence = threading.Event()
    monkeypatch.setattr(site, "answer", lambda request: silence.wait(10))
    try:
        assert "does not answer in time" in fault(site, target)
    finally:
        silence.set()


def test_nobody_at_the_address(site: Site, target: Path) -> None:
    site.stop()
    assert "cannot be reached" in fault(site, target)
    site.thread = threading.Thread()
    site.thread.start()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/a.zip", "/etc/passwd", "", "http://", "https:///a.zip", "http://[::1"]
)
def test_only_addresses_on_the_network(site: Site, target: Path, url: str) -> None:
    assert "https://" in fault(site, target, url=url)


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/bundle.zip"])
def test_redirections_to_other_schemes_are_refused(site: Site, target: Path, place: str) -> None:
    site.redirect = place
    assert "not safe to follow" in fault(site, target)


def test_redirections_within_http_are_followed(site: Site, target: Path) -> None:
    site.redirect = "/elsewhere.zip"
    assert fetch(site, target).read_bytes() == CONTENT
    assert site.paths == ["/models/bundle.zip", "/elsewhere.zip"]


def test_secrets_in_an_address_are_never_shown_or_written(site: Site, target: Path) -> None:
    url = f"http://ann:s3cret@127.0.0.1:{site.port}/models/bundle.zip?token=t0ken#f"
    site.breaks = [1000] * module.ATTEMPTS
    said = fault(site, target, url=url)
    assert f"http://127.0.0.1:{site.port}/models/bundle.zip" in said
    kept = said + "".join(path.read_text("latin-1") for path in target.parent.iterdir() if path.suffix == ".json")
    assert "s3cret" not in kept
    assert "t0ken" not in kept
    assert site.asked[0]["Authorization"].startswith("Basic ")
    site.stop()
    assert "s3cret" not in fault(site, target, url=url)
    site.thread = threading.Thread()
    site.thread.start()


def test_shown_addresses() -> None:
    assert shown("https://u:p@host.org:8080/a/b.zip?key=1#x") == "https://host.org:8080/a/b.zip"
    assert shown("http://[::1") == "the address"


def test_the_proxy_of_the_environment_is_used(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # To a proxy a request names the whole address; the host exists nowhere, so that only the proxy can answer.
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{site.port}")
    url = "http://bundles.example.invalid/bundle.zip"
    assert fetch(site, target, url=url).read_bytes() == CONTENT
    assert [urlsplit(path).hostname for path in site.paths] == ["bundles.example.invalid"]
    site.statuses = [407]
    target.unlink()
    assert "proxy" in fault(site, target, url=url)


def test_a_full_disk_leaves_nothing(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    assert "the disk is full" in fault(site, target)
    assert left_in(target) == []


def test_a_file_that_will_not_fit_is_not_begun(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site.says_length = 1 << 62
    monkeypatch.setattr(module, "LARGEST_BYTES", 1 << 63)
    assert "has room for" in fault(site, target)


def test_more_than_any_bundle_is_refused(site: Site, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_BYTES", len(CONTENT) - 1)
    assert "more than any bundle" in fault(site, target)
    assert left_in(target) == []


def test_a_folder_that_cannot_be_written_is_named(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    target = tmp_path / "file" / "bundle.zip"
    with pytest.raises(DownloadError, match="cannot be written"):
        fetch(site, target)


def test_a_hash_that_is_none_is_refused_before_anything_is_asked(site: Site, target: Path) -> None:
    assert "64 hexadecimal digits" in fault(site, target, sha256="abc")
    assert site.asked == []


def test_cancelling_keeps_what_has_arrived(site: Site, target: Path) -> None:
    class Cancelled(Exception):
        pass

    def cancel(received: int, total: int | None) -> None:
        if received > 100_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(site, target, progress=cancel)
    site.asked.clear()
    assert fetch(site, target).read_bytes() == CONTENT
    assert int(site.asked[0]["Range"].removeprefix("bytes=").removesuffix("-")) > 100_000
