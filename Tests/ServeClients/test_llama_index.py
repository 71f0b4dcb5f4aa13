"""LlamaIndex's packages for servers like OpenAI's, unmodified."""

import asyncio

import pytest
from integrations import QUESTION, package, server_with_tools

llms = package("llama_index.llms.openai_like")
embeddings = package("llama_index.embeddings.openai_like")
from llama_index.core import Document, VectorStoreIndex  # noqa: E402
from llama_index.core.llms import ChatMessage  # noqa: E402
from llama_index.core.tools import FunctionTool  # noqa: E402
from pydantic import BaseModel, Field  # noqa: E402


class City(BaseModel):
    """A city."""

    name: str = Field(max_length=12)
    size: int = Field(ge=0, le=999)


def weather(city: str) -> str:
    """The weather in a city."""
    return f"Sunny in {city}."


def model_of(server, **options):
    options = {"temperature": 0, "max_tokens": 30, "is_chat_model": True, "context_window": 2048} | options
    return llms.OpenAILike(
        model="chat", api_base=server.url + "/v1", api_key="none", max_retries=0, timeout=60, **options)


@pytest.fixture(scope="module")
def tools_server():
    yield from server_with_tools()


def plain(server, messages):
    body = {"model": "chat", "messages": messages, "temperature": 0, "max_tokens": 30}
    return server.json("/v1/chat/completions", body)["choices"][0]["message"]["content"]


def test_chat(server):
    messages = [ChatMessage(role="system", content="Answer in one word."), ChatMessage(role="user", content=QUESTION)]
    text = plain(server, [{"role": m.role.value, "content": m.content} for m in messages])
    model = model_of(server)
    assert model.chat(messages).message.content == text
    streamed = list(model.stream_chat(messages))
    assert streamed[-1].message.content == text and "".join(s.delta for s in streamed) == text
    assert asyncio.run(model.achat(messages)).message.content == text


def test_complete(server):
    # A chat model answers; another one goes on from the text.
    assert model_of(server).complete(QUESTION).text == plain(server, [{"role": "user", "content": QUESTION}])
    model = model_of(server, is_chat_model=False)
    body = {"model": "chat", "prompt": "The sun is", "temperature": 0, "max_tokens": 30}
    text = server.json("/v1/completions", body)["choices"][0]["text"]
    assert model.complete("The sun is").text == text
    assert list(model.stream_complete("The sun is"))[-1].text == text


def test_tools(tools_server):
    model = model_of(tools_server, is_function_calling_model=True, max_tokens=100)
    tool = FunctionTool.from_defaults(fn=weather)
    answer = model.chat_with_tools([tool], user_msg="How is the weather in Paris?", tool_required=True)
    calls = model.get_tool_calls_from_response(answer)
    assert calls[0].tool_name == "weather" and isinstance(calls[0].tool_kwargs["city"], str)
    called = model.predict_and_call([tool], user_msg="How is the weather in Paris?", tool_required=True)
    assert called.response.startswith("Sunny in")


def test_structured_output(tools_server):
    for options in ({"is_function_calling_model": True}, {"should_use_structured_outputs": True}):
        model = model_of(tools_server, max_tokens=200, **options)
        assert isinstance(model.as_structured_llm(City).complete("Name a city.").raw, City)


def embedder_of(server):
    return embeddings.OpenAILikeEmbedding(
        model_name="embed", api_base=server.url + "/v1", api_key="none", max_retries=0, timeout=60, embed_batch_size=4)


def test_embeddings(server):
    texts = [f"Text {number} 🙂" for number in range(10)]
    vectors = [d["embedding"] for d in server.json("/v1/embeddings", {"model": "embed", "input": texts})["data"]]
    embedder = embedder_of(server)
    assert embedder.get_text_embedding_batch(texts) == [pytest.approx(vector, abs=1e-7) for vector in vectors]
    assert embedder.get_query_embedding(texts[0]) == pytest.approx(vectors[0], abs=1e-7)


def test_an_index_answers(server):
    documents = [Document(text="The keys are on the table."), Document(text="It rains in the night.")]
    index = VectorStoreIndex.from_documents(documents, embed_model=embedder_of(server))
    found = index.as_retriever(similarity_top_k=1).retrieve("The keys are on the table.")
    assert found[0].text == documents[0].text and found[0].score == pytest.approx(1, abs=1e-4)
    engine = index.as_query_engine(llm=model_of(server, max_tokens=8), similarity_top_k=1)
    assert engine.query("Where are the keys?").response
