"""The jobs that another process runs: screen a film, read one, score corrected outlines, report, fetch a bundle.

``python -m OsteoScreenLib.worker job.json`` prints JSON lines on standard output and nothing else:
``{"stage": ..., "fraction": 0..1}`` while it runs, at the end ``{"result": folder, "state": ..., "notes": [...]}`` (state is
null where nothing was scored) or ``{"error": code, "message": text}``. Exit status 0 with a result, 2 with an error that the
message explains, 1 with a fault of the software, 143 when terminated. The command line runs the same job in its own process.

``python -m OsteoScreenLib.worker --serve`` stays: it loads the model (``--bundle``, else the shipped one), prints
``{"ready": version}`` and then runs one job after the other, each named by a line with the path of its job file on standard
input, with the same lines for each. Lines may be written before it is ready; it takes them up then. A job that fails leaves it
running. The end of standard input ends it, a running job included. Whatever ends a job, its folder is complete or not there.

`Job`, `ReadJob`, `RescoreJob`, `ReportJob` and `FetchJob` say what a job file holds, `write_job` writes it.
"""

from OsteoScreenLib.worker.job import AnyJob, FetchJob, FilmJob, Job, ReadJob, ReportJob, RescoreJob
from OsteoScreenLib.worker.job_file import job_document, read_job, write_job
from OsteoScreenLib.worker.kinds import Finished, run_any
from OsteoScreenLib.worker.run import JobOutcome, Steps, run_job
from OsteoScreenLib.worker.steps import real_steps

__all__ = [
    "AnyJob",
    "FetchJob",
    "FilmJob",
    "Finished",
    "Job",
    "JobOutcome",
    "ReadJob",
    "ReportJob",
    "RescoreJob",
    "Steps",
    "job_document",
    "read_job",
    "real_steps",
    "run_any",
    "run_job",
    "write_job",
]
