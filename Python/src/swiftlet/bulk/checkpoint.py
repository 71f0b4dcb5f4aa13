"""A folder of Parquet files that a job fills, each id exactly once, whatever is killed meanwhile.

    out/part-<digest of its ids>.parquet     finished rows, for whoever reads the folder
    out/_SUCCESS                             the job came to its end
    out/_swiftlet/manifest.json              task and id column: another job does not go on here
    out/_swiftlet/run-<n>/                   what the running job has finished
    out/_swiftlet/run-<n>/done.npy           the ids that were finished before, sorted; workers map it

A worker writes a part beside its place, and renames it when it is whole. A new run, and the end of one, first rename
the folders of runs: a worker that outlived its job then has no folder to rename its part into, so nothing comes to the
output behind a new run's back. Only then are parts moved, without rows whose id is in the output already. All of this
needs a file system that all nodes share, with atomic renames: local disks, NFS, Lustre; not object stores.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Callable, Optional

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .. import errors
from .._values import Path
from .ids import Keys, contains, keys, new_ones, part_name
from .tasks import Task
from .worker import Worker

_HIDDEN = "_swiftlet"


class SupersededError(RuntimeError):
    """Another run of the job has begun, or ended: this worker's is over."""


@dataclass(frozen=True)
class Report:
    """`rows` in the output, `written` of them by this run."""

    rows: int
    written: int


