"""An STS task by MTEB on Debian's descriptions: swiftlet's Spearman correlation beside sentence-transformers' with the
weights of the same file. The score of a pair is the share of tags that Debian's maintainers gave both packages.

    python Python/benchmarks/mteb_sts.py --model all-MiniLM-L6-v2-f16.gguf
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import mteb
import numpy as np
import torch
from datasets import Dataset
from gguf import GGUFReader, dequantize
from mteb.abstasks.sts import AbsTaskSTS
from mteb.abstasks.task_metadata import TaskMetadata
from sentence_transformers import SentenceTransformer
from transformers import BertConfig, BertModel, BertTokenizerFast

from swiftlet.integrations.mteb import SwiftletEncoder

TENSORS = {
    "attn_q": "attention.self.query", "attn_k": "attention.self.key", "attn_v": "attention.self.value",
    "attn_output": "attention.output.dense", "attn_output_norm": "attention.output.LayerNorm",
    "ffn_up": "intermediate.dense", "ffn_down": "output.dense", "layer_output_norm": "output.LayerNorm",
    "token_embd": "embeddings.word_embeddings", "position_embd": "embeddings.position_embeddings",
    "token_types": "embeddings.token_type_embeddings", "token_embd_norm": "embeddings.LayerNorm"}


class DebianSTS(AbsTaskSTS):
    min_score, max_score = 0, 1
    metadata = TaskMetadata(
        name="DebianSTS", dataset={"path": "debian/descriptions", "revision": "local"},
        description="Pairs of Debian's package descriptions and the share of tags that both have.", reference=None,
        type="STS", category="t2t", modalities=["text"], eval_splits=["test"], eval_langs=["eng-Latn"],
        main_score="cosine_spearman", date=("2023-01-01", "2023-12-31"), domains=["Written"], task_subtypes=[],
        license="not specified", annotations_creators="human-annotated", dialect=[], sample_creation="found",
        bibtex_citation="")

    def load_data(self, *ignored: Any, **options: Any) -> None:
        self.dataset, self.data_loaded = {"test": Dataset.from_list(pairs(2_000))}, True


def pairs(number: int) -> list[dict[str, Any]]:
    """Half of neighbours in the order of tags, which have some in common, and half of any."""
    text = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    found = []
    for record in text.split("\n\n"):
        fields = dict(re.findall(r"^(\w[\w-]*): (.*(?:\n .*)*)", record, re.M))
        if "Tag" in fields and "Description" in fields:
            found.append((sorted(re.split(r",\s*", fields["Tag"])), fields["Description"]))
    found.sort()
    choose = random.Random(4)
    places = [(place, place + choose.randint(1, 30)) for place in choose.sample(range(len(found) - 30), number // 2)]
    places += [tuple(choose.sample(range(len(found)), 2)) for _ in range(number - len(places))]
    return [
        {"sentence1": found[one][1], "sentence2": found[other][1], "score": share(found[one][0], found[other][0])}
        for one, other in places]


def share(one: list[str], other: list[str]) -> float:
    return len(set(one) & set(other)) / len(set(one) | set(other))


def sentence_transformer(path: str, folder: Path) -> SentenceTransformer:
    """The file's weights in float32 and its vocabulary, as a folder that sentence-transformers opens."""
    reader = GGUFReader(path)

    def field(name: str) -> Any:
        return reader.fields[name].contents()

    tokens = field("tokenizer.ggml.tokens")
    whole = [token[1:] if token.startswith("▁") else token if re.fullmatch(r"\[[A-Z]+\]", token) else "##" + token
             for token in tokens]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(whole) + "\n", encoding="utf-8")
    config = BertConfig(
        vocab_size=len(tokens), hidden_size=field("bert.embedding_length"),
        num_hidden_layers=field("bert.block_count"), num_attention_heads=field("bert.attention.head_count"),
        intermediate_size=field("bert.feed_forward_length"), layer_norm_eps=field("bert.attention.layer_norm_epsilon"),
        max_position_embeddings=field("bert.context_length"))
    model = BertModel(config, add_pooling_layer=False)
    state = {}
    for tensor in reader.tensors:
        layer, name, kind = re.fullmatch(r"(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)", tensor.name).groups()
        prefix = "" if layer is None else f"encoder.layer.{layer}."
        state[f"{prefix}{TENSORS[name]}.{kind}"] = torch.from_numpy(
            np.array(dequantize(tensor.data, tensor.tensor_type), np.float32))
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all("position_ids" in name for name in missing), (missing, unexpected)
    model.save_pretrained(folder)
    tokenizer = BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=config.max_position_embeddings)
    tokenizer.save_pretrained(folder)
    return SentenceTransformer(str(folder), device="cpu")  # a folder of transformers: mean pooling


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True)
    given = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        theirs = sentence_transformer(given.model, Path(folder) / "model")
        models = {"sentence-transformers": theirs, "swiftlet": SwiftletEncoder(given.model)}
        scores = {}
        for name, model in models.items():
            result = mteb.evaluate(model, DebianSTS(), cache=None, co2_tracker=False, show_progress_bar=False)
            scores[name] = result.task_results[0].get_score()
            print(f"{name}: cosine_spearman {scores[name]:.5f}", flush=True)
        texts = [pair["sentence1"] for pair in pairs(2_000)[:200]]
        one, other = theirs.encode(texts, normalize_embeddings=True), models["swiftlet"].embedder.encode(texts)
        print(f"least cosine of the two vectors of a text: {float((one * other).sum(axis=1).min()):.6f}")
    difference = abs(scores["swiftlet"] - scores["sentence-transformers"])
    print(f"difference {difference:.5f}, at most 0.002")
    assert difference <= 0.002


if __name__ == "__main__":
    main()
