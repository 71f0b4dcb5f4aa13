#!/usr/bin/env python3
"""One measurement of llama.cpp for compare.py: prints prompt and decode tokens a second as JSON.

Uses the C interface of llama-cpp-python with llama.cpp's defaults. Needs: pip install llama-cpp-python
"""
import argparse
import ctypes
import importlib.metadata
import json
import statistics
import time

import llama_cpp


@llama_cpp.llama_log_callback
def silent(level, text, user):
    pass


def run(context, tokens, start):
    """Takes in tokens that follow `start` others, up to the logits of the last one."""
    batch = llama_cpp.llama_batch_init(len(tokens), 0, 1)
    batch.n_tokens = len(tokens)
    for index, token in enumerate(tokens):
        batch.token[index] = token
        batch.pos[index] = start + index
        batch.n_seq_id[index] = 1
        batch.seq_id[index][0] = 0
        batch.logits[index] = index == len(tokens) - 1
    code = llama_cpp.llama_decode(context, batch)
    llama_cpp.llama_batch_free(batch)
    if code != 0:
        raise SystemExit(f"llama_decode gave {code}")


def measure(context, prompt, decode):
    """Seconds for the prompt, and for all tokens of `decode` but the first, one at a time."""
    memory = llama_cpp.llama_get_memory(context)
    llama_cpp.llama_memory_clear(memory, True)
    start = time.perf_counter()
    run(context, prompt, 0)
    prompt_time = time.perf_counter() - start
    llama_cpp.llama_memory_clear(memory, True)
    run(context, decode[:1], 0)
    start = time.perf_counter()
    for index, token in enumerate(decode[1:], 1):
        run(context, [token], index)
    return prompt_time, time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--prompt-tokens", type=int, required=True)
    parser.add_argument("--decode-tokens", type=int, required=True)
    parser.add_argument("--repeat", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()

    llama_cpp.llama_backend_init()
    llama_cpp.llama_log_set(silent, ctypes.c_void_p(0))
    settings = llama_cpp.llama_model_default_params()
    settings.n_gpu_layers = 0
    model = llama_cpp.llama_model_load_from_file(options.model.encode(), settings)
    if not model:
        raise SystemExit(f"llama.cpp does not open {options.model}")
    settings = llama_cpp.llama_context_default_params()
    settings.n_ctx = max(options.prompt_tokens, options.decode_tokens + 1)
    settings.n_batch = settings.n_ubatch = 512
    settings.n_threads = settings.n_threads_batch = options.threads
    context = llama_cpp.llama_init_from_model(model, settings)
    if not context:
        raise SystemExit("llama.cpp has no context for this")
    size = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    tokens = [(index * 7919 + 13) % size for index in range(max(options.prompt_tokens, options.decode_tokens + 1))]
    if len(tokens) > 512:
        raise SystemExit("prompts and decodes of more than 512 tokens are not compared: they do not fit one batch")
    times = [
        measure(context, tokens[: options.prompt_tokens], tokens[: options.decode_tokens + 1])
        for _ in range(options.repeat + 1)
    ][1:]
    print(json.dumps({
        "prompt_tokens_per_second": options.prompt_tokens / statistics.median(time for time, _ in times),
        "decode_tokens_per_second": options.decode_tokens / statistics.median(time for _, time in times),
        "version": "llama-cpp-python " + importlib.metadata.version("llama-cpp-python"),
        "system": llama_cpp.llama_print_system_info().decode().strip(),
    }))


if __name__ == "__main__":
    main()
