"""A real PACS for tests: Orthanc on free ports of the loopback interface, in a folder of its own.

Import with ``from Testing.orthanc_server import OrthancServer, orthanc, require_orthanc``::

    with orthanc(tmp_path / "pacs") as server:
        server.dicomweb          # http://127.0.0.1:PORT/dicom-web
        server.dicom             # dicom://ORTHANC@127.0.0.1:PORT
        server.uids()            # SOP Instance UIDs of what is stored, one for each stored object
        server.kill()            # as a power cut would end it
        server.start()           # the same ports, the same storage

Debian packages orthanc and orthanc-dicomweb; the first start takes about a second. Where certificates are given, a relay speaks
TLS for HTTP, as a hospital's web server does before its PACS (the Orthanc 1.10.1 of Debian 12 crashes at its own HTTPS).
"""

from __future__ import annotations

import base64
import json
import shutil
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from Testing.loopback_relay import Relay
from Testing.system_programs import missing, require_program

PLUGINS = ("/usr/share/orthanc/plugins/libOrthancDicomWeb.so", "/usr/lib/orthanc")
STARTS_WITHIN_S = 60.0

REJECT_BY_PATIENT_ID = """
function ReceivedInstanceFilter(dicom, origin, info)
  return dicom.PatientID ~= '{patient_id}'
end
"""
"""Lua: objects of this patient are dropped; Orthanc 1.10 tells the sender that it stored them all the same."""


def require_orthanc() -> None:
    """Skip the test, or fail it where the system programs are required, if Orthanc with DICOMweb is not installed."""
    if shutil.which("Orthanc") is None or _plugin() is None:
        missing("Orthanc with DICOMweb", "orthanc orthanc-dicomweb")


@dataclass(frozen=True)
class Certificates:
    """PEM files of a private certificate authority and of a server and a client that it signed, for 127.0.0.1."""

    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path


