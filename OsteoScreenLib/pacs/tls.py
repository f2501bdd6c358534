"""TLS for DICOM associations; for DICOMweb the same files are given to the session. Verification is never switched off."""

from __future__ import annotations

import socket
import ssl

from OsteoScreenLib.errors import UsageError
from OsteoScreenLib.pacs.credentials import Credentials
from OsteoScreenLib.pacs.faults import AccessError, Fault, Unreachable

_REMEDY = "Give PEM files; the key without a pass phrase and readable by you alone"
CHECK_CERTIFICATE = (
    "Check the address and the clock; for an authority of your own set OSTEOSCREEN_PACS_CA, or ca in the file of --credentials"
)


def client_context(credentials: Credentials) -> ssl.SSLContext:
    """What verifies the server by its name, and shows it our own certificate. Raises `UsageError`."""
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=credentials.ca)
    except (OSError, ValueError) as error:
        raise UsageError(str(credentials.ca), "is no certificate of an authority", _REMEDY) from error
    _load_own(context, credentials)
    return context


def server_context(credentials: Credentials) -> ssl.SSLContext:
    """What we listen with; with a ``ca`` only clients that it signed may call. Raises `UsageError`."""
    if credentials.cert is None:
        raise UsageError("--tls", "needs a certificate", "Set OSTEOSCREEN_PACS_CERT and _KEY, or name a file with --credentials")
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=credentials.ca)
    except (OSError, ValueError) as error:
        raise UsageError(str(credentials.ca), "is no certificate of an authority", _REMEDY) from error
    if credentials.ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    _load_own(context, credentials)
    return context


def why_no_connection(host: str, port: int, context: ssl.SSLContext | None, timeout_s: float) -> Fault | AccessError:
    """Connect once more, to learn why a library that only says "no" could not."""
    place = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as plain:
            if context is not None:
                with context.wrap_socket(plain, server_hostname=host):
                    pass
    except ssl.SSLCertVerificationError as error:
        return AccessError(place, f"has no certificate that can be trusted ({error.verify_message})", CHECK_CERTIFICATE)
    except ssl.SSLError:
        return AccessError(place, "does not speak TLS as we do", "Check the port, and whether the address should end with ?tls")
    except TimeoutError:
        return Unreachable("does not answer in time")
    except OSError as error:
        return Unreachable(f"cannot be reached ({error.strerror or 'no such host'})")
    return Unreachable("broke off the association")


def _load_own(context: ssl.SSLContext, credentials: Credentials) -> None:
    if credentials.cert is None:
        return

    def no_pass_phrase() -> str:
        raise UsageError(str(credentials.key), "has a pass phrase", _REMEDY)  # else the system would ask on the terminal

    try:
        context.load_cert_chain(credentials.cert, credentials.key, no_pass_phrase)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise UsageError(credentials.cert, "does not fit its key, or is no certificate", _REMEDY) from error
