#!/usr/bin/env python3
"""The codebooks of the IQ1, IQ2 and IQ3 types, from the gguf package: writes CSupport/Kernels/include/swl_codebooks.h.

    pip install gguf==0.19.0 numpy==2.4.6
    make_codebooks.py

They are data of the format: each was found by a search, and no rule makes them. An entry is a word: eight elements of two bits,
or four of three bits, two in each byte, the first lowest. What the bits stand for is in swl_blocks.h.
"""
import pathlib

import gguf
import numpy as np

# The bits where elements begin.
TWO_BITS, THREE_BITS = range(0, 16, 2), (0, 3, 8, 11)
# Of each codebook: its class in the gguf package, and its elements.
BOOKS = {"IQ1": ("IQ1_S", TWO_BITS), "IQ2_XXS": ("IQ2_XXS", TWO_BITS), "IQ2_XS": ("IQ2_XS", TWO_BITS),
         "IQ2_S": ("IQ2_S", TWO_BITS), "IQ3_XXS": ("IQ3_XXS", THREE_BITS), "IQ3_S": ("IQ3_S", THREE_BITS)}
LINE = 16

HEAD = """// The codebooks of the IQ1, IQ2 and IQ3 formats, written by Fixtures/golden/make_codebooks.py.
//
// They are data of the format; no rule makes them. An entry is a word: eight elements of two bits, or four of three bits, two
// in each byte; the first lowest. SWL_F_CODEBOOK(LINE) is a list of LINE(...) with 16 entries each.
#ifndef SWL_CODEBOOKS_H
#define SWL_CODEBOOKS_H

"""


def words(name, places):
    book = getattr(gguf.quants, name)
    book.init_grid()
    grid = book.grid.reshape(-1, book.grid_shape[1])
    levels = np.searchsorted(np.array(book.grid_map), grid.astype(int))
    assert (np.array(book.grid_map)[levels] == grid).all()
    return (levels << np.array(places)).sum(axis=1)


def main():
    out = [HEAD]
    for name, (kind, places) in BOOKS.items():
        entries = words(kind, places)
        lines = [",".join(map(str, entries[i:i + LINE])) for i in range(0, len(entries), LINE)]
        out.append(f"// {len(entries)} entries.\n#define SWL_{name}_CODEBOOK(LINE) \\\n")
        out.append(" \\\n".join(f"    LINE({line})" for line in lines) + "\n\n")
    out.append("#endif\n")
    target = pathlib.Path(__file__).resolve().parents[2] / "CSupport" / "Kernels" / "include" / "swl_codebooks.h"
    target.write_text("".join(out))


if __name__ == "__main__":
    main()
