"""The anthropic package from PyPI, unmodified."""

import anthropic
import pytest

QUESTION = [{"role": "user", "content": [{"type": "text", "text": "What is the capital of France?"}]}]


@pytest.fixture(scope="session")
def client(server):
    return anthropic.Anthropic(base_url=server.url, api_key="none", max_retries=0, timeout=60)


def test_messages(client, server):
    options = {"model": "chat", "messages": QUESTION, "max_tokens": 30, "extra_body": {"temperature": 0}}
    whole = client.messages.create(**options)
    with client.messages.stream(**options) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert whole.content[0].text == text == final.content[0].text
    assert whole.stop_reason in ("end_turn", "max_tokens")
    assert final.usage.output_tokens == whole.usage.output_tokens
    chat = server.json("/v1/chat/completions", {
        "model": "chat", "messages": [{"role": "user", "content": QUESTION[0]["content"][0]["text"]}],
        "max_tokens": 30, "extra_body": {"temperature": 0}})
    assert chat["choices"][0]["message"]["content"] == text


def test_system_and_count(client):
    short = client.messages.count_tokens(model="chat", messages=QUESTION).input_tokens
    long = client.messages.count_tokens(model="chat", messages=QUESTION, system="Answer in one word.").input_tokens
    assert long > short > 0


def test_errors(client):
    with pytest.raises(anthropic.BadRequestError) as error:
        client.messages.create(model="chat", messages=[], max_tokens=10)
    assert error.value.body["type"] == "error"
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(model="embed", messages=QUESTION, max_tokens=10)
