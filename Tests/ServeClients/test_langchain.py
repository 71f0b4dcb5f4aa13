"""LangChain's langchain-openai, unmodified."""

import asyncio
import json

import pytest
from integrations import QUESTION, package, server_with_tools

langchain = package("langchain_openai")
import openai  # noqa: E402
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from pydantic import BaseModel, Field  # noqa: E402


class City(BaseModel):
    """A city."""

    name: str = Field(max_length=12)
    size: int = Field(ge=0, le=999)


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


def model_of(server, **options):
    options = {"temperature": 0, "max_tokens": 30} | options
    return langchain.ChatOpenAI(
        base_url=server.url + "/v1", api_key="none", model="chat", max_retries=0, timeout=60, **options)


@pytest.fixture(scope="module")
def model(server):
    return model_of(server)


@pytest.fixture(scope="module")
def tools_server():
    yield from server_with_tools()


def plain(server, text, **options):
    body = {"model": "chat", "messages": [{"role": "user", "content": text}], "temperature": 0, "max_tokens": 30}
    return server.json("/v1/chat/completions", body | options)["choices"][0]["message"]["content"]


def test_invoke(model, server):
    answer = model.invoke(QUESTION)
    assert answer.content == plain(server, QUESTION)
    assert answer.usage_metadata["output_tokens"] > 0 and answer.usage_metadata["input_tokens"] > 0
    assert answer.response_metadata["finish_reason"] in ("stop", "length")
    assert answer.response_metadata["model_name"] == "chat"


def test_conversations(model):
    messages = [SystemMessage("Answer in one word."), HumanMessage(QUESTION), AIMessage("Paris."),
                HumanMessage([{"type": "text", "text": "And of Spain?"}])]
    assert isinstance(model.invoke(messages).content, str)


def test_stream(model, server):
    chunks = list(model.stream(QUESTION, stream_usage=True))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert len(chunks) > 3 and whole.content == plain(server, QUESTION)
    assert whole.usage_metadata == model.invoke(QUESTION).usage_metadata | {}
    assert whole.response_metadata["finish_reason"] in ("stop", "length")


def test_many_at_once(model, server):
    questions = [f"What is number {number}?" for number in range(8)]
    assert [a.content for a in model.batch(questions)] == [plain(server, q) for q in questions]

    async def both():
        return await asyncio.gather(*[model.ainvoke(q) for q in questions[:3]])

    assert [a.content for a in asyncio.run(both())] == [plain(server, q) for q in questions[:3]]


def test_options(server):
    options = {"temperature": 1.1, "seed": 7, "top_p": 0.9, "stop_sequences": ["zzz"], "presence_penalty": 0.1,
               "frequency_penalty": 0.1}
    model = model_of(server, n=1, logprobs=True, top_logprobs=2, **options)
    answer = model.invoke(QUESTION)
    del options["stop_sequences"]
    assert answer.content == plain(server, QUESTION, stop=["zzz"], **options)
    assert len(answer.response_metadata["logprobs"]["content"]) == answer.usage_metadata["output_tokens"]


def test_tools(tools_server):
    model = model_of(tools_server, max_tokens=100).bind_tools([weather], tool_choice="any")
    answer = model.invoke("How is the weather in Paris?")
    assert [call["name"] for call in answer.tool_calls][:1] == ["weather"] and not answer.invalid_tool_calls
    assert isinstance(answer.tool_calls[0]["args"]["city"], str)
    chunks = list(model.stream("How is the weather in Paris?"))
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert [(c["name"], c["args"]) for c in whole.tool_calls] == [(c["name"], c["args"]) for c in answer.tool_calls]
    # The conversation goes on with what the tool said.
    messages = [HumanMessage("How is the weather in Paris?"), answer]
    messages += [ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]) for call in answer.tool_calls]
    assert model_of(tools_server).bind_tools([weather]).invoke(messages).content is not None


def test_a_tool_by_its_name(tools_server):
    model = model_of(tools_server, max_tokens=100).bind_tools([weather], tool_choice="weather", strict=True)
    answer = model.invoke("How is the weather in Paris?")
    assert answer.tool_calls[0]["name"] == "weather" and set(answer.tool_calls[0]["args"]) == {"city"}


@pytest.mark.parametrize("method", ["json_schema", "function_calling"])
def test_structured_output(tools_server, method):
    model = model_of(tools_server, max_tokens=200).with_structured_output(City, method=method, include_raw=True)
    answer = model.invoke("Name a city.")
    assert answer["parsing_error"] is None and isinstance(answer["parsed"], City)
    streamed = list(model_of(tools_server, max_tokens=200).with_structured_output(City, method=method)
                    .stream("Name a city."))
    assert streamed[-1] == answer["parsed"]


def test_json_mode(server):
    # The model prefers the end of an object to a member.
    (brace,) = server.json("/tokenize", {"model": "chat", "content": "}"})["tokens"][-1:]
    model = model_of(server, logit_bias={brace: 100}).with_structured_output(None, method="json_mode", include_raw=True)
    answer = model.invoke("Name a city as JSON.")
    assert answer["parsing_error"] is None and answer["parsed"] == json.loads(answer["raw"].content) == {}


def test_responses_api(server):
    model = model_of(server, use_responses_api=True)
    text = plain(server, QUESTION)
    assert model.invoke(QUESTION).text == text
    assert "".join(chunk.text for chunk in model.stream(QUESTION)) == text


def test_errors(model, server):
    with pytest.raises(openai.BadRequestError):
        model.invoke([])
    with pytest.raises(openai.BadRequestError, match="context"):
        model.invoke("word " * 20_000)
    with pytest.raises(openai.BadRequestError, match="not for chat"):
        model_of(server, model_kwargs={}).bind(model="embed").invoke(QUESTION)


def embeddings_of(server, **options):
    return langchain.OpenAIEmbeddings(
        base_url=server.url + "/v1", api_key="none", model="embed", max_retries=0, timeout=60, **options)


def test_embeddings(server):
    texts = ["Where are the keys?", "日本語 🙂", "The keys are on the table."]
    embeddings = embeddings_of(server, check_embedding_ctx_length=False)
    vectors = [d["embedding"] for d in server.json("/v1/embeddings", {"model": "embed", "input": texts})["data"]]
    assert embeddings.embed_documents(texts) == [pytest.approx(vector, abs=1e-7) for vector in vectors]
    assert embeddings.embed_query(texts[0]) == pytest.approx(vectors[0], abs=1e-7)
    short = embeddings_of(server, check_embedding_ctx_length=False, dimensions=8).embed_query(texts[0])
    assert len(short) == 8


def test_embeddings_by_token_ids(server, monkeypatch):
    """By default the client sends token ids of OpenAI's vocabulary, which it fetches; bytes stand in for that."""
    import tiktoken

    encoding = tiktoken.Encoding(
        "bytes", pat_str=r"[\s\S]", mergeable_ranks={bytes([n]): n for n in range(256)}, special_tokens={})
    monkeypatch.setattr(tiktoken, "encoding_for_model", lambda name: encoding)
    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length=False"):
        embeddings_of(server).embed_query("Where are the keys?")
