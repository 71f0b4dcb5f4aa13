"""The header of a ggml Whisper file: hyper-parameters, mel filters, vocabulary; and its byte-pair encoding."""
import re
import struct
from dataclasses import dataclass

import numpy as np

MAGIC = 0x67676D6C
END, START, ENGLISH, TRANSLATE, TRANSCRIBE = 50257, 50258, 50259, 50358, 50359
PREVIOUS, NO_SPEECH, NO_TIMESTAMPS, FIRST_TIME = 50361, 50362, 50363, 50364
SIZE = 51865
TIMES = SIZE - FIRST_TIME  # 0.00 to 30.00 seconds in steps of 0.02


@dataclass
class Header:
    parameters: list
    filters: np.ndarray  # (80, 201)
    tokens: list  # bytes of the ordinary tokens
    raw: bytes  # mel filters and vocabulary as they stand in the file


def read_header(path):
    data = open(path, "rb").read()
    magic, *parameters = struct.unpack_from("<I11i", data)
    if magic != MAGIC or parameters[0] != SIZE or parameters[9] != 80:
        raise ValueError(f"{path} is not a multilingual Whisper file of ggml with 80 mels")
    mels, bins = struct.unpack_from("<2i", data, 48)
    filters = np.frombuffer(data, "<f4", mels * bins, 56).reshape(mels, bins)
    at = 56 + filters.nbytes
    count, = struct.unpack_from("<i", data, at)
    at += 4
    tokens = []
    for _ in range(count):
        length, = struct.unpack_from("<I", data, at)
        tokens.append(data[at + 4:at + 4 + length])
        at += 4 + length
    return Header(parameters, filters, tokens, data[48:at])


class Tokenizer:
    """Byte-pair encoding whose ranks are the ids, for text of plain words and marks."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.ranks = {}
        for i, token in enumerate(tokens):
            self.ranks.setdefault(token, i)

    def piece(self, raw):
        parts = [raw[i:i + 1] for i in range(len(raw))]
        while len(parts) > 1:
            pairs = [self.ranks.get(a + b, 1 << 30) for a, b in zip(parts, parts[1:])]
            best = min(range(len(pairs)), key=pairs.__getitem__)
            if pairs[best] == 1 << 30:
                break
            parts[best:best + 2] = [parts[best] + parts[best + 1]]
        return [self.ranks[p] for p in parts]

    def encode(self, text):
        return [i for piece in re.findall(r" ?[A-Za-z]+| ?[^\sA-Za-z]+", text) for i in self.piece(piece.encode())]

    def decode(self, ids):
        return b"".join(self.tokens[i] for i in ids if i < END).decode("utf-8", "replace")


def time_token(seconds):
    return FIRST_TIME + min(TIMES - 1, max(0, round(seconds / 0.02)))