class Checkpoint:
    """The output of a job: `start` begins or resumes it, `finish` ends it."""

    def __init__(self, path: Path, task: Task, id_column: str, on_error: str = "raise") -> None:
        self.path = os.path.abspath(os.fspath(path))
        self.task, self.id_column, self.on_error = task, id_column, on_error
        self._hidden = os.path.join(self.path, _HIDDEN)

    def start(self) -> Run:
        """A new run, for workers. Runs before it are over: what they finished is kept."""
        os.makedirs(self._hidden, exist_ok=True)
        with self._lock():
            self._check_manifest()
            with contextlib.suppress(FileNotFoundError):
                os.remove(os.path.join(self.path, "_SUCCESS"))
            done = self._gather()
            numbers = [int(name.split("-")[1]) for name in self._folders("run-", "sealed-")]
            folder = os.path.join(self._hidden, f"run-{max(numbers, default=0) + 1}-{uuid.uuid4().hex[:8]}")
            os.mkdir(folder)
            np.save(os.path.join(folder, "done.npy"), done)
        return Run(folder, self.id_column, len(done))

    def finish(self, run: Run) -> Report:
        """Ends a run whose workers have done all: its parts join the output.

        Raises SupersededError when another run took over meanwhile.
        """
        with self._lock():
            if not os.path.isdir(run.folder):
                raise SupersededError(f"another run of the job in {self.path} has begun")
            rows = len(self._gather())
            with open(os.path.join(self.path, "_SUCCESS"), "wb"):
                pass
        return Report(rows, rows - run.done_before)

    def run(self, tables: Iterable[Any]) -> Report:
        """The whole job in this process: tables are those of pyarrow, or record batches."""
        run = self.start()
        worker = Worker(self.task, run, self.on_error)
        for table in tables:
            worker(table)
        return self.finish(run)

    def files(self) -> list[str]:
        """The finished parts."""
        try:
            names = sorted(os.listdir(self.path))
        except FileNotFoundError:
            return []
        return [os.path.join(self.path, name) for name in names if _is_part(name)]

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        """One driver at a time arranges the files; workers need no lock."""
        with open(os.path.join(self._hidden, "lock"), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _folders(self, *beginnings: str) -> list[str]:
        return sorted(name for name in os.listdir(self._hidden) if name.startswith(beginnings))

    def _check_manifest(self) -> None:
        path = os.path.join(self._hidden, "manifest.json")
        mine = {**self.task.describe(), "id_column": self.id_column}
        try:
            with open(path, encoding="utf-8") as file:
                found = json.load(file)
        except FileNotFoundError:
            _write_whole(path, json.dumps(mine, indent=1, sort_keys=True).encode())
            return
        changed = [f"{key}: {found.get(key)!r}, now {mine[key]!r}" for key in mine if found.get(key) != mine[key]]
        if changed:
            raise errors.ArgumentError(
                f"{self.path} has the results of another job ({'; '.join(changed)}): use another folder", "checkpoint")

    def _gather(self) -> Keys:
        """Ends all runs, and moves their parts to the output. The sorted keys of all its rows."""
        for name in self._folders("run-"):
            os.rename(os.path.join(self._hidden, name), os.path.join(self._hidden, "sealed-" + name[4:]))
        done = _sorted([self._keys(path) for path in self.files()])
        folders = [os.path.join(self._hidden, name) for name in self._folders("sealed-")]
        parts = [
            os.path.join(folder, name) for folder in folders for name in sorted(os.listdir(folder)) if _is_part(name)]
        found = [self._keys(part) for part in parts]
        for part, mine, is_new in zip(parts, found, new_ones(done, found)):
            self._keep(part, mine, is_new)
        for folder in folders:
            shutil.rmtree(folder)
        return _sorted([done, *found]) if found else done

    def _keep(self, path: str, mine: Keys, is_new: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        """Moves a part to the output, without rows that are there already."""
        if is_new.all():
            os.rename(path, os.path.join(self.path, os.path.basename(path)))
        elif is_new.any():
            kept = pq.read_table(path, partitioning=None).filter(pa.array(is_new))
            _write_part(kept, os.path.join(self.path, part_name(mine[is_new])), os.path.dirname(path))

    def _keys(self, path: str) -> Keys:
        return keys(pq.read_table(path, columns=[self.id_column], partitioning=None), self.id_column)


@dataclass(frozen=True)
class Run:
    """One run of a job, for its workers: it goes to them by pickle."""

    folder: str
    id_column: str
    done_before: int

    def write(self, table: Any, add: Callable[[Any], Any]) -> Any:
        """Writes a part with the rows that were not done before.

        Returns a table with the part's name and its number of rows; without rows where all was done.
        """
        wanted = keys(table, self.id_column)
        if self.done_before:
            left = ~contains(self._done(), wanted)
            if not left.all():
                table, wanted = table.filter(pa.array(left)), wanted[left]
        ordered = np.sort(wanted)
        if (ordered[1:] == ordered[:-1]).any():
            raise errors.ArgumentError(f"the column {self.id_column!r} has an id twice", "id_column")
        name = part_name(wanted)
        path = os.path.join(self.folder, name)
        if len(wanted) and not os.path.exists(path):  # it is there when a task runs again whose worker was killed
            with self._folder_there():
                _write_part(add(table), path, self.folder)
        elif not os.path.isdir(self.folder):
            raise SupersededError(f"another run of this job has begun: {self.folder} is gone")
        rows = [len(wanted)] if len(wanted) else []
        return pa.table({"part": pa.array([name][: len(rows)], pa.string()), "rows": pa.array(rows, pa.int64())})

    def _done(self) -> Keys:
        with self._folder_there():
            found: Keys = np.load(os.path.join(self.folder, "done.npy"), mmap_mode="r")
        return found

    @contextlib.contextmanager
    def _folder_there(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if os.path.isdir(self.folder):
                raise
            raise SupersededError(f"another run of this job has begun: {self.folder} is gone") from error


def checkpoint_of(
    path: Optional[Path], task: Task, id_column: Optional[str], on_error: str
) -> Optional[Checkpoint]:
    """The checkpoint of an engine's arguments; None where none is wanted."""
    if path is None:
        if id_column is not None:
            raise errors.ArgumentError("id_column is for a checkpoint: give its folder, too", "checkpoint")
        return None
    if id_column is None:
        raise errors.ArgumentError("a checkpoint needs id_column, the column that tells rows apart", "id_column")
    return Checkpoint(path, task, id_column, on_error)


def _is_part(name: str) -> bool:
    return name.startswith("part-") and name.endswith(".parquet")


def _sorted(found: list[Keys]) -> Keys:
    """All keys, each once."""
    there = [one for one in found if len(one)]
    return np.unique(np.concatenate(there)) if there else np.empty(0, np.int64)


def _write_part(table: Any, path: str, folder: str) -> None:
    """Writes a file that is there whole or not at all."""
    scratch = os.path.join(folder, f".{uuid.uuid4().hex}")
    texts = [name for name in table.column_names if pa.types.is_string(table.schema.field(name).type)]
    pq.write_table(table, scratch, compression="zstd", use_dictionary=texts)
    _sync(scratch)
    os.rename(scratch, path)


def _write_whole(path: str, data: bytes) -> None:
    scratch = f"{path}.{uuid.uuid4().hex}"
    with open(scratch, "wb") as file:
        file.write(data)
    _sync(scratch)
    os.rename(scratch, path)


def _sync(path: str) -> None:
    """To the disk, so that a rename that is there after a crash of the machine has its bytes."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
