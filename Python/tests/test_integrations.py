"""Adapters, driven by the interfaces of the real packages where these are installed (see integration-check)."""


import numpy as np
import pytest
from conftest import CHAT, EMBED, RERANK

from swiftlet import Embedder
from swiftlet.integrations.sentence_transformers import CrossEncoder, SentenceTransformer

TEXTS = ["cats eat fish", "the weather", "a cat"]


def test_sentence_transformers(embedder: Embedder) -> None:
    model = SentenceTransformer(str(EMBED), prompts={"query": "q: "})
    vectors = model.encode(TEXTS, batch_size=2, convert_to_numpy=True)
    assert vectors.shape == (3, model.get_sentence_embedding_dimension())
    assert np.allclose(model.encode(TEXTS, normalize_embeddings=True), embedder.encode(TEXTS), atol=1e-6)
    assert np.array_equal(model.encode_query("a"), model.encode("q: a"))
    assert np.array_equal(model.encode_document("a"), model.encode("a"))
    alike = model.similarity(vectors, vectors)
    assert alike.shape == (3, 3) and np.allclose(np.diag(alike), 1, atol=1e-6)
    assert model.encode("word " * 10_000).shape == vectors[0].shape  # cut, as theirs
    crossed = CrossEncoder(str(RERANK))
    ranked = crossed.rank("what do cats eat?", TEXTS, return_documents=True)
    scores = crossed.predict([("what do cats eat?", text) for text in TEXTS])
    assert [one["score"] for one in ranked] == sorted(scores.tolist(), reverse=True)
    assert ranked[0]["text"] == TEXTS[int(scores.argmax())]


def test_langchain(embedder: Embedder) -> None:
    pytest.importorskip("langchain_core")
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.vectorstores import InMemoryVectorStore

    from swiftlet.integrations.langchain import ChatSwiftlet, SwiftletEmbeddings

    embeddings = SwiftletEmbeddings(embedder)
    assert np.array_equal(np.array(embeddings.embed_documents(TEXTS), np.float32), embedder.encode(TEXTS))
    store = InMemoryVectorStore(embeddings)
    store.add_texts(TEXTS)
    assert store.similarity_search("a cat", k=1)[0].page_content == "a cat"

    model = ChatSwiftlet(model_path=str(CHAT), generation={"temperature": 0})
    chain = ChatPromptTemplate.from_messages([("human", "What is the capital of {country}?")]) | model
    answer = chain.invoke({"country": "France"})
    assert "Paris" in answer.content and answer.usage_metadata["output_tokens"] > 0
    pieces = list(chain.stream({"country": "France"}))
    assert len(pieces) > 3 and "".join(piece.content for piece in pieces) == answer.content
    schema = {
        "type": "object", "properties": {"name": {"const": "size"}, "arguments": {"type": "object", "properties": {
            "city": {"enum": ["Paris"]}}, "required": ["city"], "additionalProperties": False}},
        "required": ["name", "arguments"], "additionalProperties": False}

    def size(city: str) -> int:
        """The size of a city."""
        return len(city)

    template = "{% if tools %}{{ tools | tojson }}\n{% endif %}{% for m in messages %}{{ m.content }}\n{% endfor %}"
    caller = ChatSwiftlet(model_path=str(CHAT), options={"template": template}, generation={"temperature": 0})
    called = caller.bind_tools([size]).invoke("What is the size of Paris?", json_schema=schema)
    assert [(call["name"], call["args"]) for call in called.tool_calls] == [("size", {"city": "Paris"})]
    assert called.content == ""
    pieces = list(caller.bind_tools([size]).stream("What is the size of Paris?", json_schema=schema))
    whole = sum(pieces[1:], pieces[0])
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [("size", {"city": "Paris"})]
    chosen = caller.bind_tools([size], tool_choice="any").invoke("What is the size of Paris?")
    assert [call["name"] for call in chosen.tool_calls] == ["size"] and "city" in chosen.tool_calls[0]["args"]


def test_llama_index(embedder: Embedder) -> None:
    pytest.importorskip("llama_index.core")
    from llama_index.core import VectorStoreIndex
    from llama_index.core.schema import TextNode

    from swiftlet.integrations.llama_index import SwiftletEmbedding

    embedding = SwiftletEmbedding(str(EMBED))
    assert np.array_equal(
        np.array(embedding.get_text_embedding_batch(TEXTS), np.float32), embedder.encode(TEXTS))
    index = VectorStoreIndex([TextNode(text=text) for text in TEXTS], embed_model=embedding)
    assert index.as_retriever(similarity_top_k=1).retrieve("a cat")[0].node.get_content() == "a cat"


def test_haystack(embedder: Embedder) -> None:
    pytest.importorskip("haystack")
    from haystack import Document, Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore

    from swiftlet.integrations.haystack import SwiftletDocumentEmbedder, SwiftletRanker, SwiftletTextEmbedder

    store = InMemoryDocumentStore()
    made = SwiftletDocumentEmbedder(str(EMBED)).run([Document(content=text) for text in TEXTS])["documents"]
    assert np.array_equal(np.array([one.embedding for one in made], np.float32), embedder.encode(TEXTS))
    store.write_documents(made)
    pipeline = Pipeline()
    pipeline.add_component("embed", SwiftletTextEmbedder(str(EMBED)))
    pipeline.add_component("retrieve", InMemoryEmbeddingRetriever(store, top_k=2))
    pipeline.add_component("rank", SwiftletRanker(str(RERANK)))
    pipeline.connect("embed.embedding", "retrieve.query_embedding")
    pipeline.connect("retrieve.documents", "rank.documents")
    again = Pipeline.loads(pipeline.dumps(), allowed_modules=["swiftlet.integrations.haystack"])
    again.remove_component("retrieve")
    found = pipeline.run({"embed": {"text": "a cat"}, "rank": {"query": "a cat"}})["rank"]["documents"]
    assert len(found) == 2 and found[0].score >= found[1].score and "a cat" in [one.content for one in found]


def test_nothing_is_imported(script) -> None:
    process = script(
        "import sys, swiftlet\nprint([name for name in ('pyarrow', 'tqdm', 'langchain_core', 'llama_index', 'haystack', 'ray',"
        " 'pyspark') if name in sys.modules])")
    out, errors = process.communicate(timeout=60)
    assert out == "[]\n", errors
