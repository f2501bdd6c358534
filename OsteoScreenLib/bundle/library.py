"""The bundles on this machine: those shipped, and the user's own."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from OsteoScreenLib.bundle.archive import unpack
from OsteoScreenLib.bundle.loading import DOCUMENTS, load_bundle, sha256_of
from OsteoScreenLib.errors import BundleError
from OsteoScreenLib.new_folder import new_folder

_SHOWN_DIGITS = 8


@dataclass(frozen=True)
class BundleEntry:
    """One bundle of a library.

    ``sha256`` is of ``bundle.json``, which holds the hash of every other file. ``fault``: one line about what is wrong with
    it, ``None`` for a sound one; name (the folder's), version and hash (empty) of a faulty one cannot be trusted.
    """

    name: str
    version: str
    sha256: str
    folder: Path
    shipped: bool
    fault: str | None = None

    @property
    def title(self) -> str:
        """Name, version and first digits of the hash, for people."""
        return " ".join(part for part in (self.name, self.version, self.sha256[:_SHOWN_DIGITS]) if part)


class BundleLibrary:
    """Bundles in the folder ``shipped`` (read only) and in ``own``, which is made when the first one is added.

    Every byte of a bundle is verified whenever it is listed or added. All errors are `BundleError`, one line each.
    """

    def __init__(self, shipped: Path, own: Path) -> None:
        self.shipped = Path(shipped)
        self.own = Path(own)

    def entries(self) -> tuple[BundleEntry, ...]:
        """All bundles, the shipped ones first, each part by name and version."""
        return (*_listed(self.shipped, shipped=True), *_listed(self.own, shipped=False))

    def verify(self, entry: BundleEntry) -> BundleEntry:
        """The entry as the bundle is now, every file hashed again; another hash than before is a fault too."""
        found = _entry(entry.folder, shipped=entry.shipped)
        if found.fault is None and entry.fault is None and found.sha256 != entry.sha256:
            fault = f"{entry.folder}: is another bundle now ({found.sha256[:12]}..., was {entry.sha256[:12]}...). List them again"
            return replace(found, fault=fault)
        return found

    def add_folder(self, folder: Path) -> BundleEntry:
        """Copy a bundle's folder into the own ones and return its entry.

        The new folder is called name-version-hash, so versions stand side by side. Raises `BundleError` where the bundle is
        faulty or is in the library already.
        """
        bundle = load_bundle(folder)
        self._refuse_known(bundle.sha256, Path(folder))
        target = self.own / _folder_name(bundle.name, bundle.version, bundle.sha256)
        if _inside(target, self.own) and target.is_dir():  # the same bundle, but a damaged copy of it
            self._remove(target)
        documents = [path.name for path in Path(folder).iterdir() if path.suffix.lower() in DOCUMENTS and path.is_file()]
        with new_folder(target, BundleError) as working:
            try:
                for name in {"bundle.json", *bundle.files, *(name for name in documents if not name.startswith("."))}:
                    shutil.copyfile(Path(folder) / name, working / name)
            except OSError as error:
                fault = f"cannot be copied ({error.strerror or error})"
                raise BundleError(folder, fault, "Check the folder, and that the disk has room") from error
            if load_bundle(working).sha256 != bundle.sha256:
                raise BundleError(folder, "was changed while it was copied", "Add it again")
        return _entry(target, shipped=False)

    def add_archive(self, archive: Path, sha256: str | None = None) -> BundleEntry:
        """Add a bundle from a ``.zip``, whose own hash must be ``sha256`` where that is given. Errors as in `add_folder`."""
        archive = Path(archive)
        try:
            found = sha256_of(archive)
            self.own.mkdir(parents=True, exist_ok=True)
            place = tempfile.mkdtemp(prefix=".unpacking-", dir=self.own)
        except OSError as error:
            fault = f"cannot be unpacked ({error.strerror or error})"
            raise BundleError(archive, fault, "Check the file, and that the disk has room") from error
        try:
            if sha256 is not None and found != sha256.strip().lower():
                fault = f"SHA-256 is {found[:12]}..., expected {sha256.strip().lower()[:12]}..."
                raise BundleError(archive, fault, "Get it again from where it was published")
            unpack(archive, Path(place))
            try:
                return self.add_folder(Path(place))
            except BundleError as error:
                # The temporary folder says nothing to a person.
                inside = error.place.removeprefix(place).strip(os.sep)
                raise BundleError(f"{archive}: {inside}" if inside else archive, error.fault, error.remedy) from error
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def remove(self, entry: BundleEntry) -> None:
        """Remove one of the user's own bundles. Raises `BundleError` for a shipped one and for anything else."""
        if entry.shipped or _inside(entry.folder, self.shipped):
            raise BundleError(entry.folder, "is shipped with OsteoScreen and cannot be removed", "Choose another bundle instead")
        if not _inside(entry.folder, self.own) or not entry.folder.is_dir():
            raise BundleError(entry.folder, f"is no bundle in {self.own}", "List the bundles again")
        self._remove(entry.folder)

    def _remove(self, folder: Path) -> None:
        gone = folder.with_name(f".removed-{uuid4().hex[:8]}")
        try:
            folder.rename(gone)  # at once, so that no half bundle is ever listed
        except OSError as error:
            fault = f"cannot be removed ({error.strerror or error})"
            raise BundleError(folder, fault, "Close programs that use it, and check the access rights") from error
        shutil.rmtree(gone, ignore_errors=True)

    def _refuse_known(self, sha256: str, folder: Path) -> None:
        for entry in self.entries():
            if entry.fault is None and entry.sha256 == sha256:
                raise BundleError(folder, f"is in the library already: {entry.title}", "Choose it there")


def _listed(folder: Path, *, shipped: bool) -> list[BundleEntry]:
    if not folder.is_dir():
        return []
    try:
        found = [path for path in folder.iterdir() if not path.name.startswith(".") and (path / "bundle.json").is_file()]
    except OSError as error:
        raise BundleError(folder, f"cannot be read ({error.strerror or error})", "Check its access rights") from error
    entries = [_entry(path, shipped=shipped) for path in found]
    return sorted(entries, key=lambda entry: (entry.name, entry.version, entry.sha256, str(entry.folder)))


def _entry(folder: Path, *, shipped: bool) -> BundleEntry:
    try:
        bundle = load_bundle(folder)
    except BundleError as error:
        return BundleEntry(folder.name, "", "", folder, shipped, str(error))
    return BundleEntry(bundle.name, bundle.version, bundle.sha256, folder, shipped)


def _inside(folder: Path, parent: Path) -> bool:
    """Whether ``folder`` lies directly in ``parent``, links resolved, and is none itself."""
    return not folder.is_symlink() and folder.resolve().parent == parent.resolve()


def _folder_name(name: str, version: str, sha256: str) -> str:
    parts = [re.sub(r"[^A-Za-z0-9._]+", "-", part).strip("-.")[:40] for part in (name, version)]
    return "-".join([part for part in parts if part] + [sha256[:_SHOWN_DIGITS]])
