"""The openai package from PyPI, unmodified."""

import concurrent.futures
import math

import openai
import pytest
from conftest import FIXTURES, MODELS

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


@pytest.fixture(scope="session")
def client(server):
    return openai.OpenAI(base_url=server.url + "/v1", api_key="none", max_retries=0, timeout=60)


def streamed(client, **options):
    chunks = list(client.chat.completions.create(stream=True, **options))
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices), chunks


def test_models(client):
    assert {m.id for m in client.models.list()} == set(MODELS)
    assert client.models.retrieve("chat").id == "chat"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing")


@pytest.mark.parametrize("options", [{"temperature": 0}, {"temperature": 1.2, "seed": 7, "top_p": 0.9}])
def test_chat_is_the_command_lines(client, command, options):
    options |= {"model": "chat", "messages": QUESTION, "max_completion_tokens": 40}
    whole = client.chat.completions.create(**options)
    text, chunks = streamed(client, stream_options={"include_usage": True}, **options)
    assert whole.choices[0].message.content == text
    flags = ["--temperature", options["temperature"], "-n", 40]
    if "seed" in options:
        flags += ["--seed", 7, "--top-p", 0.9]
    printed = command("chat", "-m", MODELS["chat"], "--once", QUESTION[0]["content"], *flags)
    assert printed.rstrip("\n") == text.strip()
    assert whole.choices[0].finish_reason in ("stop", "length")
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens
    assert chunks[-1].usage.prompt_tokens == whole.usage.prompt_tokens


def test_texts_do_not_depend_on_company(client):
    def ask(number):
        return client.chat.completions.create(
            model="chat", messages=[{"role": "user", "content": f"Tell me about number {number}, please."}],
            temperature=1, seed=number, max_completion_tokens=24).choices[0].message.content

    alone = [ask(number) for number in range(12)]
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert list(pool.map(ask, range(12))) == alone


def test_several_answers(client):
    options = {"model": "chat", "messages": QUESTION, "temperature": 1, "max_completion_tokens": 16}
    answers = client.chat.completions.create(n=3, seed=5, **options).choices
    alone = [client.chat.completions.create(seed=seed, **options).choices[0] for seed in (5, 6, 7)]
    assert [a.message.content for a in answers] == [a.message.content for a in alone]


def test_probabilities(client):
    answer = client.chat.completions.create(
        model="chat", messages=QUESTION, temperature=0, max_completion_tokens=8, logprobs=True, top_logprobs=3)
    content = answer.choices[0].logprobs.content
    assert len(content) == answer.usage.completion_tokens
    for token in content:
        assert token.logprob <= 0 and len(token.top_logprobs) == 3
        assert token.top_logprobs[0].logprob == pytest.approx(token.logprob)
        assert sum(math.exp(t.logprob) for t in token.top_logprobs) <= 1 + 1e-4
    assert b"".join(bytes(t.bytes) for t in content).decode().strip() == answer.choices[0].message.content.strip()


def test_stop_string(client):
    options = {"model": "chat", "messages": QUESTION, "temperature": 0, "max_completion_tokens": 40}
    text = client.chat.completions.create(**options).choices[0].message.content
    stop = text.strip()[4:8]
    cut = client.chat.completions.create(stop=[stop], **options).choices[0]
    assert cut.finish_reason == "stop"
    assert cut.message.content == text[: text.index(stop)]


def test_structured_output(client):
    schema = {
        "type": "object", "properties": {"city": {"type": "string", "maxLength": 12}, "size": {"type": "integer"}},
        "required": ["city", "size"], "additionalProperties": False,
    }
    answer = client.chat.completions.create(
        model="chat", messages=QUESTION, max_completion_tokens=80, seed=1,
        response_format={"type": "json_schema", "json_schema": {"name": "city", "schema": schema, "strict": True}})
    import json

    value = json.loads(answer.choices[0].message.content)
    assert set(value) == {"city", "size"} and isinstance(value["size"], int)


