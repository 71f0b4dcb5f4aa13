"""What the measurements of clusters share: the job in one process, its comparison, and what processes hold."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq

from swiftlet.bulk import Checkpoint, Embed


class Times(NamedTuple):
    seconds: float
    processor: float  # seconds of all threads


def one_process(texts: Path, out: Path, model: str, threads: int, part_rows: int) -> Times:
    """The whole job in this process."""
    start = Times(time.monotonic(), time.process_time())
    files = sorted(texts.glob("*.parquet"))
    batches = (batch for file in files for batch in pq.ParquetFile(file).iter_batches(part_rows))
    Checkpoint(out, Embed(model, "text", options={"threads": threads}), "id").run(batches)
    return Times(time.monotonic() - start.seconds, time.process_time() - start.processor)


def compare(out: Path, expected: Path, rows: int) -> None:
    """Each id once, and every vector that of one process."""
    found, wanted = (pq.read_table(folder, columns=["id", "embedding"]).sort_by("id") for folder in (out, expected))
    assert found["id"].to_pylist() == list(range(rows)), "some ids are missing, or there twice"
    one, other = (np.asarray(table["embedding"].combine_chunks().flatten()) for table in (found, wanted))
    assert one.tobytes() == other.tobytes(), "some vectors differ"
    print(f"{rows} ids, each once; all vectors bit-identical to those of one process", flush=True)


def users_of(model: str) -> dict[int, tuple[int, int, int]]:
    """The processes that have the model mapped: KiB resident and in proportion (Rss, Pss) of the mapping, and Pss of all."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            resident = proportional = 0
            inside = False
            for line in (folder / "smaps").read_text().splitlines():
                name = line.split()[0]
                if not name.endswith(":"):
                    inside = line.endswith(model)
                elif inside and name in ("Rss:", "Pss:"):
                    kibibytes = int(line.split()[1])
                    resident += kibibytes * (name == "Rss:")
                    proportional += kibibytes * (name == "Pss:")
            if resident:
                rollup = (folder / "smaps_rollup").read_text()
                whole = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
                found[int(folder.name)] = (resident, proportional, whole)
        except (OSError, StopIteration):  # it ended meanwhile
            continue
    return found


def show_memory(model: str) -> int:
    """Prints what the workers hold; their number."""
    users = users_of(model)
    for process, (resident, proportional, whole) in sorted(users.items()):
        print(f"  process {process}: mapped weights {resident / 1024:.1f} MiB, its share "
              f"{proportional / 1024:.1f} MiB; all of it {whole / 1024:.1f} MiB (Pss)", flush=True)
    return len(users)


def processor_seconds(process: int) -> float:
    """Of all its threads; 0 for one that ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def show_processor(rows: int, alone: Times, kills: Kills) -> None:
    """Rows of a second of the processor's, which other programs on the machine hardly change."""
    one, whole = rows / alone.processor, rows / sum(kills.last.values())
    other = rows / (sum(kills.last.values()) - sum(kills.first.values()))
    print(f"rows per processor second: one process {one:.0f}, workers {other:.0f} ({other / one:.2f}), with their start "
          f"{whole:.0f} ({whole / one:.2f})", flush=True)


class Kills:
    """Runs a driver until it ends well, and meanwhile kills what `victims` offers, by name, at random times. A killed
    driver is started again."""

    def __init__(self, victims: dict[str, Callable[[], bool]], number: int, pause: tuple[float, float]) -> None:
        self.victims, self.left, self.pause = victims, number, pause
        self.counts = dict.fromkeys([*victims, "driver"], 0)
        self.starts = 0
        self.first: dict[int, float] = {}  # processor seconds of each worker when it was seen with the model open
        self.last: dict[int, float] = {}  # and at its end

    def run(self, driver: list[str], model: str, minimum_workers: int) -> float:
        """The seconds it took."""
        start, choose, shown = time.monotonic(), random.Random(1), False
        process = self._start(driver)
        while process.poll() is None or process.returncode != 0:
            if process.poll() is not None:
                if not self.left and process.returncode > 0:
                    raise SystemExit(f"the driver ended with {process.returncode}")
                process = self._start(driver)
            self._wait(process, choose.uniform(*self.pause))
            for user in users_of(model):
                seconds = processor_seconds(user)
                self.first.setdefault(user, seconds)
                self.last[user] = max(self.last.get(user, 0), seconds)
            if not shown and len(users_of(model)) >= minimum_workers:
                shown = show_memory(model) > 0
            if process.poll() is None and self.left:
                kind = choose.choice(list(self.counts))
                if kind == "driver":
                    process.kill()
                    process.wait()
                elif not self.victims[kind]():
                    continue
                self.counts[kind] += 1
                self.left -= 1
        return time.monotonic() - start

    def _start(self, driver: list[str]) -> subprocess.Popen[bytes]:
        self.starts += 1
        return subprocess.Popen([sys.executable, *driver], stdout=subprocess.DEVNULL)

    @staticmethod
    def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
