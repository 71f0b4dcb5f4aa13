"""Sessions and chats."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import CHAT, EMBED

import swiftlet
from swiftlet import Chat, Model, Session

QUESTION = "How do I compute embeddings?"
GREEDY = {"temperature": 0}


def test_chat_is_the_commands(command: Callable[..., bytes]) -> None:
    printed = command("chat", "-m", CHAT, "--temperature", 0, "--no-recommended", "--once", QUESTION).decode()
    chat = Chat(CHAT)
    answer = chat.respond(QUESTION, **GREEDY)
    assert answer.text.strip() == printed.strip() and answer.end == "model"
    chat.truncate(0)
    stream = chat.stream(QUESTION, **GREEDY)
    assert "".join(stream) == answer.content == stream.result.content
    assert answer.text.strip() == answer.content.strip() and not answer.reasoning and not answer.tool_calls
    assert stream.result.computed_tokens < answer.computed_tokens
    assert [message["role"] for message in chat.messages] == ["user", "assistant"]


def test_conversation() -> None:
    chat = Chat(CHAT, system="Be short.")
    first = chat.respond("What is the capital of France?", **GREEDY)
    assert "Paris" in first.text and len(chat) == 3
    messages = [*chat.messages, {"role": "user", "content": QUESTION}]
    second = chat.respond(QUESTION, **GREEDY)
    other = Chat(CHAT)
    assert other.respond(messages, **GREEDY).text == second.text
    state = chat.save()
    third = chat.respond("What is the capital of France?", **GREEDY)
    chat.restore(state)
    assert len(chat) == 5
    assert chat.respond("What is the capital of France?", **GREEDY).text == third.text
    with pytest.raises(swiftlet.ArgumentError):
        chat.add("robot", "")


TOOLS = [{"type": "function", "function": {"name": "size", "parameters": {
    "type": "object", "properties": {"city": {"enum": ["Paris"]}}, "required": ["city"],
    "additionalProperties": False}}}]
TEMPLATE = """{% if tools %}{{ tools | tojson }}
{% endif %}{% for m in messages %}{{ m.reasoning_content }}{{ m.content }}{{ m.tool_calls | tojson if m.tool_calls }}
{% endfor %}"""


def test_tools() -> None:
    text = '<think>hm</think>Well. <tool_call>{"name": "size", "arguments": {"city": "Paris"}}</tool_call>'
    chat = Chat(CHAT, tools=TOOLS, template=TEMPLATE)
    stream = chat.events("Hi", grammar=f"root ::= {json.dumps(text)}")
    kinds = [event.kind for event in stream]
    answer = stream.result
    assert set(kinds) == {"content", "reasoning", "tool_call"} and kinds[-1] == "tool_call"
    assert (answer.text, answer.content, answer.reasoning) == (text, "Well.", "hm")
    assert [(one.name, one.arguments) for one in answer.tool_calls] == [("size", {"city": "Paris"})]
    message = chat.messages[-1]
    assert (message["content"], message["reasoning"]) == ("Well.", "hm")
    assert message["tool_calls"] == [answer.tool_calls[0].message()]
    other = Chat(CHAT, tools=TOOLS, template=TEMPLATE)
    other.set_messages(chat.messages)
    assert other.messages == chat.messages
    chat.add("tool", "7", tool_call_id=answer.tool_calls[0].id)
    assert chat.respond(max_tokens=1).generated_tokens == 1


@pytest.mark.parametrize("choice", ["required", "size"])
def test_tool_choice(choice: str) -> None:
    answer = Chat(CHAT, tools=TOOLS, template=TEMPLATE, tool_choice=choice).respond("Hi", max_tokens=60, seed=1)
    assert {(one.name, one.arguments["city"]) for one in answer.tool_calls} == {("size", "Paris")}
    with pytest.raises(swiftlet.ArgumentError):
        Chat(CHAT, tools=TOOLS, template=TEMPLATE, tool_choice="nothing").respond("Hi")


def test_json_schema() -> None:
    schema = {
        "type": "object", "properties": {"city": {"type": "string", "maxLength": 8}, "size": {"enum": [1, 2]}},
        "required": ["city", "size"], "additionalProperties": False}
    answer = Chat(CHAT).respond("What is the capital of France?", json_schema=schema, seed=3)
    assert answer.is_complete and set(json.loads(answer.text)) == {"city", "size"}
    with pytest.raises(swiftlet.ArgumentError):
        Chat(CHAT).respond("Hi", json_schema="{")


def test_stream_is_closed_early() -> None:
    chat = Chat(CHAT)
    with chat.stream("Hello", temperature=1, ignore_end=True) as stream:
        pieces = [next(stream), next(stream)]
    assert "".join(pieces).strip() and list(stream) == []
    assert chat.messages[-1]["role"] == "assistant"  # as far as it came
    assert chat.respond(QUESTION, **GREEDY).text
    dropped = chat.stream("Hello", ignore_end=True)
    with pytest.raises(swiftlet.BusyError):
        while next(dropped) is not None:
            chat.respond("Hello")
    del dropped


def test_session(command: Callable[..., bytes]) -> None:
    model = Model(CHAT)
    session = Session(model, context_length=64, cache_type="f32")
    whole = session.complete("The capital of France", max_tokens=6, ignore_end=True, **GREEDY)
    assert whole.generated_tokens == 6 and whole.end == "length"
    printed = command(
        "run", "-m", CHAT, "-n", 6, "--temperature", 0, "--no-recommended", "--ignore-eos", "--kv-type", "f32",
        "The capital of France").decode()
    assert whole.text.strip() in printed

    # The same by hand.
    tokens = model.tokenize("The capital of France")
    session.rewind(0)
    session.prefill(tokens[:-1])
    session.step(tokens[-1])
    session.set_sampling(temperature=0)
    made = []
    for _ in range(6):
        made.append(session.sample())
        assert made[-1] == int(np.argmax(session.logits()))
        session.step(made[-1])
    assert session.tokens == tokens + made and session.info.position == len(tokens) + 6
    assert model.detokenize(made).strip() == whole.text.strip()
    state = session.save()
    other = Session(model, cache_type="f32", context_length=64)
    other.restore(state)
    assert other.tokens == session.tokens
    assert not other.info.has_logits
    more = other.generate([made[-1]], max_tokens=2, ignore_end=True, **GREEDY)
    assert more.generated_tokens == 2
    assert "".join(session.generate_stream([made[-1]], max_tokens=2, ignore_end=True, **GREEDY)) == more.text
    with pytest.raises(swiftlet.ContextFullError):
        session.prefill([1] * 100)
    with pytest.raises(swiftlet.NotFoundError):
        Session(model).logits()


def test_options() -> None:
    session = Session(CHAT)
    one = session.complete("Hello", seed=7, max_tokens=12, temperature=1.5)
    assert session.complete("Hello", seed=7, max_tokens=12, temperature=1.5).text == one.text
    stopped = session.complete("Hello", stop=[one.text[4:6]], seed=7, max_tokens=12, temperature=1.5)
    assert stopped.end == "stop" and one.text.startswith(stopped.text)
    biased = session.complete("Hello", max_tokens=3, logit_bias={65: 1000.0}, **GREEDY)
    assert Model(CHAT).tokenize(biased.text, special=False).count(65) == 3 or biased.generated_tokens == 3
    assert session.complete("Hello", grammar='root ::= "yes" | "no"').text in ("yes", "no")
    for options in ({"top_p": 2}, {"temperature": -1}, {"max_tokens": 0}, {"stop": [""]}):
        with pytest.raises(swiftlet.ArgumentError):
            session.complete("Hello", **options)
    with pytest.raises(TypeError, match="temprature"):
        session.complete("Hello", temprature=1)


def test_tokens() -> None:
    model = Model(EMBED)
    for text in ("", "Grüße 🎉", "many words " * 200):
        for parse_special in (False, True):
            tokens = model.tokenize(text, parse_special=parse_special)
            assert len(tokens) >= 2
    assert len(model.tokenize("a", special=False)) < len(model.tokenize("a"))
    assert "hello" in model.detokenize(model.tokenize("hello")) and model.detokenize([]) == ""
    with pytest.raises(swiftlet.ArgumentError):
        model.detokenize([2**40])


def test_model(tmp_path: Path) -> None:
    model = Model(EMBED)
    assert model.kind == "encoder" and model.architecture == "bert" and model.vocabulary_size > 0
    assert model.metadata["general.architecture"] == "bert"
    with pytest.raises(swiftlet.NotFoundError):
        model.metadata_value("no.such.key")
    with pytest.raises(swiftlet.FileError) as caught:
        Model(tmp_path / "none.gguf")
    assert caught.value.code == 8 and "none.gguf" in caught.value.place and isinstance(caught.value, OSError)
    (tmp_path / "bad.gguf").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(swiftlet.FileError):
        Model(tmp_path / "bad.gguf")
    with pytest.raises(swiftlet.ModelError):
        Session(EMBED)
