"""Jobs that are killed, go on, overlap, or are taken over: each id once, with the vector of one process."""

import contextlib
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import CLIPS, EMBED, SPEECH, TRANSLATE, page_blocks, run_block

import swiftlet
from swiftlet import Embedder
from swiftlet.bulk import Checkpoint, Embed, Report, SupersededError, Transcribe, Translate, Worker

ROWS = 600


def rows_of(first: int, last: int, kind: str = "int") -> pa.Table:
    ids = list(range(first, last))
    return pa.table({
        "id": ids if kind == "int" else [f"row {number}" for number in ids],
        "text": [f"text {number}: " + "word " * (number % 13) for number in ids]})


def tables(rows: pa.Table, size: int) -> list[pa.Table]:
    return [rows.slice(start, size) for start in range(0, rows.num_rows, size)]


def output(folder: Path) -> pa.Table:
    """The rows by id, read as others would read them."""
    return pq.read_table(folder).sort_by("id")


def vectors(table: pa.Table) -> np.ndarray:
    column = table.column("embedding").combine_chunks()
    return np.asarray(column.flatten()).reshape(len(column), -1)


@pytest.fixture
def job(tmp_path: Path) -> Checkpoint:
    return Checkpoint(tmp_path / "out", Embed(str(EMBED), "text"), "id")


def test_a_job(job: Checkpoint, embedder: Embedder) -> None:
    rows = rows_of(0, ROWS)
    report = job.run(tables(rows, 128))
    assert (report.rows, report.written) == (ROWS, ROWS)
    found = output(Path(job.path))
    assert found.column_names == ["id", "text", "embedding"] and found.select(["id", "text"]).equals(rows)
    assert np.array_equal(vectors(found), embedder.encode(rows["text"]))
    assert os.path.exists(os.path.join(job.path, "_SUCCESS"))


@pytest.mark.parametrize("kind", ["int", "str"])
def test_it_goes_on(job: Checkpoint, kind: str) -> None:
    run = job.start()
    worker = Worker(job.task, run)
    for table in tables(rows_of(0, 200, kind), 50):
        worker(table)
    # The second run cuts its input otherwise, and has more of it.
    report = job.run(tables(rows_of(0, ROWS, kind), 128))
    assert (report.rows, report.written) == (ROWS, ROWS - 200)
    assert len(set(output(Path(job.path))["id"].to_pylist())) == output(Path(job.path)).num_rows == ROWS
    again = job.run(tables(rows_of(0, ROWS, kind), 99))
    assert (again.rows, again.written) == (ROWS, 0)


def test_rows_that_two_workers_compute(job: Checkpoint, embedder: Embedder) -> None:
    """An engine that cuts a partition otherwise when it computes it again."""
    run = job.start()
    worker = Worker(job.task, run)
    for first, last in [(0, 100), (50, 200), (60, 90), (0, 100), (150, 300)]:
        worker(rows_of(first, last))
    assert job.finish(run).rows == 300
    found = output(Path(job.path))
    assert found["id"].to_pylist() == list(range(300))
    assert np.array_equal(vectors(found), embedder.encode(found["text"]))


def test_a_worker_that_outlives_its_job(job: Checkpoint) -> None:
    late = Worker(job.task, job.start())
    late(rows_of(0, 10))
    run = job.start()
    with pytest.raises(SupersededError):
        late(rows_of(10, 20))
    with pytest.raises(SupersededError):
        late(rows_of(0, 10))
    Worker(job.task, run)(rows_of(0, 30))
    assert job.finish(run).rows == 30
    with pytest.raises(SupersededError):
        job.finish(run)
    assert output(Path(job.path))["id"].to_pylist() == list(range(30))


