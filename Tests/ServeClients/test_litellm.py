"""litellm, unmodified."""

import asyncio
import json

import pytest
from integrations import QUESTION, package, server_with_tools

litellm = package("litellm")
litellm.telemetry = False
MESSAGES = [{"role": "user", "content": QUESTION}]
TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]


@pytest.fixture(scope="module")
def tools_server():
    yield from server_with_tools()


def options_of(server, **options):
    return {"model": "openai/chat", "api_base": server.url + "/v1", "api_key": "none", "num_retries": 0,
            "timeout": 60, "messages": MESSAGES, "temperature": 0, "max_tokens": 30} | options


def plain(server):
    body = {"model": "chat", "messages": MESSAGES, "temperature": 0, "max_tokens": 30}
    return server.json("/v1/chat/completions", body)["choices"][0]["message"]["content"]


def test_completion(server):
    answer = litellm.completion(**options_of(server))
    assert answer.choices[0].message.content == plain(server)
    assert answer.usage.completion_tokens > 0 and answer.choices[0].finish_reason in ("stop", "length")
    other = asyncio.run(litellm.acompletion(**options_of(server)))
    assert other.choices[0].message.content == plain(server)


def test_stream(server):
    chunks = list(litellm.completion(**options_of(server, stream=True, stream_options={"include_usage": True})))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == plain(server)
    assert litellm.stream_chunk_builder(chunks, messages=MESSAGES).choices[0].message.content == plain(server)
    assert chunks[-1].usage.completion_tokens > 0


def test_tools(tools_server):
    options = options_of(tools_server, tools=TOOLS, tool_choice="required", max_tokens=100)
    answer = litellm.completion(**options).choices[0]
    assert answer.finish_reason == "tool_calls"
    call = answer.message.tool_calls[0].function
    assert call.name == "weather" and isinstance(json.loads(call.arguments)["city"], str)
    chunks = list(litellm.completion(stream=True, **options))
    built = litellm.stream_chunk_builder(chunks).choices[0].message.tool_calls[0].function
    assert (built.name, built.arguments) == (call.name, call.arguments)


def test_schemas(server):
    schema = {"type": "object", "properties": {"size": {"type": "integer", "minimum": 0, "maximum": 99}},
              "required": ["size"], "additionalProperties": False}
    form = {"type": "json_schema", "json_schema": {"name": "size", "schema": schema, "strict": True}}
    answer = litellm.completion(**options_of(server, response_format=form, max_tokens=100))
    assert 0 <= json.loads(answer.choices[0].message.content)["size"] <= 99


def test_text_completion(server):
    options = {"model": "text-completion-openai/chat", "prompt": "The sun is", "max_tokens": 12, "temperature": 0}
    answer = litellm.text_completion(api_base=server.url + "/v1", api_key="none", **options)
    body = options | {"model": "chat"}
    assert answer.choices[0].text == server.json("/v1/completions", body)["choices"][0]["text"]


def test_embedding(server):
    texts = ["Where are the keys?", "日本語 🙂"]
    answer = litellm.embedding(
        model="openai/embed", input=texts, api_base=server.url + "/v1", api_key="none", encoding_format="float")
    vectors = [d["embedding"] for d in server.json("/v1/embeddings", {"model": "embed", "input": texts})["data"]]
    assert [d["embedding"] for d in answer.data] == vectors


def test_rerank(server):
    documents = ["The keys are on the table.", "It rains."]
    answer = litellm.rerank(
        model="jina_ai/rerank", query="where are keys", documents=documents, api_base=server.url + "/v1/rerank",
        api_key="none")
    found = server.json("/v1/rerank", {"query": "where are keys", "documents": documents})["results"]
    assert [r["index"] for r in answer.results] == [r["index"] for r in found]


def test_anthropic(server):
    answer = litellm.completion(**options_of(server, model="anthropic/chat", api_base=server.url))
    assert answer.choices[0].message.content == plain(server)


def test_errors(server):
    with pytest.raises(litellm.ContextWindowExceededError):
        litellm.completion(**options_of(server, messages=[{"role": "user", "content": "word " * 20_000}]))
    with pytest.raises(litellm.BadRequestError):
        litellm.completion(**options_of(server, messages=[{"role": "nobody", "content": "x"}]))
