#!/usr/bin/env python3
"""One measurement of a peer for compare_embeddings.py: prints sentences a second and a single sentence's latency as JSON.

    peer_embeddings.py onnx-int8 --model FOLDER --texts lines.txt --threads 2 --vectors out.npy

FOLDER is the model as Hugging Face has it (config.json, model.safetensors, tokenizer.json); llama.cpp takes a GGUF file.
Texts are sorted by length before they are batched, as all of these do or advise; the batch size is the fastest of a few.
Tokenization is counted. What is prepared once (an export, a conversion) is kept in --cache and is not.

Needs, by system: sentence-transformers; onnx onnxscript onnxruntime tokenizers torch transformers; ctranslate2 and the
latter three; llama-cpp-python.
"""
import argparse
import importlib.metadata
import json
import os
import pathlib
import statistics
import time

BATCHES = (8, 16, 32, 64)


def normalized(rows):
    import numpy
    return rows / numpy.maximum(numpy.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)


def tokenizer_of(folder, limit=256):
    """Hugging Face's tokenizer, cut as sentence-transformers cuts, without padding."""
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    return tokenizer


def padded(encodings):
    """Ids and mask of a batch: [texts, longest]."""
    import numpy
    longest = max(len(e.ids) for e in encodings)
    ids = numpy.zeros((len(encodings), longest), numpy.int64)
    mask = numpy.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, :len(encoding.ids)] = encoding.ids
        mask[row, :len(encoding.ids)] = 1
    return ids, mask


def pooled(hidden, mask):
    """The mean over a text's tokens, of length 1."""
    weights = mask[..., None].astype(hidden.dtype)
    return normalized((hidden * weights).sum(1) / weights.sum(1))


def sentence_transformers(options):
    import torch
    from sentence_transformers import SentenceTransformer
    torch.set_num_threads(options.threads)
    model = SentenceTransformer(str(options.model), device="cpu")

    def embed(texts, batch):
        return model.encode(texts, batch_size=batch, normalize_embeddings=True, show_progress_bar=False)
    return embed, "sentence-transformers"


def onnx_file(options, int8):
    plain = options.cache / "model.onnx"
    if not plain.exists():
        import torch
        from transformers import AutoModel

        class Hidden(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.inner = AutoModel.from_pretrained(options.model, attn_implementation="eager").eval()

            def forward(self, ids, mask):
                return self.inner(input_ids=ids, attention_mask=mask).last_hidden_state
        example = torch.ones(2, 16, dtype=torch.long)
        axes = {0: "texts", 1: "tokens"}
        torch.onnx.export(
            Hidden(), (example, example), str(plain), input_names=["ids", "mask"], output_names=["hidden"],
            dynamic_axes={"ids": axes, "mask": axes, "hidden": axes}, opset_version=17, dynamo=False)
    if not int8:
        return plain
    small = options.cache / "model-int8.onnx"
    if not small.exists():
        from onnxruntime.quantization import QuantType, quantize_dynamic
        quantize_dynamic(str(plain), str(small), weight_type=QuantType.QInt8)
    return small


def onnx(options, int8):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(onnx_file(options, int8)), settings, providers=["CPUExecutionProvider"])
    tokenizer = tokenizer_of(options.model)

    def run(encodings):
        ids, mask = padded(encodings)
        return pooled(session.run(None, {"ids": ids, "mask": mask})[0], mask)
    return batched(tokenizer, run), "onnxruntime"


def ctranslate2(options):
    import ctranslate2 as library
    import numpy
    folder = options.cache / "ctranslate2-int8"
    if not folder.exists():
        from ctranslate2.converters import TransformersConverter
        TransformersConverter(str(options.model)).convert(str(folder), quantization="int8")
    encoder = library.Encoder(str(folder), device="cpu", compute_type="int8", intra_threads=options.threads)
    tokenizer = tokenizer_of(options.model)

    def run(encodings):
        ids = [encoding.ids for encoding in encodings]
        hidden = numpy.array(encoder.forward_batch(ids).last_hidden_state)
        mask = numpy.zeros(hidden.shape[:2], numpy.int64)
        for row, encoding in enumerate(encodings):
            mask[row, :len(encoding.ids)] = 1
        return pooled(hidden, mask)
    return batched(tokenizer, run), "ctranslate2"


def batched(tokenizer, run):
    """Sorts by length, runs batch by batch, and puts the rows back in order."""
    import numpy

    def embed(texts, batch):
        encodings = tokenizer.encode_batch(texts)
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        rows = [None] * len(texts)
        for first in range(0, len(order), batch):
            part = order[first:first + batch]
            for index, row in zip(part, run([encodings[i] for i in part])):
                rows[index] = row
        return numpy.stack(rows)
    return embed


def llama(options):
    import llama_cpp
    import numpy
    models = {}

    def embed(texts, batch):
        if batch not in models:  # texts of one call share a context's batch of tokens
            models[batch] = llama_cpp.Llama(
                str(options.model), embedding=True, n_ctx=32 * batch, n_batch=32 * batch, n_ubatch=32 * batch,
                n_threads=options.threads, n_threads_batch=options.threads, verbose=False,
                pooling_type=llama_cpp.LLAMA_POOLING_TYPE_MEAN)
        return normalized(numpy.array(models[batch].embed(texts), numpy.float32))
    return embed, "llama-cpp-python"


SYSTEMS = {
    "sentence-transformers": sentence_transformers,
    "onnx-f32": lambda options: onnx(options, False),
    "onnx-int8": lambda options: onnx(options, True),
    "ctranslate2-int8": ctranslate2,
    "llama.cpp": llama,
}


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system", choices=SYSTEMS)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--texts", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path("peers"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--vectors", type=pathlib.Path, help="write them here")
    options = parser.parse_args()
    options.cache.mkdir(exist_ok=True)
    os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = str(options.threads)
    os.environ["HF_HUB_OFFLINE"] = "1"
    import numpy

    texts = options.texts.read_text().splitlines()
    embed, package = SYSTEMS[options.system](options)
    embed(texts[:64], BATCHES[0])
    batch = min(BATCHES, key=lambda size: seconds(lambda: embed(texts[:256], size)))
    times = [seconds(lambda: embed(texts, batch)) for _ in range(options.repeat)]
    alone = [seconds(lambda: embed([text], 1)) for text in texts[:100]]
    if options.vectors:
        numpy.save(options.vectors, embed(texts, batch).astype(numpy.float32))
    print(json.dumps({
        "version": f"{options.system} ({package} {importlib.metadata.version(package)})", "batch": batch,
        "sentences_per_second": len(texts) / statistics.median(times),
        "latency_ms": 1000 * statistics.median(alone)}))


if __name__ == "__main__":
    main()
