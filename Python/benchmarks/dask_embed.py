"""An example: Dask embeds a folder of Parquet files on the checkpoint that Ray and Spark use.

    python Python/benchmarks/dask_embed.py --model all-MiniLM-L6-v2.gguf texts/ vectors/

`--scheduler ADDRESS` takes a cluster that is there instead of two processes of this machine.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pyarrow.parquet as pq
from distributed import Client, LocalCluster, as_completed

from swiftlet.bulk import Checkpoint, Embed, Worker


def embed_row_group(worker: Worker, file: str, group: int) -> int:
    """A row group is a task of Dask's, and a part of the output. Returns its number of new rows."""
    return sum(worker(pq.ParquetFile(file).read_row_group(group))["rows"].to_pylist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--scheduler")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("texts", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    cluster = given.scheduler or LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    job = Checkpoint(given.out, Embed(given.model, "text", options={"threads": given.threads}), "id")
    with Client(cluster) as client:
        run = job.start()
        (worker,) = client.scatter([Worker(job.task, run)], broadcast=True)  # a worker of Dask's opens the model once
        tasks = [
            client.submit(embed_row_group, worker, str(file), group, pure=False)
            for file in sorted(given.texts.glob("*.parquet")) for group in range(pq.ParquetFile(file).num_row_groups)]
        for task in as_completed(tasks):
            task.result()
            task.release()
        print(job.finish(run))


if __name__ == "__main__":
    main()
