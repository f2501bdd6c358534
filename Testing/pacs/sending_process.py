"""A process that queues and sends films to a file, for a test that kills it. Arguments: folder with ``films``, file."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pydicom  # noqa: F401  # loaded before the test begins to count

from OsteoScreenLib.pacs.backoff import Backoff
from OsteoScreenLib.pacs.database import QueueDatabase
from OsteoScreenLib.pacs.objects import DicomObject, read_object
from OsteoScreenLib.pacs.queue import Queue
from OsteoScreenLib.pacs.sender import Sender, send_until_done

FOLDER, STORED = map(Path, sys.argv[1:])


class Written:
    """Keeps UIDs as lines of a file."""

    def store(self, item: DicomObject) -> None:
        with STORED.open("a") as file:
            file.write(f"{item.uid}\n")
        time.sleep(0.003)

    def close(self) -> None:
        pass


print("ready", flush=True)
queue = Queue(QueueDatabase(FOLDER / "q"))
for path in sorted((FOLDER / "films").iterdir()):
    queue.add([read_object(path)], "there")
send_until_done(Sender(queue, Written(), "there", Backoff(), lambda _: None), 60.0)
