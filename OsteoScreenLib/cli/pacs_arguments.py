"""What can be typed after ``osteoscreen send``, ``fetch`` and ``watch``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from OsteoScreenLib.cli.option_values import checked, count_option, seconds_option, seed_option

_CREDENTIALS = """\
Secrets never stand on the command line. They come from the environment (OSTEOSCREEN_PACS_USER and _PASSWORD, or _TOKEN; for TLS
_CA, _CERT, _KEY: PEM files) or from a JSON file with the same names in small letters, readable by you alone (--credentials).
"""
_SEND_STATUSES = """
exit status:
  0  everything is stored
  1  something still waits: the server did not take it in time; the same command tries again
  2  something is refused, bad input or usage, or the server does not let us in
"""
_FETCH_STATUSES = """
exit status:
  0  every film that matches is there
  2  some cannot be had, bad usage, or the server does not let us in
"""
_WATCH_STATUSES = """
exit status:
  0    with --once: everything is screened and stored
  1    with --once: something still waits
  2    bad usage, the model cannot be used, or the server does not let us in; nothing is lost
  130, 143  ended by Ctrl-C or a signal; the same command goes on
"""


def add_pacs(commands: Any) -> None:
    """Add the commands to the parsers of the command line."""
    _add_send(commands)
    _add_fetch(commands)
    _add_watch(commands)


def _add_send(commands: Any) -> None:
    send = _parser(
        commands,
        "send",
        "store DICOM objects in a PACS",
        "Stores DICOM files, or the objects of results, by C-STORE or DICOMweb (STOW-RS). What fails for now is tried again.",
        _SEND_STATUSES,
    )
    send.add_argument(
        "paths",
        metavar="PATH",
        type=Path,
        nargs="*",
        help="DICOM file, result folder of 'screen --dicom', or folder of such; none: what waits in the queue",
    )
    _add_to(send)
    send.add_argument("--queue", metavar="DIR", type=Path, help="folder that keeps what is not stored yet, for another run")
    _add_own(send)
    send.add_argument(
        "--attempts", metavar="N", type=checked(count_option), default=8, help="tries of an object in this run (default: 8)"
    )
    send.add_argument(
        "--retry-for",
        metavar="SECONDS",
        type=checked(seconds_option),
        default=600.0,
        help="begin no attempt later than this (default: 600)",
    )
    _add_timeout(send)
    send.add_argument("--quiet", action="store_true", help="print errors only")


def _add_fetch(commands: Any) -> None:
    fetch = _parser(
        commands,
        "fetch",
        "fetch films from a PACS",
        "Searches films of hands and wrists (CR, DX) by DICOMweb (QIDO-RS), and fetches those that are not in DIR yet (WADO-RS).",
        _FETCH_STATUSES,
    )
    fetch.add_argument("--from", dest="source", metavar="URL", required=True, help="https://host/dicom-web")
    fetch.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the films")
    fetch.add_argument("--study", metavar="UID", type=checked(_uid), help="only this study; any part of the body")
    fetch.add_argument("--series", metavar="UID", type=checked(_uid), help="only this series; any part of the body")
    _add_question(fetch)
    fetch.add_argument("--limit", metavar="N", type=checked(_whole), help="at most so many films")
    _add_credentials(fetch)
    _add_timeout(fetch)
    fetch.add_argument("--quiet", action="store_true", help="print errors only")


def _add_watch(commands: Any) -> None:
    watch = _parser(
        commands,
        "watch",
        "screen films as they come, and store the results",
        "Receives films from a modality or PACS (C-STORE), or looks for new ones (QIDO-RS), screens each once, and stores the "
        "results as DICOM objects. Ended at any point, the same command goes on.",
        _WATCH_STATUSES,
    )
    source = watch.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--listen", metavar="[HOST:]PORT", type=checked(_listening), help="receive films here (default host: 127.0.0.1)"
    )
    source.add_argument("--from", dest="source", metavar="URL", help="look for films here: https://host/dicom-web")
    _add_to(watch)
    watch.add_argument("--queue", metavar="DIR", type=Path, required=True, help="folder that keeps films and results on the way")
    _add_own(watch)
    watch.add_argument(
        "--caller", metavar="AET", type=checked(_title), action="append", default=[],
        help="title that may send to us; may be repeated (default: any)",
    )  # fmt: skip
    watch.add_argument("--tls", action="store_true", help="listen with TLS; with a CA, only to callers that it certified")
    watch.add_argument(
        "--every", metavar="SECONDS", type=checked(seconds_option), default=60.0, help="time between two looks (default: 60)"
    )
    _add_question(watch)
    watch.add_argument("--bundle", metavar="PATH", type=Path, help="folder of a model bundle (default: the shipped one)")
    watch.add_argument(
        "--seed", metavar="N", type=checked(seed_option), default=0, help="seed of the drawn outlines (default: 0)"
    )
    watch.add_argument("--engine", metavar="NAME", default="openvino", help="inference engine (default: openvino)")
    _add_timeout(watch)
    watch.add_argument("--once", action="store_true", help="work off what is there now, and end")


def _parser(commands: Any, name: str, words: str, description: str, statuses: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=words,
        description=description,
        epilog=_CREDENTIALS + statuses,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def _add_to(parser: argparse.ArgumentParser) -> None:
    wanted = "dicom://TITLE@host:port, dicom://TITLE@host:port?tls, or https://host/dicom-web"
    parser.add_argument("--to", metavar="URL", required=True, help=f"where objects are stored: {wanted}")
    parser.add_argument(
        "--confirm", action="store_true", help="ask the DICOMweb service whether it lists each object before it counts as stored"
    )


def _add_own(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--title", metavar="AET", type=checked(_title), default="OSTEOSCREEN", help="our own title (default: OSTEOSCREEN)"
    )
    _add_credentials(parser)


def _add_credentials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--credentials", metavar="FILE", type=Path, help="JSON file with secrets (default: the environment)")


def _add_question(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--since", metavar="DATE", type=checked(_day), help="films of this day (or 'today') and later")
    parser.add_argument(
        "--where", metavar="KEY=VALUE", type=checked(_condition), action="append", default=[],
        help="condition on a DICOM attribute, '*' for any value, such as BodyPartExamined=FOREARM; may be repeated",
    )  # fmt: skip


def _add_timeout(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=checked(seconds_option),
        default=30.0,
        help="wait so long for the server's next word (default: 30)",
    )


def _title(text: str) -> str:
    from OsteoScreenLib.pacs.address import title

    return title(text)


def _listening(text: str) -> tuple[str, int]:
    from OsteoScreenLib.pacs.address import listening

    return listening(text)


def _uid(text: str) -> str:
    from OsteoScreenLib.pacs.objects import is_uid

    if not is_uid(text):
        raise ValueError("a unique identifier: at most 64 digits and dots")
    return text


def _day(text: str) -> Any:
    from OsteoScreenLib.pacs.qido import day

    return day(text)


def _condition(text: str) -> tuple[str, str]:
    from OsteoScreenLib.pacs.qido import condition

    return condition(text)


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("a whole number above 0")
    return int(text)
