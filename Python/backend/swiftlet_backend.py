"""Builds the package (PEP 517, PEP 660), with libswiftlet.so.0 inside.

The library is the file that SWIFTLET_LIBRARY names, else .build/library/static-zstd of the repository, which
`CSupport/Library/install --build --static-zstd` makes when it is not there: that needs Swift and some minutes. A source
archive has the library's sources in `swift/`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import platform
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

HERE = Path(__file__).resolve().parent.parent
PACKAGE = HERE / "src" / "swiftlet"
LIBRARY = "libswiftlet.so.0"
#: What the library is built from. SwiftPM refuses a package whose tests' folders are not there.
SOURCES = ["Package.swift", "LICENSE", "Sources", "CSupport", "Tests"]
Settings = Optional[dict[str, Any]]


def build_wheel(wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None) -> str:
    library = find_library().read_bytes()
    files = [(f"swiftlet/{path.relative_to(PACKAGE)}", path.read_bytes()) for path in modules()]
    return write_wheel(wheel_directory, [*files, (f"swiftlet/{LIBRARY}", library)], library)


def build_editable(
    wheel_directory: str, config_settings: Settings = None, metadata_directory: Optional[str] = None
) -> str:
    library = find_library()
    link = PACKAGE / LIBRARY
    link.unlink(missing_ok=True)
    link.symlink_to(library)
    return write_wheel(
        wheel_directory, [("swiftlet-editable.pth", f"{PACKAGE.parent}\n".encode())], library.read_bytes())


def build_sdist(sdist_directory: str, config_settings: Settings = None) -> str:
    name = f"swiftlet-{project()['version']}"
    root = repository()
    files = {path.relative_to(HERE): path for path in tree(HERE) if path.relative_to(HERE).parts[0] != "swift"}
    files.update({Path("swift") / path.relative_to(root): path for path in sources(root)})
    with tarfile.open(Path(sdist_directory) / f"{name}.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as archive:
        add(archive, f"{name}/PKG-INFO", metadata())
        for place, path in sorted(files.items()):
            add(archive, f"{name}/{place}", path.read_bytes(), path.stat().st_mode & 0o111)
    return f"{name}.tar.gz"


def repository() -> Path:
    """Where Package.swift is: in a source archive, or around this folder."""
    for root in (HERE / "swift", HERE.parent):
        if (root / "Package.swift").is_file():
            return root
    raise SystemExit("swiftlet: the sources of the library are not here: use the repository or a source archive")


def find_library() -> Path:
    """The built library, which is built when it is not there."""
    named = os.environ.get("SWIFTLET_LIBRARY")
    if named:
        return Path(named).resolve()
    root = repository()
    library = root / ".build" / "library" / "static-zstd" / LIBRARY
    if not library.is_file():
        subprocess.run([root / "CSupport" / "Library" / "install", "--build", "--static-zstd"], check=True)
    return library


def sources(root: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = root / name
        yield from tree(path) if path.is_dir() else [path]


def tree(folder: Path) -> Iterator[Path]:
    """The files of a folder without what tools leave there."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") or part in ("__pycache__", "dist", LIBRARY) for part in parts):
            continue
        if path.is_file() and not path.is_symlink():
            yield path


def modules() -> Iterator[Path]:
    return (path for path in tree(PACKAGE) if path.suffix == ".py" or path.name == "py.typed")


def project() -> dict[str, Any]:
    with open(HERE / "pyproject.toml", "rb") as file:
        found: dict[str, Any] = tomllib.load(file)["project"]
    return found


def metadata() -> bytes:
    about = project()
    lines = [
        "Metadata-Version: 2.1", "Name: swiftlet", f"Version: {about['version']}", f"Summary: {about['description']}",
        "License: Apache-2.0", f"Requires-Python: {about['requires-python']}",
        "Classifier: Operating System :: POSIX :: Linux", "Classifier: Typing :: Typed"]
    lines += [f"Requires-Dist: {needed}" for needed in about["dependencies"]]
    for extra, packages in about["optional-dependencies"].items():
        lines += [f"Provides-Extra: {extra}"]
        lines += [f"Requires-Dist: {needed}; extra == '{extra}'" for needed in packages]
    text = (HERE / about["readme"]).read_text(encoding="utf-8")
    return ("\n".join([*lines, "Description-Content-Type: text/markdown", "", text])).encode()


def tag(library: bytes) -> str:
    """The wheel's tag: the newest version of glibc that the library needs a symbol of."""
    versions = [int(minor) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?:\.\d+)?(?=\0)", library)]
    if not library.startswith(b"\x7fELF") or not versions:
        raise SystemExit("swiftlet: the library is not one of Linux with glibc")
    return f"py3-none-manylinux_2_{max(versions)}_{platform.machine()}"


def write_wheel(folder: str, files: list[tuple[str, bytes]], library: bytes) -> str:
    version, which = project()["version"], tag(library)
    info = f"swiftlet-{version}.dist-info"
    wheel = f"Wheel-Version: 1.0\nGenerator: swiftlet_backend\nRoot-Is-Purelib: false\nTag: {which}\n"
    files = [
        *files, (f"{info}/METADATA", metadata()), (f"{info}/WHEEL", wheel.encode()),
        (f"{info}/licenses/LICENSE", (repository() / "LICENSE").read_bytes()),
        (f"{info}/licenses/THIRD-PARTY.txt", (HERE / "THIRD-PARTY.txt").read_bytes())]
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in files)
    files.append((f"{info}/RECORD", f"{record}{info}/RECORD,,\n".encode()))
    name = f"swiftlet-{version}-{which}.whl"
    with zipfile.ZipFile(Path(folder) / name, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for place, data in files:
            entry = zipfile.ZipInfo(place)  # of 1980: equal contents make equal wheels
            entry.external_attr = (0o100755 if place.endswith(LIBRARY) else 0o100644) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return name


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def add(archive: tarfile.TarFile, name: str, data: bytes, executable: int = 0) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o755 if executable else 0o644
    archive.addfile(entry, io.BytesIO(data))
