"""Reads files in a child process that may take so much memory, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PROGRAM = """
import json, resource, sys
from pathlib import Path
import SimpleITK, pydicom, scipy.ndimage
from OsteoScreenLib.errors import OsteoScreenError
from OsteoScreenLib.bundle.archive import unpack
from OsteoScreenLib.radiograph import read_radiograph
from OsteoScreenLib.screening.storage_nrrd import read_nrrd
read_radiograph({sound!r})
size = int(Path('/proc/self/statm').read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (size + {bytes}, size + {bytes}))
for name in sys.argv[1:]:
    path, words = Path(name), 'read'
    try:
        {read}
    except OsteoScreenError as error:
        words = str(error)
    except BaseException as error:
        words = type(error).__name__
    print(json.dumps([path.name, words]), flush=True)
"""


def read_within(megabytes: int, read: str, sound: Path, files: Iterable[Path]) -> dict[str, str]:
    """What was said of each file that ``read``, an expression of ``path``, was given, by its name; "read" where nothing was.

    There are ``megabytes`` more address space than the child had taken once it had read the sound film. It ends at a file that
    kills it.
    """
    program = _PROGRAM.format(sound=str(sound), read=read, bytes=megabytes << 20)
    command = [sys.executable, "-c", program, *(str(file) for file in files)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    return dict(json.loads(line) for line in done.stdout.splitlines())
