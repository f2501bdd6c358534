"""The same archive over a Dask cluster of two workers, one of them killed while it works: the same table."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from OsteoScreenLib.archive import cluster
from OsteoScreenLib.archive.cluster import ClusterWorkers
from OsteoScreenLib.errors import UsageError
from Testing.archive.band_archive import batch, started, wait_for_commits, write_archive
from Testing.band_bundle import write_band_bundle

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a worker is killed by a signal")


@pytest.fixture(scope="module")
def scheduler():
    distributed = pytest.importorskip("distributed", reason="distributed is not installed (extra: cluster)")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster


def test_a_killed_worker_loses_nothing(scheduler, tmp_path: Path) -> None:
    archive = write_archive(tmp_path / "films", 6)
    bundle = write_band_bundle(tmp_path / "bundle", classifier=True)
    assert batch(archive, "--out", tmp_path / "local", "--bundle", bundle, "--workers", 1, "--quiet").returncode == 2
    out = tmp_path / "cluster"
    with started(archive, "--out", out, "--bundle", bundle, "--scheduler", scheduler.scheduler_address) as process:
        assert wait_for_commits(out, process, 3, of_workers=False)
        os.kill(next(iter(scheduler.workers.values())).pid, signal.SIGKILL)
        assert process.wait(timeout=240) == 2
    for name in ("films.csv", "failures.csv"):
        assert (out / name).read_bytes() == (tmp_path / "local" / name).read_bytes()


def test_no_scheduler_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed (extra: cluster)")
    monkeypatch.setattr(cluster, "_CONNECT_S", 1.0)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        ClusterWorkers("tcp://127.0.0.1:9", None, 60.0)  # type: ignore[arg-type]


def test_without_distributed_the_command_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r'pip install "osteoscreen\[cluster\]"'):
        ClusterWorkers("tcp://127.0.0.1:9", None, 60.0)  # type: ignore[arg-type]
