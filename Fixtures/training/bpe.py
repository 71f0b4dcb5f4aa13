"""Byte-level BPE as GPT-2 has it: the training of the merges, and the encoder and decoder."""
import heapq
from collections import Counter, defaultdict

import regex

# What llama.cpp splits by when `tokenizer.ggml.pre` is `gpt-2`.
SPLIT = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def byte_alphabet():
    """GPT-2's character for each of the 256 bytes: printable bytes stand for themselves, the rest from U+0100 on."""
    printable = set(range(0x21, 0x7F)) | set(range(0xA1, 0xAD)) | set(range(0xAE, 0x100))
    alphabet, extra = [], 0
    for byte in range(256):
        if byte in printable:
            alphabet.append(chr(byte))
        else:
            alphabet.append(chr(0x100 + extra))
            extra += 1
    return alphabet


ALPHABET = byte_alphabet()
BYTE_OF = {c: b for b, c in enumerate(ALPHABET)}


def spelled(piece):
    return "".join(ALPHABET[b] for b in piece.encode())


def train_merges(texts, count):
    """The first `count` merges, most frequent pair first, ties by the alphabet; pair counts are kept up to date."""
    pieces = Counter(p for t in texts for p in SPLIT.findall(t))
    words = [list(spelled(p)) for p in pieces]
    weights = list(pieces.values())
    counts, where = Counter(), defaultdict(set)
    for i, word in enumerate(words):
        for pair in zip(word, word[1:]):
            counts[pair] += weights[i]
            where[pair].add(i)
    heap = [(-n, pair) for pair, n in counts.items()]
    heapq.heapify(heap)
    merges = []
    while heap and len(merges) < count:
        n, pair = heapq.heappop(heap)
        if counts[pair] != -n:
            continue  # an old entry; the current count is in the heap as well
        if -n < 2:
            break
        merges.append(pair)
        changed = set()
        for i in sorted(where.pop(pair)):
            old = words[i]
            new = merged(old, pair)
            for p in zip(old, old[1:]):
                counts[p] -= weights[i]
                changed.add(p)
            for p in zip(new, new[1:]):
                counts[p] += weights[i]
                where[p].add(i)
                changed.add(p)
            words[i] = new
        for p in changed:
            if counts[p] > 0 and p != pair:
                heapq.heappush(heap, (-counts[p], p))
    return merges


def merged(symbols, pair):
    out, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and symbols[i] == pair[0] and symbols[i + 1] == pair[1]:
            out.append(pair[0] + pair[1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return out


class Tokenizer:
    """Tokens in this order: the 256 bytes, one for each merge, the special tokens."""

    def __init__(self, merges, specials):
        self.merges = [tuple(m) for m in merges]
        self.specials = list(specials)
        self.tokens = ALPHABET + [a + b for a, b in self.merges] + self.specials
        self.id_of = {t: i for i, t in enumerate(self.tokens)}
        assert len(self.id_of) == len(self.tokens), "two merges gave the same token"
        self.rank = {m: i for i, m in enumerate(self.merges)}
        self.special_split = regex.compile("(" + "|".join(map(regex.escape, self.specials)) + ")")
        self.cache = {}

    def piece(self, text):
        if text not in self.cache:
            symbols = list(spelled(text))
            while len(symbols) > 1:
                pair = min(zip(symbols, symbols[1:]), key=lambda p: self.rank.get(p, len(self.rank)))
                if pair not in self.rank:
                    break
                symbols = merged(symbols, pair)
            self.cache[text] = [self.id_of[s] for s in symbols]
        return self.cache[text]

    def encode(self, text):
        ids = []
        for part in self.special_split.split(text):
            if part in self.specials:
                ids.append(self.id_of[part])
            else:
                for p in SPLIT.findall(part):
                    ids += self.piece(p)
        return ids

    def decode(self, ids):
        out = bytearray()
        for i in ids:
            t = self.tokens[i]
            out += t.encode() if t in self.specials else bytes(BYTE_OF[c] for c in t)
        return out.decode(errors="replace")
