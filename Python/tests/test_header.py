"""The declarations in Python are those of swiftlet.h."""

import ctypes
import re

import pytest
from conftest import ROOT

from swiftlet import _functions, _structs, errors

HEADER = (ROOT / "CSupport/API/include/swiftlet.h").read_text()
CODE = re.sub(r"//.*", "", HEADER)
SIZES = {"uint32_t": 4, "int32_t": 4, "uint64_t": 8, "int64_t": 8, "float": 4, "double": 8}
STRUCTS = {
    name: fields for fields, name in re.findall(r"typedef struct \w+ \{([^}]*)\} swiftlet_(\w+);", CODE)}


def python_name(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


@pytest.mark.parametrize("name", STRUCTS)
def test_struct(name: str) -> None:
    struct = getattr(_structs, python_name(name))
    offset, found = 0, []
    for declaration in filter(None, map(str.strip, STRUCTS[name].split(";"))):
        kind, field, length = re.fullmatch(r"(.*?)(\w+)(\[\d+\])?", declaration).groups()
        size = int(length[1:-1]) if length else 8 if "*" in kind else SIZES[kind.strip()]
        alignment = 1 if length else size
        offset = -(-offset // alignment) * alignment
        found.append((field, offset, size))
        offset += size
    ours = [(field, getattr(struct, field).offset, getattr(struct, field).size) for field, _ in struct._fields_]
    # The header may have got fields at the end, which are then zero.
    assert found[: len(ours)] == ours
    assert ctypes.sizeof(struct) <= -(-offset // 8) * 8


def test_functions() -> None:
    declared = dict(re.findall(r"SWIFTLET_API [\w *]*?\bswiftlet_(\w+)\(([^)]*)\)", CODE))
    for name, arguments in _functions.FAILING.items():
        assert len(declared[name].split(",")) == len(arguments) + 1, name
        assert declared[name].rstrip().endswith("swiftlet_error **error"), name
    for name, (_, arguments) in _functions.OTHERS.items():
        given = declared[name].strip()
        assert (0 if given == "void" else len(given.split(","))) == len(arguments), name


def test_status_codes() -> None:
    codes = {int(code) for code in re.findall(r"SWIFTLET_ERROR_\w+ = (\d+)", CODE)}
    assert codes == set(errors.BY_CODE)
