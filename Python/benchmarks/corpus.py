"""Lines of Debian's package descriptions: real texts that are on every Debian."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def lines() -> Iterator[str]:
    """First each package with its description, then with its tags and its section."""
    text = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    packages = [dict(re.findall(r"^(\w[\w-]*): (.*(?:\n .*)*)", record, re.M)) for record in text.split("\n\n")]
    packages = [package for package in packages if "Package" in package and "Description" in package]
    for package in packages:
        yield f"{package['Package']}: {package['Description']}"
    for package in packages:
        tags = " ".join(package.get("Tag", "").split())
        yield f"{package['Description']} ({package.get('Section', '')}; {tags})"
    for package in packages:
        yield f"{package['Package']} needs {package.get('Depends', 'nothing')}"


def write(folder: Path, rows: int, files: int = 8) -> Path:
    """`rows` lines in Parquet files, columns id and text; all there are, where these are fewer."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [text for _, text in zip(range(rows), lines())]
    for number in range(files):
        ids = range(number * len(texts) // files, (number + 1) * len(texts) // files)
        table = pa.table({"id": pa.array(ids, pa.int64()), "text": [texts[index] for index in ids]})
        pq.write_table(table, folder / f"texts-{number:03}.parquet", row_group_size=2_048)
    return folder
