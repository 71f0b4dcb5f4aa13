"""Spark's `local-cluster[2,1,1024]` embeds lines of Debian's descriptions, while executors, Python's processes and the
driver are killed. The output must have each id once, with the vector of one process.

    python Python/benchmarks/spark_kills.py --model all-MiniLM-L6-v2.gguf --rows 60000 --kills 12
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
from pathlib import Path

import corpus
import jobs


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--kills", type=int, default=12)
    parser.add_argument("--part-rows", type=int, default=1024)
    parser.add_argument("--pause", type=float, default=10, help="seconds between kills, on average")
    parser.add_argument("--driver", nargs=2, metavar=("TEXTS", "OUT"), help=argparse.SUPPRESS)
    return parser.parse_args()


def drive(given: argparse.Namespace) -> None:
    """The job itself: what a user writes."""
    from pyspark.sql import SparkSession

    import swiftlet.spark

    texts, out = given.driver
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("swiftlet")
    for key, value in {
        "spark.ui.enabled": "false", "spark.task.maxFailures": "20", "spark.deploy.maxExecutorRetries": "100",
        "spark.sql.files.maxPartitionBytes": "1m", "spark.log.level": "ERROR",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    swiftlet.spark.embed(
        session.read.parquet(texts), "text", given.model, part_rows=given.part_rows, checkpoint=out, id_column="id")
    session.stop()


def processes(*words: str) -> list[int]:
    """Those of this test whose command line has all the words."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            line = (folder / "cmdline").read_bytes().decode(errors="replace")
            environment = (folder / "environ").read_bytes()
            if all(word in line for word in words) and b"SWIFTLET_KILLS=" + str(os.getpid()).encode() in environment:
                found.append(int(folder.name))
    return found


def main() -> None:
    given = arguments()
    given.model = os.path.abspath(given.model)
    if given.driver:
        return drive(given)
    os.environ["SWIFTLET_KILLS"] = str(os.getpid())
    os.environ["PYSPARK_PYTHON"] = sys.executable
    folder = Path(tempfile.mkdtemp(prefix="swiftlet-spark-"))
    texts = corpus.write(folder / "texts", given.rows)
    rows = len(jobs.pq.read_table(texts, columns=["id"]))
    cores = len(os.sched_getaffinity(0))
    alone = jobs.one_process(texts, folder / "alone", given.model, cores, given.part_rows)
    print(f"one process, {cores} threads: {rows / alone.seconds:.0f} rows/s", flush=True)
    choose = random.Random(3)

    def driver(out: str) -> list[str]:
        return [
            __file__, "--model", given.model, "--part-rows", str(given.part_rows), "--driver", str(texts),
            str(folder / out)]

    def killer(*words: str) -> bool:
        found = processes(*words)
        if found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(choose.choice(found), signal.SIGKILL)
        return bool(found)

    try:
        calm = jobs.Kills({}, 0, (1, 1))
        seconds = calm.run(driver("calm"), given.model, 2)
        print(f"Spark, 2 executors, no kills: {rows / seconds:.0f} rows/s with the start of Spark", flush=True)
        jobs.show_processor(rows, alone, calm)
        jobs.compare(folder / "calm", folder / "alone", rows)
        victims = {
            "executor": lambda: killer("java", "CoarseGrainedExecutorBackend"),
            "python": lambda: killer("python", "pyspark.daemon")}
        kills = jobs.Kills(victims, given.kills, (given.pause / 2, given.pause * 1.5))
        seconds = kills.run(driver("killed"), given.model, 2)
        print(f"killed {kills.counts}, the driver was started {kills.starts} times, {seconds:.0f} s", flush=True)
        jobs.compare(folder / "killed", folder / "alone", rows)
    finally:
        for process in processes("java"):  # what killed drivers left
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


if __name__ == "__main__":
    main()