def test_completions(client, command):
    options = {"model": "chat", "prompt": "The sun is", "temperature": 0, "max_tokens": 20}
    text = client.completions.create(**options).choices[0].text
    chunks = client.completions.create(stream=True, **options)
    assert "".join(c.choices[0].text for c in chunks) == text
    printed = command("run", "-m", MODELS["chat"], "-p", "The sun is", "--temperature", 0, "-n", 20)
    assert printed == text + "\n"
    both = client.completions.create(**options | {"prompt": ["The sun is", "A cat"]})
    assert [c.index for c in both.choices] == [0, 1] and both.choices[0].text == text


def test_embeddings(client, command):
    texts = ["Where are the keys?", "The keys are on the table.", "日本語 🙂"]
    # The client asks for base64 unless it is told otherwise.
    coded = client.embeddings.create(model="embed", input=texts).data
    plain = client.embeddings.create(model="embed", input=texts, encoding_format="float").data
    for one, other in zip(coded, plain):
        assert one.embedding == pytest.approx(other.embedding, abs=1e-7)
    lines = [command("embed", "-m", MODELS["embed"], "--format", "csv", text) for text in texts]
    for vector, line in zip(plain, lines):
        numbers = [float(x) for x in line.strip().splitlines()[-1].split(",")[-len(vector.embedding):]]
        assert vector.embedding == pytest.approx(numbers, abs=1e-6)
    short = client.embeddings.create(model="embed", input=texts[0], dimensions=8).data[0].embedding
    assert len(short) == 8 and sum(x * x for x in short) == pytest.approx(1, abs=1e-5)
    with pytest.raises(openai.BadRequestError, match="check_embedding_ctx_length"):
        client.embeddings.create(model="embed", input=[[1, 2, 3]])


def test_embeddings_of_many_clients(client):
    texts = [f"Text number {n} tells where the keys of house {n * 7} are." for n in range(64)]
    alone = [client.embeddings.create(model="embed", input=text).data[0].embedding for text in texts[:8]]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        together = list(pool.map(
            lambda text: client.embeddings.create(model="embed", input=text).data[0].embedding, texts))
    assert together[:8] == alone


@pytest.mark.parametrize("form", ["json", "text", "srt", "vtt", "verbose_json"])
def test_transcription(client, form):
    with open(FIXTURES / "clips/two.wav", "rb") as sound:
        answer = client.audio.transcriptions.create(model="speech", file=sound, response_format=form)
    assert "buy milk" in (answer if isinstance(answer, str) else answer.text).lower()


def test_transcription_of_words(client):
    with open(FIXTURES / "clips/two.wav", "rb") as sound:
        answer = client.audio.transcriptions.create(
            model="speech", file=sound, response_format="verbose_json", timestamp_granularities=["word", "segment"])
    assert answer.words and all(w.start <= w.end for w in answer.words)
    assert answer.segments and answer.duration > 0


def test_streamed_transcription(client):
    with open(FIXTURES / "clips/two.wav", "rb") as sound:
        whole = client.audio.transcriptions.create(model="speech", file=sound).text
        sound.seek(0)
        events = list(client.audio.transcriptions.create(model="speech", file=sound, stream=True))
    assert "".join(e.delta for e in events if e.type == "transcript.text.delta").strip() == whole
    assert events[-1].type == "transcript.text.done" and events[-1].text == whole


def test_responses(client):
    answer = client.responses.create(model="chat", input="What is the capital of France?", temperature=0,
                                     max_output_tokens=30)
    with client.responses.stream(model="chat", input="What is the capital of France?", temperature=0,
                                 max_output_tokens=30) as stream:
        text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert answer.output_text == text == final.output_text


def test_errors(client):
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(model="chat", messages=[])
    assert error.value.body["type"] == "invalid_request_error" and error.value.body["param"] == "messages"
    with pytest.raises(openai.BadRequestError) as error:
        client.chat.completions.create(model="chat", messages=[{"role": "user", "content": "word " * 20_000}])
    assert error.value.body["code"] == "context_length_exceeded"
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="chat", messages=QUESTION, temperature=-1)
    with pytest.raises(openai.BadRequestError, match="not for chat"):
        client.chat.completions.create(model="embed", messages=QUESTION)
