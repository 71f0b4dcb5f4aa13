"""Trains the WordPiece vocabulary: python vocabulary.py DATA (reads train.txt, writes tokenizer.json)"""
import pathlib
import sys

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
SIZE, CHARACTERS = 7_900, 110


def wordpiece(vocabulary):
    """BERT's tokenizer, lower case, with [CLS] and [SEP] around the text."""
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    if vocabulary:
        tokenizer.post_processor = processors.BertProcessing(*((t, vocabulary[t]) for t in ("[SEP]", "[CLS]")))
    return tokenizer


def train(path):
    tokenizer = wordpiece({})
    tokenizer.train([str(path)], trainers.WordPieceTrainer(
        vocab_size=SIZE, limit_alphabet=CHARACTERS, special_tokens=SPECIALS, show_progress=False))
    return wordpiece(tokenizer.get_vocab())


if __name__ == "__main__":
    data = pathlib.Path(sys.argv[1])
    tokenizer = train(data / "train.txt")
    tokenizer.save(str(data / "tokenizer.json"))
    print(f"{tokenizer.get_vocab_size()} tokens")
