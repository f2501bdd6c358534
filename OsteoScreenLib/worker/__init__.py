"""The job that another process runs: one film in, one complete result folder out.

``python -m OsteoScreenLib.worker job.json`` prints JSON lines on standard output and nothing else:
``{"stage": ..., "fraction": 0..1}`` while it runs, at the end ``{"result": folder, "state": ..., "notes": [...]}`` or
``{"error": code, "message": text}``. Exit status 0 with a result, 2 with an error that the message explains, 1 with a fault
of the software, 143 when terminated. The command line runs the same job in its own process.
"""

from OsteoScreenLib.worker.job import Job
from OsteoScreenLib.worker.run import JobOutcome, Steps, real_steps, run_job

__all__ = ["Job", "JobOutcome", "Steps", "real_steps", "run_job"]
