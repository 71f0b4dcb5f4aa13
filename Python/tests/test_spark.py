"""Spark in this process. `benchmarks/spark_kills.py` has executors of their own, and kills them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import CLIPS, EMBED, SPEECH, page_blocks, run_block
from test_bulk import output, rows_of, vectors

from swiftlet import Embedder

pytest.importorskip("pyspark")

ROWS = 1_000


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    yield session
    session.stop()


def test_embed(spark: Any, tmp_path: Path, embedder: Embedder) -> None:
    import swiftlet.spark

    rows = rows_of(0, ROWS)
    pq.write_table(rows, tmp_path / "texts.parquet")
    frame = spark.read.parquet(str(tmp_path / "texts.parquet")).repartition(3)
    expected = embedder.encode(rows["text"])
    made = swiftlet.spark.embed(frame, "text", EMBED)
    assert made.schema.simpleString() == "struct<id:bigint,text:string,embedding:array<float>>"
    collected = sorted(made.collect())
    assert np.array_equal(np.array([row.embedding for row in collected], np.float32), expected)

    out = tmp_path / "out"
    found = swiftlet.spark.embed(
        frame.where("id < 700"), "text", EMBED, part_rows=64, checkpoint=out, id_column="id")
    assert found.count() == 700
    found = swiftlet.spark.embed(frame, "text", EMBED, part_rows=50, checkpoint=out, id_column="id")
    assert found.count() == ROWS and sorted(os.listdir(out))[0] == "_SUCCESS"
    table = output(out)
    assert table["id"].to_pylist() == list(range(ROWS)) and np.array_equal(vectors(table), expected)


def test_sounds(spark: Any) -> None:
    import swiftlet.spark

    frame = spark.createDataFrame([(str(CLIPS / "number.wav"),), ("missing.wav",), (None,)], "path string")
    found = {row.path: row for row in swiftlet.spark.transcribe(frame, "path", SPEECH).collect()}
    segments, info = swiftlet.Transcriber(SPEECH).transcribe(CLIPS / "number.wav")
    made = found[str(CLIPS / "number.wav")]
    assert made.transcript.text == "".join(segment.text for segment in segments).strip()
    assert made.transcript.segments[0].end > 0 and made.transcript.duration == info.duration
    assert found["missing.wav"].transcript is None and "missing.wav" in found["missing.wav"].error
    assert found[None].transcript is None and found[None].error is None


def test_the_page(spark: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = page_blocks("swiftlet.spark")
    assert run_block(block, tmp_path, monkeypatch) == "40\n"