@dataclass
class OrthancServer:
    """One Orthanc.

    Attributes
    ----------
    folder : storage, configuration and log; made where missing, and used again by the next start
    title : its application entity title; ``checks_title``: whether calls to another title are refused
    users : user name to password for HTTP; none: no log-in
    certificates : given, HTTP and DICOM speak TLS alone; ``clients_need_certificate`` makes DICOM ask for the client's
    lua : a script, such as `REJECT_BY_PATIENT_ID`
    more : further entries of the configuration
    """

    folder: Path
    title: str = "ORTHANC"
    checks_title: bool = False
    users: dict[str, str] = field(default_factory=dict)
    certificates: Certificates | None = None
    clients_need_certificate: bool = False
    lua: str | None = None
    more: dict[str, Any] = field(default_factory=dict)
    http_port: int = 0
    dicom_port: int = 0
    process: subprocess.Popen[bytes] | None = None
    front: Relay | None = None

    def __post_init__(self) -> None:
        self.http_port, self.dicom_port = free_ports(2)

    @property
    def web(self) -> str:
        """Root of Orthanc's own interface."""
        return f"https://127.0.0.1:{self.front.port}" if self.front else f"http://127.0.0.1:{self.http_port}"

    @property
    def dicomweb(self) -> str:
        """Root of STOW, QIDO and WADO."""
        return f"{self.web}/dicom-web"

    @property
    def dicom(self) -> str:
        """Where C-STORE goes."""
        return f"dicom://{self.title}@127.0.0.1:{self.dicom_port}{'?tls' if self.certificates else ''}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        again = (self.folder / "storage").exists()
        self.folder.mkdir(parents=True, exist_ok=True)
        for _ in range(1 if again else 3):
            if self._started():
                break
            # Another program took a port between choosing it and listening on it.
            self.http_port, self.dicom_port = free_ports(2)
        else:
            raise RuntimeError(f"Orthanc does not start:\n{self.log()[-3000:]}")
        if self.certificates is not None and self.front is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificates.server, self.certificates.server_key)
            self.front = Relay(self.http_port, context)

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it properly."""
        self._end(signal.SIGTERM)

    def log(self) -> str:
        """What it printed so far."""
        path = self.folder / "log.txt"
        return path.read_text(errors="replace") if path.exists() else ""

    def uids(self) -> list[str]:
        """SOP Instance UIDs, sorted; an object that was stored twice would be there twice."""
        return sorted(instance["MainDicomTags"]["SOPInstanceUID"] for instance in self.ask("/instances?expand"))

    def file(self, uid: str) -> bytes:
        """The stored DICOM file with this SOP Instance UID, byte for byte as it is kept."""
        found = self.ask("/tools/lookup", uid.encode())
        return self.bytes(f"/instances/{next(each['ID'] for each in found if each['Type'] == 'Instance')}/file")

    def add(self, file: bytes) -> None:
        """Put a DICOM file in, by Orthanc's own interface."""
        self.bytes("/instances", file)

    def ask(self, path: str, body: bytes | None = None) -> Any:
        """An answer in JSON; a ``body`` is posted."""
        return json.loads(self.bytes(path, body))

    def bytes(self, path: str, body: bytes | None = None) -> bytes:
        """An answer; a ``body`` is posted. Raises `urllib.error.URLError`."""
        request = urllib.request.Request(self.web + path, body)
        for user, password in list(self.users.items())[:1]:
            request.add_header("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())
        context = ssl.create_default_context(cafile=self.certificates.ca) if self.certificates else None
        # No proxy of the environment: this is the loopback interface.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))
        with opener.open(request, timeout=30) as answer:
            return bytes(answer.read())

    def _started(self) -> bool:
        configuration = self.folder / "orthanc.json"
        configuration.write_text(json.dumps(self._configuration(), indent=1))
        with (self.folder / "log.txt").open("ab") as log:
            self.process = subprocess.Popen(["Orthanc", str(configuration)], stdout=log, stderr=log, cwd=self.folder)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                self.ask("/system")
                return True
            except (OSError, ValueError):  # URLError is an OSError
                time.sleep(0.05)
        self.kill()
        return False

    def _configuration(self) -> dict[str, Any]:
        found: dict[str, Any] = {
            "Name": self.title,
            "StorageDirectory": "storage",
            "IndexDirectory": "storage",
            "HttpPort": self.http_port,
            "DicomPort": self.dicom_port,
            "DicomAet": self.title,
            "DicomCheckCalledAet": self.checks_title,
            "DicomAlwaysAllowStore": True,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": bool(self.users),
            "RegisteredUsers": self.users,
            "HttpDescribeErrors": True,
            "KeepAlive": True,
            "UnknownSopClassAccepted": False,
            "OverwriteInstances": False,
            "ConcurrentJobs": 1,
            "HttpThreadsCount": 4,
            "Plugins": [_plugin()],
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/", "EnableWado": False, "PublicRoot": "/dicom-web/"},
        }
        if self.lua is not None:
            (self.folder / "filter.lua").write_text(self.lua)
            found["LuaScripts"] = ["filter.lua"]
        if self.certificates is not None:
            found |= {
                "DicomTlsEnabled": True,
                "DicomTlsCertificate": str(self.certificates.server),
                "DicomTlsPrivateKey": str(self.certificates.server_key),
                "DicomTlsTrustedCertificates": str(self.certificates.ca),
                "DicomTlsRemoteCertificateRequired": self.clients_need_certificate,
            }
        return found | self.more

    def _end(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(timeout=60)
        self.process = None


@contextmanager
def orthanc(folder: Path, **options: Any) -> Iterator[OrthancServer]:
    """An `OrthancServer` with these options, started, and killed at the end; skips or fails where none is installed."""
    require_orthanc()
    server = OrthancServer(folder, **options)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        if server.front is not None:
            server.front.close()


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface on which nothing listens."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def make_certificates(folder: Path, name: str = "hospital") -> Certificates:
    """Make a certificate authority, and a server's and a client's certificate signed by it (program openssl)."""
    folder.mkdir(parents=True, exist_ok=True)
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    _openssl(
        "req", "-x509", *kind, "-keyout", ca_key, "-out", ca, "-days", "2", "-subj", f"/CN={name} CA",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign",
    )  # fmt: skip
    for each in ("server", "client"):
        request, extensions = folder / f"{each}.csr", folder / f"{each}.ext"
        extensions.write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n")
        _openssl("req", *kind, "-keyout", folder / f"{each}.key", "-out", request, "-subj", f"/CN={each} of {name}")
        _openssl(
            "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
            "-extfile", extensions, "-out", folder / f"{each}.pem",
        )  # fmt: skip
    return Certificates(ca, folder / "server.pem", folder / "server.key", folder / "client.pem", folder / "client.key")


def _openssl(*arguments: object) -> None:
    subprocess.run([require_program("openssl", "openssl"), *map(str, arguments)], check=True, capture_output=True, timeout=60)


def _plugin() -> str | None:
    """The DICOMweb plugin's file; under some packages its name carries a version."""
    for place in PLUGINS:
        path = Path(place)
        found = [path] if path.is_file() else sorted(path.glob("libOrthancDicomWeb.so*")) if path.is_dir() else []
        if found:
            return str(found[-1])
    return None
