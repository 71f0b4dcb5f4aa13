"""llama.cpp as the reference: logits and greedy continuations of one GGUF, and the float32 twin of a quantized one.

llama.cpp runs here in its most exact form: float32 KV cache, plain attention, weights as they lie in the file. It runs on
one thread, since its threads spin: on a busy machine two are a hundred times slower.
"""
import ctypes
import importlib.metadata

import gguf
import llama_cpp
import numpy as np

VERSIONS = {name: importlib.metadata.version(name) for name in ("llama-cpp-python", "gguf", "numpy")}
CACHE_TYPES = {"f32": 0, "f16": 1}
FLASH_ATTENTION_OFF = 0


@llama_cpp.llama_log_callback
def _silence(level, text, user_data):
    pass


class Reference:
    """One model, opened by llama.cpp; a context manager. Every call starts from an empty KV cache."""

    def __init__(self, path, cache="f32", **settings):
        llama_cpp.llama_backend_init()
        llama_cpp.llama_log_set(_silence, ctypes.c_void_p())
        parameters = llama_cpp.llama_model_default_params()
        parameters.n_gpu_layers = 0
        parameters.use_extra_bufts = False  # no repacked weights
        self.model = llama_cpp.llama_model_load_from_file(str(path).encode(), parameters)
        if not self.model:
            raise ValueError(f"llama.cpp could not load {path}")
        options = llama_cpp.llama_context_default_params()
        options.n_ctx = options.n_batch = options.n_ubatch = 512
        options.n_threads = options.n_threads_batch = 1
        options.type_k = options.type_v = CACHE_TYPES[cache]
        options.flash_attn_type = FLASH_ATTENTION_OFF
        for name, value in settings.items():
            setattr(options, name, value)
        self.context = llama_cpp.llama_init_from_model(self.model, options)
        if not self.context:
            raise ValueError(f"llama.cpp could not make a context for {path}")
        self.vocabulary_size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(self.model))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        llama_cpp.llama_free(self.context)
        llama_cpp.llama_model_free(self.model)

    def logits(self, ids):
        """`[tokens, vocabulary]`, float32: the logits after every token of `ids`, computed in one batch."""
        self._clear()
        self._decode(ids, 0)
        return np.stack([self._row(i) for i in range(len(ids))])

    def greedy(self, ids, count):
        """The `count` most likely next ids, one step a token, and by how much each beat the second.

        The end of the text is an id like any other here.
        """
        self._clear()
        self._decode(ids, 0)
        new, margins = [], []
        row = self._row(len(ids) - 1)
        for _ in range(count):
            second, first = np.sort(row)[-2:]
            new.append(int(row.argmax()))
            margins.append(round(float(first - second), 5))
            self._decode(new[-1:], len(ids) + len(new) - 1)
            row = self._row(0)
        return new, margins

    def _clear(self):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)

    def _row(self, index):
        row = llama_cpp.llama_get_logits_ith(self.context, index)
        return np.ctypeslib.as_array(row, (self.vocabulary_size,)).copy()

    def _decode(self, ids, past):
        batch = llama_cpp.llama_batch_init(len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for i, token in enumerate(ids):
            batch.token[i], batch.pos[i], batch.logits[i], batch.n_seq_id[i] = token, past + i, True, 1
            batch.seq_id[i][0] = 0
        status = llama_cpp.llama_decode(self.context, batch)
        llama_cpp.llama_batch_free(batch)
        if status != 0:
            raise RuntimeError(f"llama_decode returned {status}")


def write_float32_twin(source, out):
    """Copies a GGUF with every tensor dequantized to float32: the exact values of its weights."""
    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(out, reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.quantization_version"):
            continue
        if name == "general.file_type":
            writer.add_file_type(gguf.LlamaFileType.ALL_F32)
        else:
            element = field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), field.types[0], sub_type=element)
    for tensor in reader.tensors:
        shape = [int(n) for n in reversed(tensor.shape)]
        writer.add_tensor(tensor.name, gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(shape))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def divergence(exact, other):
    """`[tokens]`: the Kullback-Leibler divergence of softmax(other) from softmax(exact), in nats."""
    p, q = log_softmax(exact), log_softmax(other)
    return (np.exp(p) * (p - q)).sum(-1)


def log_softmax(logits):
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
