"""A bundle's archive, unpacked only where nothing in it could write outside its folder or fill the disk."""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from OsteoScreenLib.errors import BundleError

MOST_FILES = 64
LARGEST_BYTES = 512 * 1024 * 1024
"""Of all files together once unpacked; shipped bundles have 12 MB."""
GREATEST_RATIO = 100
"""Networks shrink by a tenth or so, texts tenfold; what shrinks more than this is made to fill disks."""
RATIO_MATTERS_BYTES = 1024 * 1024
_REMEDY = "Get the bundle's .zip again from where it was published"
_BLOCK = 1 << 20


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a bundle's ``.zip`` into an existing, empty folder: its files directly, or those of the one folder in it.

    Raises `BundleError` for anything but plain files side by side: links, paths that lead out, folders in folders, encrypted
    or damaged files, more or larger ones than a bundle has.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            names = _checked(archive, opened)
            for member, name in names:
                _extract(opened, member, folder / name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        raise BundleError(archive, f"is no sound .zip ({error})", _REMEDY) from error
    except OSError as error:
        fault = f"cannot be unpacked ({error.strerror or error})"
        raise BundleError(archive, fault, "Check the file, and that the disk has room") from error


def _checked(archive: Path, opened: zipfile.ZipFile) -> list[tuple[zipfile.ZipInfo, str]]:
    """Members to unpack with their plain names."""
    members = [member for member in opened.infolist() if not _leftover(member.filename)]
    for member in members:
        _check_member(archive, member)
    files = [member for member in members if not member.is_dir()]
    if len(files) > MOST_FILES:
        raise BundleError(archive, f"holds {len(files)} files, more than {MOST_FILES}", _REMEDY)
    size = sum(member.file_size for member in files)
    if size > LARGEST_BYTES:
        raise BundleError(archive, f"unpacks to {size >> 20} MB, more than {LARGEST_BYTES >> 20} MB", _REMEDY)
    packed = max(sum(member.compress_size for member in files), 1)
    if size > RATIO_MATTERS_BYTES and size / packed > GREATEST_RATIO:
        raise BundleError(archive, f"unpacks to {size // packed} times its size", _REMEDY)
    parts = {member.filename: PurePosixPath(member.filename).parts for member in files}
    tops = {part[0] for part in parts.values()}
    depth = 1 if len(tops) == 1 and all(len(part) == 2 for part in parts.values()) else 0
    if any(len(part) != depth + 1 for part in parts.values()):
        raise BundleError(archive, "holds folders in folders, or several", "A bundle is one folder of plain files")
    names = [(member, parts[member.filename][depth]) for member in files]
    if len({name.casefold() for _, name in names}) < len(names):
        raise BundleError(archive, "holds two files of the same name", _REMEDY)
    if "bundle.json" not in {name for _, name in names}:
        raise BundleError(archive, "holds no bundle.json, so it is no model bundle", "Give the .zip of a model bundle")
    return names


def _check_member(archive: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename
    parts = PurePosixPath(name).parts
    # zipfile itself turns backslashes into slashes on Windows alone, so the original name is looked at too.
    if not parts or name.startswith("/") or ".." in parts or any(mark in name + member.orig_filename for mark in "\\:\0"):
        raise BundleError(archive, f"holds {member.orig_filename[:80]!r}, which leads out of the bundle's folder", _REMEDY)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BundleError(archive, f"holds {name[:80]!r}, a link or device instead of a file", _REMEDY)
    if member.flag_bits & 0x1:
        raise BundleError(archive, f"holds {name[:80]!r}, which is encrypted", "Give an archive without a password")


def _leftover(name: str) -> bool:
    """What macOS adds to archives."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name == ".DS_Store"


def _extract(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    left = member.file_size
    with opened.open(member) as source, target.open("xb") as file:
        while block := source.read(_BLOCK):
            left -= len(block)
            if left < 0:  # the size that was checked is what the archive said of itself
                raise zipfile.BadZipFile(f"{member.filename} is larger than it says")
            file.write(block)
