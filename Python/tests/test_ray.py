"""Ray Data on a cluster of two nodes on this machine: a short job with a killed worker. `benchmarks/ray_kills.py` is
the long one."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from conftest import CLIPS, EMBED, SPEECH, page_blocks, run_block
from test_bulk import output, rows_of, tables, vectors

from swiftlet import Embedder

pytest.importorskip("ray.data")

ROWS = 3_000


@pytest.fixture(scope="module")
def ray() -> Iterator[Any]:
    os.environ["RAY_DATA_DISABLE_PROGRESS_BARS"] = "1"
    import ray
    from ray.cluster_utils import Cluster

    size = {"num_cpus": 2, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args={**size, "include_dashboard": False})
    cluster.add_node(**size)
    ray.init(address=cluster.address, log_to_driver=False, logging_level="error")
    yield ray
    ray.shutdown()
    cluster.shutdown()


def workers() -> list[int]:
    """The processes of actors that have the model mapped."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            maps, line = (folder / "maps").read_text(), (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if str(EMBED) in maps and b"ray::" in line:
            found.append(int(folder.name))
    return found


def test_a_killed_worker(ray: Any, tmp_path: Path, embedder: Embedder) -> None:
    import swiftlet.ray

    killed = []

    def kill() -> None:
        end = time.monotonic() + 60
        while not killed and time.monotonic() < end:
            for process in workers()[:1]:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
            time.sleep(0.01)

    thread = threading.Thread(target=kill)
    thread.start()
    dataset = ray.data.from_arrow(tables(rows_of(0, ROWS), ROWS // 2))
    out = tmp_path / "out"
    found = swiftlet.ray.embed(
        dataset, "text", EMBED, threads=1, part_rows=200, checkpoint=out, id_column="id")
    thread.join()
    assert killed and found.count() == ROWS
    table = output(out)
    assert table["id"].to_pylist() == list(range(ROWS))
    assert np.array_equal(vectors(table), embedder.encode(table["text"]))
    files = sorted(os.listdir(out))
    swiftlet.ray.embed(dataset, "text", EMBED, part_rows=500, checkpoint=out, id_column="id")
    assert sorted(os.listdir(out)) == files


def test_a_dataset_with_a_column(ray: Any, embedder: Embedder) -> None:
    import swiftlet.ray

    rows = rows_of(0, 100)
    found = swiftlet.ray.embed(ray.data.from_arrow(rows), "text", EMBED, workers=1, role="query").take_all()
    found.sort(key=lambda row: row["id"])
    expected = embedder.encode(rows["text"], role="query")
    assert np.array_equal(np.array([row["embedding"] for row in found], np.float32), expected)
    sounds = ray.data.from_arrow(pa.table({"path": [str(CLIPS / "number.wav"), "missing.wav"]}))
    made = {row["path"]: row for row in swiftlet.ray.transcribe(sounds, "path", SPEECH, workers=1).take_all()}
    assert made[str(CLIPS / "number.wav")]["transcript"]["text"] and made["missing.wav"]["transcript"] is None
    assert "missing.wav" in made["missing.wav"]["error"]


def test_the_page(ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = page_blocks("swiftlet.ray")
    assert run_block(block, tmp_path, monkeypatch) == "40\n"
