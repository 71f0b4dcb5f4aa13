"""Work on more rows than one process should: what `swiftlet.ray`, `swiftlet.spark` and the example for Dask share.

A task (`Embed`, `Transcribe`, `Translate`) says what becomes of a column. A `Worker` does it to tables of Arrow. A
`Checkpoint` is a folder of Parquet files that a job fills, each id exactly once, whatever is killed meanwhile.

    checkpoint = Checkpoint("vectors", Embed("all-MiniLM-L6-v2.gguf", "text"), id_column="id")
    checkpoint.run(pyarrow.parquet.ParquetFile("texts.parquet").iter_batches(16_384))

Needs pyarrow.
"""

from .checkpoint import Checkpoint, Report, Run, SupersededError
from .tasks import Embed, Task, Transcribe, Translate
from .worker import Worker

__all__ = [
    "Checkpoint", "Embed", "Report", "Run", "SupersededError", "Task", "Transcribe", "Translate", "Worker",
]
