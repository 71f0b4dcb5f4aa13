"""Endpoints that no client from PyPI speaks."""

import json
import urllib.request

import pytest
from conftest import FIXTURES, MODELS, Server

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


def test_health_and_metrics(server):
    assert server.json("/health") == {"status": "ok"}
    server.json("/v1/chat/completions", {"messages": QUESTION, "max_tokens": 4})
    _, headers, text = server.ask("/metrics")
    assert headers["Content-Type"].startswith("text/plain")
    for name in ("prompt_tokens_total", "generation_tokens_total", "time_to_first_token_seconds_bucket",
                 "num_requests_running", "request_success_total"):
        assert f"swiftlet_{name}" in text


def test_openapi(server):
    paths = server.json("/openapi.json")["paths"]
    for path in ("/v1/chat/completions", "/v1/embeddings", "/v1/rerank", "/v1/audio/transcriptions", "/health"):
        assert path in paths


def test_rerank(server, command):
    query, documents = "where are keys", ["The keys are on the table.", "It rains.", "A key opens a door."]
    answer = server.json("/v1/rerank", {"query": query, "documents": documents, "return_documents": True})
    scores = [r["relevance_score"] for r in answer["results"]]
    assert scores == sorted(scores, reverse=True)
    assert {r["document"]["text"] for r in answer["results"]} == set(documents)
    top = server.json("/rerank", {"query": query, "documents": documents, "top_n": 1})["results"]
    assert top[0]["index"] == answer["results"][0]["index"] and len(top) == 1
    short = server.json("/rerank", {"query": query, "texts": documents, "raw_scores": True})
    assert [r["index"] for r in short] == [r["index"] for r in answer["results"]]


def test_translate(server, command):
    texts = ["Good morning.", "How are you?"]
    answer = server.json("/v1/translate", {"input": texts, "target": "de"})
    printed = command("translate", "-m", MODELS["t5"], "--to", "de", *texts)
    assert [d["text"] for d in answer["data"]] == printed.splitlines()


def test_look(server):
    status, headers, page = server.ask("/look", {"model": "chat", "input": "one two one two </script>"})
    assert status == 200 and headers["Content-Type"].startswith("text/html")
    assert "sandbox allow-scripts" in headers["Content-Security-Policy"] and page.count("</script>") == 2
    assert '"flow":' in page and '"lens":' in page


def test_tokens(server):
    text = "Hello there 🙂"
    tokens = server.json("/tokenize", {"model": "chat", "content": text})["tokens"]
    assert server.json("/detokenize", {"model": "chat", "tokens": tokens})["content"].strip() == text
    pieces = server.json("/tokenize", {"model": "chat", "content": text, "with_pieces": True})["tokens"]
    assert [p["id"] for p in pieces] == tokens
    prompt = server.json("/apply-template", {"model": "chat", "messages": QUESTION})["prompt"]
    assert QUESTION[0]["content"] in prompt


def test_prefix_cache(server):
    system = "You are a helpful assistant. " * 20
    body = {"messages": [{"role": "system", "content": system}] + QUESTION, "temperature": 0, "max_tokens": 12}
    first = server.json("/v1/chat/completions", body)
    second = server.json("/v1/chat/completions", body)
    assert second["usage"]["prompt_tokens_details"]["cached_tokens"] > 0
    assert second["choices"][0]["message"]["content"] == first["choices"][0]["message"]["content"]


def test_stream_of_events(server):
    body = {"messages": QUESTION, "stream": True, "max_tokens": 8, "stream_options": {"include_usage": True}}
    request = urllib.request.Request(
        server.url + "/v1/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        lines = [line.decode().rstrip("\n") for line in answer if line.strip()]
    assert all(line.startswith("data: ") for line in lines) and lines[-1] == "data: [DONE]"
    chunks = [json.loads(line[6:]) for line in lines[:-1]]
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"] == [] and chunks[-1]["usage"]["completion_tokens"] > 0
    assert chunks[-2]["choices"][0]["finish_reason"] in ("stop", "length")


@pytest.mark.parametrize("grammar", ['root ::= "yes" | "no"', 'root ::= [0-9]{3}'])
def test_grammar(server, grammar):
    answer = server.json("/v1/chat/completions", {"messages": QUESTION, "grammar": grammar, "max_tokens": 20})
    text = answer["choices"][0]["message"]["content"]
    assert text in ("yes", "no") or (text.isdigit() and len(text) == 3)


def test_adapters(command, tmp_path):
    model, adapter = tmp_path / "model.gguf", FIXTURES / "adapters/llama.gguf"
    command("convert", FIXTURES / "conversion/llama", model, "--type", "f32")
    server = Server("--lora", f"chat={adapter}=0", models={"chat": model})
    try:
        prompt = {"prompt": "the cat", "temperature": 0, "max_tokens": 16}
        for scale in (1, 0, 0.5):
            printed = command("run", "-m", model, "--lora", f"{adapter}={scale}", "-p", "the cat", "--temperature", 0,
                              "-n", 16)
            answer = server.json("/v1/completions", prompt | {"lora": [{"id": 0, "scale": scale}]})
            assert answer["choices"][0]["text"] + "\n" == printed
        assert server.json("/lora-adapters") == [{"id": 0, "name": "llama", "model": "chat", "scale": 0.0}]
    finally:
        assert server.stop() == 0
