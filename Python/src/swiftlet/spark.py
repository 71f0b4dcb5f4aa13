"""Spark: vectors, translations and transcripts of a DataFrame's column, by `mapInArrow`. Needs pyspark 3.5 or 4.

    import swiftlet.spark

    texts = spark.read.parquet("texts/")
    swiftlet.spark.embed(texts, "text", "all-MiniLM-L6-v2.gguf").write.parquet("vectors/")
    swiftlet.spark.embed(texts, "text", "all-MiniLM-L6-v2.gguf", checkpoint="vectors/", id_column="id")

Without `checkpoint` a function gives a DataFrame with the new column, which is computed when it is used; Spark's own
committer makes its output complete, from the start after a failed job. With it the function runs the job, and gives the
DataFrame of the files that the job wrote: each id exactly once; called again, it computes what is missing. See
`swiftlet.bulk`.

All functions have these arguments:

- `model`: a path that every node has, as every executor has this package.
- `output_column`: the new column; `on_error`: see `swiftlet.bulk.Worker`.
- `threads`: of each task; None: `spark.task.cpus`. Python's processes of a node share the mapped weights, and each
  stays for the tasks to come, with its model open.
- `part_rows`: rows of a part of the checkpoint, which is what a killed executor loses.
- All others are options of `Embedder`, `Translator` or `Transcriber`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

import pyarrow as pa
from pyspark.sql import DataFrame

from ._values import Path, count
from .bulk import Embed, Run, Task, Transcribe, Translate, Worker
from .bulk.checkpoint import checkpoint_of

__all__ = ["embed", "transcribe", "translate"]


def embed(
    df: DataFrame, column: str, model: Path, *, output_column: str = "embedding", role: Optional[str] = None,
    threads: Optional[int] = None, part_rows: int = 16_384, checkpoint: Optional[Path] = None,
    id_column: Optional[str] = None, on_error: str = "raise", **options: Any,
) -> DataFrame:
    """The vectors of a column of texts, arrays of float. `role`: "query", "passage", or None."""
    task = Embed(str(model), column, output_column, options, role=role)
    return _mapped(df, task, threads, part_rows, checkpoint, id_column, on_error)


def translate(
    df: DataFrame, column: str, model: Path, *, output_column: str = "translation", threads: Optional[int] = None,
    part_rows: int = 1024, checkpoint: Optional[Path] = None, id_column: Optional[str] = None,
    on_error: str = "raise", **options: Any,
) -> DataFrame:
    """The translations of a column of texts, or their summaries with `task="summarize"`."""
    task = Translate(str(model), column, output_column, options)
    return _mapped(df, task, threads, part_rows, checkpoint, id_column, on_error)


def transcribe(
    df: DataFrame, column: str, model: Path, *, output_column: str = "transcript", threads: Optional[int] = None,
    part_rows: int = 16, checkpoint: Optional[Path] = None, id_column: Optional[str] = None,
    on_error: str = "record", **options: Any,
) -> DataFrame:
    """What is said in the WAV files that a column names: text, language, duration, and segments with their times."""
    task = Transcribe(str(model), column, output_column, options)
    return _mapped(df, task, threads, part_rows, checkpoint, id_column, on_error)


def _mapped(
    df: DataFrame, task: Task, threads: Optional[int], part_rows: int, checkpoint: Optional[Path],
    id_column: Optional[str], on_error: str,
) -> DataFrame:
    session = df.sparkSession
    rows = count(part_rows, "part_rows")
    task = task.with_threads(count(threads, "threads") or int(session.conf.get("spark.task.cpus", "1") or 1))
    job = checkpoint_of(checkpoint, task, id_column, on_error)
    if job is None:
        columns = [f"`{field.name}` {field.dataType.simpleString()}" for field in df.schema.fields]
        columns.append(f"`{task.output}` {task.spark_type}")
        if on_error == "record":
            columns.append("error string")
        return df.mapInArrow(_Partition(task, None, on_error, rows), ", ".join(columns))
    run = job.start()
    df.mapInArrow(_Partition(task, run, on_error, rows), "part string, rows bigint").agg({"rows": "sum"}).collect()
    job.finish(run)
    return session.read.parquet(job.path)


class _Partition:
    """What a task of Spark runs on its batches. The worker, and its open model, outlive it: Spark uses a process for
    task after task."""

    def __init__(self, task: Task, run: Optional[Run], on_error: str, part_rows: int) -> None:
        self.task, self.run, self.on_error, self.part_rows = task, run, on_error, part_rows

    def __call__(self, batches: Iterator[Any]) -> Iterator[Any]:
        worker = _worker(self.task, self.run, self.on_error)
        for table in batches if self.run is None else self._parts(batches):
            result = worker(table)
            for name, kind in zip(result.column_names, result.schema.types):
                if pa.types.is_fixed_size_list(kind):  # Spark knows lists of one kind
                    place = result.column_names.index(name)
                    result = result.set_column(place, name, result.column(name).cast(pa.list_(kind.value_type)))
            yield from result.to_batches()

    def _parts(self, batches: Iterator[Any]) -> Iterator[Any]:
        """Tables of `part_rows` rows, the last one of fewer."""
        held: list[Any] = []
        number = 0
        for batch in batches:
            while number + batch.num_rows >= self.part_rows:
                needed = self.part_rows - number
                yield pa.Table.from_batches([*held, batch.slice(0, needed)])
                held, number, batch = [], 0, batch.slice(needed)
            if batch.num_rows:
                held.append(batch)
                number += batch.num_rows
        if held:
            yield pa.Table.from_batches(held)


_workers: dict[tuple[object, ...], Worker] = {}


def _worker(task: Task, run: Optional[Run], on_error: str) -> Worker:
    """The worker of this process for a task: the last one, so that no model stays that nobody uses."""
    key = (repr(task), on_error)
    worker = _workers.get(key)
    if worker is None:
        _workers.clear()
        worker = _workers[key] = Worker(task, run, on_error)
    worker.run = run
    return worker
