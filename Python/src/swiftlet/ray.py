"""Ray Data: vectors, translations and transcripts of a dataset's column, by a pool of actors. Needs ray[data].

    import ray, swiftlet.ray

    texts = ray.data.read_parquet("texts/")
    swiftlet.ray.embed(texts, "text", "all-MiniLM-L6-v2.gguf", checkpoint="vectors/", id_column="id")

Without `checkpoint` a function gives a dataset with the new column, which is computed when it is used. With it the
function runs the job, and gives the dataset of the files that the job wrote: each id exactly once, whatever is killed
meanwhile; called again, it computes what is missing. See `swiftlet.bulk`.

All functions have these arguments:

- `model`: a path that every node has.
- `output_column`: the new column; `on_error`: see `swiftlet.bulk.Worker`.
- `workers`: actors; None: one for each node. The actors of a node share the mapped weights.
- `threads`: of each actor; None: the CPUs of a node.
- `part_rows`: rows of a part of the checkpoint, which is what a killed actor loses, and of a call without one.
- All others are options of `Embedder`, `Translator` or `Transcriber`.
"""

from __future__ import annotations

from typing import Any, Optional

import ray
import ray.data

from ._values import Path, count
from .bulk import Embed, Run, Task, Transcribe, Translate, Worker
from .bulk.checkpoint import checkpoint_of

__all__ = ["embed", "transcribe", "translate"]


def embed(
    dataset: ray.data.Dataset, column: str, model: Path, *, output_column: str = "embedding",
    role: Optional[str] = None, workers: Optional[int] = None, threads: Optional[int] = None, part_rows: int = 16_384,
    checkpoint: Optional[Path] = None, id_column: Optional[str] = None, on_error: str = "raise", **options: Any,
) -> ray.data.Dataset:
    """The vectors of a column of texts, lists of float32. `role`: "query", "passage", or None."""
    task = Embed(str(model), column, output_column, options, role=role)
    return _mapped(dataset, task, workers, threads, part_rows, checkpoint, id_column, on_error)


def translate(
    dataset: ray.data.Dataset, column: str, model: Path, *, output_column: str = "translation",
    workers: Optional[int] = None, threads: Optional[int] = None, part_rows: int = 1024,
    checkpoint: Optional[Path] = None, id_column: Optional[str] = None, on_error: str = "raise", **options: Any,
) -> ray.data.Dataset:
    """The translations of a column of texts, or their summaries with `task="summarize"`."""
    task = Translate(str(model), column, output_column, options)
    return _mapped(dataset, task, workers, threads, part_rows, checkpoint, id_column, on_error)


def transcribe(
    dataset: ray.data.Dataset, column: str, model: Path, *, output_column: str = "transcript",
    workers: Optional[int] = None, threads: Optional[int] = None, part_rows: int = 16,
    checkpoint: Optional[Path] = None, id_column: Optional[str] = None, on_error: str = "record", **options: Any,
) -> ray.data.Dataset:
    """What is said in the WAV files that a column names: text, language, duration, and segments with their times."""
    task = Transcribe(str(model), column, output_column, options)
    return _mapped(dataset, task, workers, threads, part_rows, checkpoint, id_column, on_error)


def _mapped(
    dataset: ray.data.Dataset, task: Task, workers: Optional[int], threads: Optional[int], part_rows: int,
    checkpoint: Optional[Path], id_column: Optional[str], on_error: str,
) -> ray.data.Dataset:
    job = checkpoint_of(checkpoint, task, id_column, on_error)
    if job is None:
        return _map(dataset, task, None, workers, threads, part_rows, on_error)
    run = job.start()
    _consume(_map(dataset, task, run, workers, threads, part_rows, on_error))
    job.finish(run)
    return ray.data.read_parquet(job.path)


def _map(
    dataset: ray.data.Dataset, task: Task, run: Optional[Run], workers: Optional[int], threads: Optional[int],
    part_rows: int, on_error: str,
) -> ray.data.Dataset:
    rows = count(part_rows, "part_rows")
    cpus = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    cpus = [number for number in cpus if number > 0] or [1]
    threads = count(threads, "threads") or min(cpus)
    # Reading needs a CPU, too: a job whose actors have all of them would wait for itself.
    size = count(workers, "workers") or (len(cpus) if min(cpus) > 1 else max(len(cpus) - 1, 1))
    share = min(float(threads), max(min(cpus) - 1, 1), (sum(cpus) - 1) / size)
    # Blocks of small files are joined to few large ones, which would be the work of few actors.
    return dataset.repartition(target_num_rows_per_block=rows).map_batches(
        _Actor, batch_format="pyarrow", batch_size=rows, compute=ray.data.ActorPoolStrategy(size=size),
        num_cpus=max(int(share * 100) / 100, 0.01), fn_constructor_args=(task, run, on_error, threads))


def _consume(summary: ray.data.Dataset) -> None:
    """Runs the job; what it gives is the names of files, which nobody needs here."""
    for _ in summary.iter_internal_ref_bundles():
        pass


class _Actor:
    """What Ray makes of a `Worker`: a class that is made where it runs."""

    def __init__(self, task: Task, run: Optional[Run], on_error: str, threads: int) -> None:
        self._worker = Worker(task.with_threads(threads), run, on_error)

    def __call__(self, table: Any) -> Any:
        return self._worker(table)
