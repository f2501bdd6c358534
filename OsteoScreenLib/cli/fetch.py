"""``osteoscreen fetch``: films from a PACS into a folder."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from OsteoScreenLib.cli.send import random_seed
from OsteoScreenLib.cli.status import ExitStatus
from OsteoScreenLib.pacs.address import web_node
from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.credentials import read_credentials
from OsteoScreenLib.pacs.fetching import fetch_films
from OsteoScreenLib.pacs.packages import silence_libraries
from OsteoScreenLib.pacs.qido import FilmQuery
from OsteoScreenLib.pacs.web import WebSession


def fetch(given: argparse.Namespace) -> ExitStatus:
    """Fetch what matches. Raises what concerns all films."""
    silence_libraries()
    query = FilmQuery(study=given.study, series=given.series, since=given.since, where=dict(given.where))
    log = (lambda _: None) if given.quiet else lambda line: print(line, flush=True)
    with closing(WebSession(web_node(given.source), read_credentials(given.credentials), given.timeout)) as session:
        done = fetch_films(session, query, given.out, log, Backoff(seed=random_seed()), limit=given.limit)
    for address, reason in done.refused:
        print(f"{address.instance}: {reason}", file=sys.stderr)
    if not given.quiet:
        print(f"{given.out}: {len(done.files)} fetched, {done.already} there already, {len(done.refused)} not to be had")
    return ExitStatus.BAD_INPUT if done.refused else ExitStatus.ANALYSED
