"""The two vocabularies of the tiny models, both of the same size: pieces by score, and byte-level BPE."""
import gguf

VOCABULARY_SIZE = 288

# SentencePiece: three control tokens, 256 bytes, then these pieces, best score first. "▁" stands for a space.
PIECES = ["▁t", "▁a", "he", "▁the", "in", "▁s", "re", "er", "▁w", "on", "▁",
          "e", "t", "a", "o", "n", "i", "s", "r", "h", "l", "d", "u", "c", "m", "w", "f", "g", "y"]

# Byte-level BPE: 256 bytes, then the products of these merges, best rank first, then one control token. "Ġ" stands for
# a space.
MERGES = ["Ġ t", "Ġ a", "h e", "i n", "r e", "o n", "Ġt he", "e r", "Ġ s", "a t", "Ġ w", "Ġ o", "e n", "Ġ c", "i t",
          "i s", "a n", "o r", "e s", "Ġ b", "e d", "Ġ f", "in g", "Ġ p", "o u", "Ġa n", "a l", "a r", "Ġt o", "Ġ m",
          "Ġo f"]
END_OF_TEXT = "<|endoftext|>"


def add_sentencepiece(out):
    """Writes the `llama` vocabulary: <unk> 0, <s> 1, </s> 2, bytes from 3, pieces from 259."""
    kinds = gguf.TokenType
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + PIECES
    types = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL] + [kinds.BYTE] * 256 + [kinds.NORMAL] * len(PIECES)
    assert len(tokens) == VOCABULARY_SIZE
    out.add_tokenizer_model("llama")
    out.add_token_list(tokens)
    out.add_token_scores([0.0] * 259 + [-float(rank) for rank in range(len(PIECES))])
    out.add_token_types(types)
    out.add_bos_token_id(1)
    out.add_eos_token_id(2)
    out.add_unk_token_id(0)
    out.add_add_bos_token(True)
    out.add_add_eos_token(False)


def byte_characters():
    """The character that stands for each byte in a byte-level vocabulary, in GPT-2's order of tokens.

    Printable bytes stand for themselves; the others, in order, take the characters from U+0100 on.
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = 256 - len(printable)
    return [chr(byte) for byte in printable] + [chr(0x100 + i) for i in range(others)]


def add_byte_level_bpe(out, pre_tokenizer):
    """Writes the `gpt2` vocabulary: bytes from 0, products of merges from 256, the end of the text last."""
    tokens = byte_characters() + [merge.replace(" ", "") for merge in MERGES] + [END_OF_TEXT]
    assert len(tokens) == len(set(tokens)) == VOCABULARY_SIZE
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre(pre_tokenizer)
    out.add_token_list(tokens)
    out.add_token_types([gguf.TokenType.NORMAL] * (len(tokens) - 1) + [gguf.TokenType.CONTROL])
    out.add_token_merges(MERGES)
    out.add_bos_token_id(len(tokens) - 1)
    out.add_eos_token_id(len(tokens) - 1)
    out.add_add_bos_token(False)


def add_encoder_bpe(out, token_types, is_roberta):
    """Writes a `gpt2` vocabulary as RoBERTa and ModernBERT have it: bytes from 0, products of merges from 256, and at the
    end the tokens that begin, separate, fill and mask texts."""
    special = ["<s>", "</s>", "<pad>", "<mask>"] if is_roberta else ["[CLS]", "[SEP]", "[PAD]", "[MASK]"]
    merges = MERGES[:VOCABULARY_SIZE - 256 - len(special)]
    tokens = byte_characters() + [merge.replace(" ", "") for merge in merges] + special
    assert len(tokens) == len(set(tokens)) == VOCABULARY_SIZE
    first = len(tokens) - len(special)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("gpt-2")
    out.add_token_list(tokens)
    out.add_token_types([gguf.TokenType.NORMAL] * first + [gguf.TokenType.CONTROL] * len(special))
    out.add_token_merges(merges)
    out.add_token_type_count(token_types)
    out.add_bos_token_id(first)
    out.add_eos_token_id(first + 1)
    out.add_sep_token_id(first + 1)
    out.add_pad_token_id(first + 2)
    out.add_mask_token_id(first + 3)
    out.add_add_bos_token(True)
    out.add_add_eos_token(True)
    out.add_add_sep_token(is_roberta)


def add_unigram(out):
    """Writes a `t5` vocabulary: <pad> 0, </s> 1, <unk> 2, then pieces and characters, best score first; <extra_id_N> last."""
    kinds = gguf.TokenType
    pieces = PIECES + [chr(c) for c in range(0x21, 0x7F) if chr(c) not in PIECES]
    extra = [f"<extra_id_{i}>" for i in reversed(range(VOCABULARY_SIZE - 3 - len(pieces)))]
    tokens = ["<pad>", "</s>", "<unk>"] + pieces + extra
    assert len(tokens) == len(set(tokens)) == VOCABULARY_SIZE
    out.add_tokenizer_model("t5")
    out.add_tokenizer_pre("default")
    out.add_token_list(tokens)
    out.add_token_scores([0.0] * 3 + [-2.0 - rank / 8 for rank in range(len(pieces))] + [0.0] * len(extra))
    out.add_token_types(
        [kinds.CONTROL, kinds.CONTROL, kinds.UNKNOWN] + [kinds.NORMAL] * len(pieces) + [kinds.USER_DEFINED] * len(extra))
    out.add_pad_token_id(0)
    out.add_eos_token_id(1)
    out.add_unk_token_id(2)
    out.add_add_bos_token(False)
    out.add_add_eos_token(True)
    out.add_add_space_prefix(True)
    out.add_remove_extra_whitespaces(True)


def add_rwkv(out):
    """Writes the `rwkv` vocabulary: <s> 0, bytes from 1, then pieces; bytes and quotes are escaped as Python writes them."""
    pieces = [merge.replace(" ", "").replace("Ġ", " ") for merge in MERGES]
    values = [bytes([byte]) for byte in range(256)] + [piece.encode() for piece in pieces]
    tokens = ["<s>"] + [repr(value)[2:-1] for value in values]
    assert len(tokens) == len(set(tokens)) == VOCABULARY_SIZE
    out.add_tokenizer_model("rwkv")
    out.add_token_list(tokens)
    out.add_token_types([gguf.TokenType.CONTROL] + [gguf.TokenType.NORMAL] * (len(tokens) - 1))
    for add in (out.add_bos_token_id, out.add_eos_token_id, out.add_unk_token_id, out.add_sep_token_id,
                out.add_pad_token_id):
        add(0)
