"""A Ray cluster of three nodes on this machine embeds lines of Debian's descriptions, while workers, nodes and the
driver are killed. The output must have each id once, with the vector of one process.

    python Python/benchmarks/ray_kills.py --model all-MiniLM-L6-v2.gguf --rows 60000 --kills 20
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import random
import signal
import tempfile
import time
from pathlib import Path

import corpus
import jobs


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--part-rows", type=int, default=1024)
    parser.add_argument("--pause", type=float, default=6, help="seconds between kills, on average")
    parser.add_argument("--driver", nargs=3, metavar=("ADDRESS", "TEXTS", "OUT"), help=argparse.SUPPRESS)
    return parser.parse_args()


def drive(given: argparse.Namespace) -> None:
    """The job itself: what a user writes."""
    import ray

    import swiftlet.ray

    address, texts, out = given.driver
    ray.init(address=address, log_to_driver=False, logging_level="error")
    logging.getLogger("ray.data").setLevel("ERROR")
    dataset = ray.data.read_parquet(texts, override_num_blocks=24)
    swiftlet.ray.embed(
        dataset, "text", given.model, threads=1, part_rows=given.part_rows, checkpoint=out, id_column="id")


def main() -> None:
    given = arguments()
    given.model = os.path.abspath(given.model)
    if given.driver:
        return drive(given)
    # On a machine that others use, Ray's niceness of 15 leaves its workers nothing, and they start late.
    os.environ.setdefault("RAY_worker_niceness", "0")
    os.environ.setdefault("RAY_worker_register_timeout_seconds", "600")
    from ray.cluster_utils import Cluster

    folder = Path(tempfile.mkdtemp(prefix="swiftlet-ray-"))
    texts = corpus.write(folder / "texts", given.rows)
    rows = len(jobs.pq.read_table(texts, columns=["id"]))
    cores = len(os.sched_getaffinity(0))
    alone = jobs.one_process(texts, folder / "alone", given.model, cores, given.part_rows)
    print(f"one process, {cores} threads: {rows / alone.seconds:.0f} rows/s", flush=True)

    size = {"num_cpus": 2, "object_store_memory": 200_000_000}
    cluster = Cluster(initialize_head=True, head_node_args=size)
    nodes = [cluster.add_node(**size) for _ in range(given.nodes - 1)]
    choose = random.Random(2)

    def driver(out: str) -> list[str]:
        return [
            __file__, "--model", given.model, "--part-rows", str(given.part_rows), "--driver", cluster.address,
            str(texts), str(folder / out)]

    def kill_worker() -> bool:
        users = [process for process in jobs.users_of(given.model) if process != os.getpid()]
        if users:
            with contextlib.suppress(ProcessLookupError):
                os.kill(choose.choice(users), signal.SIGKILL)
        return bool(users)

    def kill_node() -> bool:
        cluster.remove_node(nodes.pop(choose.randrange(len(nodes))), allow_graceful=False)
        nodes.append(cluster.add_node(**size))
        return True

    try:
        calm = jobs.Kills({}, 0, (1, 1))
        seconds = calm.run(driver("calm"), given.model, given.nodes)
        print(f"Ray, {given.nodes} nodes, no kills: {rows / seconds:.0f} rows/s with the start of the job", flush=True)
        jobs.show_processor(rows, alone, calm)
        jobs.compare(folder / "calm", folder / "alone", rows)
        kills = jobs.Kills(
            {"worker": kill_worker, "node": kill_node}, given.kills, (given.pause / 2, given.pause * 1.5))
        seconds = kills.run(driver("killed"), given.model, given.nodes)
        print(f"killed {kills.counts}, the driver was started {kills.starts} times, {seconds:.0f} s", flush=True)
        jobs.compare(folder / "killed", folder / "alone", rows)
        start = time.monotonic()
        jobs.Kills({}, 0, (1, 1)).run(driver("killed"), given.model, given.nodes)
        print(f"again, with nothing left to do: {time.monotonic() - start:.0f} s", flush=True)
        jobs.compare(folder / "killed", folder / "alone", rows)
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main()
