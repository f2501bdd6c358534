"""What proves who we are: from the environment or a private file, never from the command line, never shown."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.json_object import read_json_object
from OsteoScreenLib.pacs.address import Node, WebNode, is_loopback

PREFIX = "OSTEOSCREEN_PACS_"
_LARGEST = 1 << 16


@dataclass(frozen=True)
class Credentials:
    """User and password, or a bearer token, for DICOMweb; PEM files of TLS for both. Nothing of it is ever printed.

    Attributes
    ----------
    user, password, token : of DICOMweb; a token goes before user and password
    ca : certificate of the authority that signed the server's, where it is none that everybody knows
    cert, key : our own certificate and its key without a pass phrase, for servers (or, when we listen, clients) that ask for it
    """

    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    ca: str | None = field(default=None, repr=False)
    cert: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)

    @property
    def prove_identity(self) -> bool:
        """Whether a secret would be sent with every request."""
        return self.token is not None or self.user is not None


_FIELDS = tuple(each.name for each in fields(Credentials))


def read_credentials(file: Path | None, environment: Mapping[str, str] | None = None) -> Credentials:
    """Credentials from ``file`` (a JSON object), or else from variables such as OSTEOSCREEN_PACS_TOKEN.

    Raises `UsageError` where the file can be read by others, holds anything unknown, or something does not fit together.
    """
    if file is not None:
        return _checked(_from_file(Path(file)), str(file))
    variables = os.environ if environment is None else environment
    return _checked({name: variables[PREFIX + name.upper()] for name in _FIELDS if variables.get(PREFIX + name.upper())}, PREFIX)


def check_way(to: Node, credentials: Credentials) -> None:
    """Refuse to send a secret where anybody on the way can read it. Raises `UsageError`."""
    if isinstance(to, WebNode) and credentials.prove_identity and not to.encrypted and not is_loopback(to.host):
        raise UsageError(str(to), "would get the user's secret in plain text", "Use https://, or take the credentials away")


def _from_file(path: Path) -> dict[str, str]:
    form = 'Write a JSON object such as {"user": "...", "password": "..."} or {"token": "..."}'
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise UsageError(path, f"cannot be read ({error.strerror})", form) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(path, "can be read by other users of this machine", f"Make it private: chmod 600 {path}")
    found = read_json_object(path, _LARGEST, UsageError, form)
    unknown = sorted(set(found) - set(_FIELDS))
    if unknown:
        raise UsageError(path, f"has the unknown field {unknown[0]!r}", f"It may hold {', '.join(_FIELDS)}")
    wrong = [name for name, value in found.items() if not isinstance(value, str) or not value]
    if wrong:
        raise UsageError(path, f"has no text as {wrong[0]}", form)
    return found


def _checked(values: dict[str, str], place: str) -> Credentials:
    found = Credentials(**values)
    if (found.user is None) != (found.password is None):
        raise UsageError(place, "give a user without a password, or the other way round", "Give both, or a token")
    if any(not value.isprintable() for value in values.values()):
        raise UsageError(place, "hold a line break or another character that cannot be sent", "Take it away")
    if found.key is not None and found.cert is None:
        raise UsageError(place, "give a key without its certificate", "Give both")
    for name in ("ca", "cert", "key"):
        path = values.get(name)
        if path is not None and not Path(path).is_file():
            raise UsageError(path, f"is no file ({name} of {place})", "Give the path of a PEM file")
    return found