def test_what_is_refused(job: Checkpoint) -> None:
    run = job.start()
    worker = Worker(job.task, run)
    for table, place in [
        (pa.table({"id": [1, 1], "text": ["a", "b"]}), "id_column"),
        (pa.table({"id": [1, None], "text": ["a", "b"]}), "id_column"),
        (pa.table({"id": [1.5], "text": ["a"]}), "id_column"),
        (pa.table({"key": [1], "text": ["a"]}), "id_column"),
        (pa.table({"id": [1], "words": ["a"]}), "column"),
        (pa.table({"id": [1], "text": ["a"], "embedding": [0.5]}), "output"),
    ]:
        with pytest.raises(swiftlet.ArgumentError) as error:
            worker(table)
        assert error.value.place == place
    job.finish(run)
    for task in (Embed(str(EMBED), "text", role="query"), Embed(str(EMBED), "text", options={"dimensions": 8})):
        with pytest.raises(swiftlet.ArgumentError, match="another job"):
            Checkpoint(job.path, task, "id").start()
    Checkpoint(job.path, job.task.with_threads(2), "id").start()
    with pytest.raises(swiftlet.FileError):
        Checkpoint(job.path, Embed("missing.gguf", "text"), "id").start()


def test_errors_of_rows() -> None:
    texts = ["a", "word " * 10_000, None, "b"]
    task = Embed(str(EMBED), "text", options={"overflow": "error"})
    table = pa.table({"text": texts})
    with pytest.raises(swiftlet.ContextFullError):
        Worker(task)(table)
    found = Worker(task, on_error="record")(table)
    assert [message is None for message in found["error"].to_pylist()] == [True, False, True, True]
    assert [value is None for value in found["embedding"].to_pylist()] == [False, True, True, False]
    assert Worker(Embed(str(EMBED), "text"))(table)["embedding"].null_count == 1  # cut


def test_sounds_and_translations() -> None:
    paths = [str(CLIPS / "number.wav"), "missing.wav", None]
    found = Worker(Transcribe(str(SPEECH), "path"), on_error="record")(pa.table({"path": paths}))
    first, second, third = found["transcript"].to_pylist()
    segments, info = swiftlet.Transcriber(SPEECH).transcribe(paths[0])
    assert first["text"] == "".join(segment.text for segment in segments).strip() and first["text"]
    assert first["duration"] == info.duration and first["segments"][0]["end"] > 0
    assert second is third is None and "missing.wav" in found["error"].to_pylist()[1]
    texts = ["One.", None, "Two words."]
    translated = Worker(Translate(str(TRANSLATE), "text", options={"task": "text"}))(pa.table({"text": texts}))
    assert translated["translation"].to_pylist() == swiftlet.Translator(TRANSLATE, task="text").translate(texts)


DRIVER = """
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
from swiftlet.bulk import Checkpoint, Embed, Worker
from test_bulk import rows_of, tables, ROWS
def work(arguments):
    Worker(*arguments[:2])(arguments[2])
if __name__ == "__main__":
    job = Checkpoint(sys.argv[1], Embed(str(EMBED), "text"), "id")
    run = job.start()
    with ProcessPoolExecutor(2, multiprocessing.get_context("fork")) as pool:
        list(pool.map(work, [(job.task, run, table) for table in tables(rows_of(0, ROWS), 20)]))
    job.finish(run)
"""


def test_kills(job: Checkpoint, embedder: Embedder, tmp_path: Path) -> None:
    """Drivers are killed, and their workers go on for a while."""
    head = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); from conftest import *\n"
    program = tmp_path / "driver.py"
    program.write_text(head + DRIVER)
    choose = random.Random(5)
    ended = kills = 0
    groups = []
    for attempt in range(60):
        process = subprocess.Popen(
            [sys.executable, program, job.path], start_new_session=True, stderr=subprocess.DEVNULL)
        groups.append(process.pid)
        try:
            # The first is too short for any machine.
            ended = process.wait(0.2 + choose.random() * (0.4 + attempt / 10) if attempt else 0.15)
        except subprocess.TimeoutExpired:
            if choose.random() < 0.5:
                process.kill()  # the workers go on, until the next attempt is over
            else:
                os.killpg(process.pid, signal.SIGKILL)
            ended = process.wait()
            kills += 1
        for group in groups if ended == 0 else groups[:-1]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if ended == 0:
            break
    assert ended == 0 and kills >= 1
    found = output(Path(job.path))
    assert found["id"].to_pylist() == list(range(ROWS))
    assert np.array_equal(vectors(found), embedder.encode(found["text"]))
    assert os.listdir(os.path.join(job.path, "_swiftlet")) and not [
        name for name in os.listdir(job.path) if name.startswith(".")]


def test_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = page_blocks("Checkpoint")
    assert run_block(block, tmp_path, monkeypatch) == f"{Report(40, 40)}\n"
