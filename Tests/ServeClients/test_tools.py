"""Calls of tools, by the packages of OpenAI and Anthropic. A grammar stands in for a model that wants to call one."""

import json

import anthropic
import openai
import pytest
from conftest import FIXTURES, Server

TEMPLATE = """\
{%- if tools %}<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools> {% endif -%}
{% for message in messages %}{{ message['role'] + ': ' + message['content'] }}
{%- for call in message['tool_calls'] %} <tool_call>{{ call['function'] | tojson }}</tool_call>{% endfor %}
{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"""
FUNCTION = {"name": "weather", "description": "The weather in a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
TOOLS = [{"type": "function", "function": FUNCTION}]
CALL = r'root ::= "Let me see.\n<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>"'
QUESTION = [{"role": "user", "content": "How is the weather in Paris?"}]


@pytest.fixture(scope="module")
def tool_server(tmp_path_factory):
    path = tmp_path_factory.mktemp("template") / "template.jinja"
    path.write_text(TEMPLATE)
    server = Server("--template", f"chat={path}", models={"chat": FIXTURES / "chat.gguf"})
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="module")
def client(tool_server):
    return openai.OpenAI(base_url=tool_server.url + "/v1", api_key="none", max_retries=0, timeout=60)


def test_openai(client):
    options = {"model": "chat", "messages": QUESTION, "tools": TOOLS, "max_tokens": 100, "extra_body": {"grammar": CALL}}
    choice = client.chat.completions.create(**options).choices[0]
    assert choice.finish_reason == "tool_calls" and choice.message.content == "Let me see."
    call = choice.message.tool_calls[0]
    assert call.function.name == "weather" and json.loads(call.function.arguments) == {"city": "Paris"}
    chunks = list(client.chat.completions.create(stream=True, **options))
    deltas = [c.choices[0].delta for c in chunks]
    assert "".join(d.content or "" for d in deltas) == "Let me see."
    calls = [c for d in deltas for c in d.tool_calls or []]
    assert len(calls) == 1 and calls[0].index == 0 and calls[0].function.name == "weather"
    assert json.loads(calls[0].function.arguments) == {"city": "Paris"}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
    # The conversation goes on with what the tool said.
    messages = QUESTION + [choice.message.model_dump(exclude_none=True),
                           {"role": "tool", "tool_call_id": call.id, "content": "Sunny."}]
    answer = client.chat.completions.create(model="chat", messages=messages, tools=TOOLS, max_tokens=8)
    assert answer.choices[0].message.content is not None


@pytest.mark.parametrize("wanted", ["required", {"type": "function", "function": {"name": "weather"}}])
def test_a_call_is_required(client, wanted):
    options = {"model": "chat", "messages": QUESTION, "tools": TOOLS, "tool_choice": wanted, "max_tokens": 200, "temperature": 0}
    choice = client.chat.completions.create(**options).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert [call.function.name for call in choice.message.tool_calls][:1] == ["weather"]
    assert isinstance(json.loads(choice.message.tool_calls[0].function.arguments)["city"], str)


@pytest.mark.parametrize("wanted", ["sometimes", 5, {"type": "function"}, {"type": "function", "function": {"name": "no"}}])
def test_choices_that_cannot_be(client, wanted):
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model="chat", messages=QUESTION, tools=TOOLS, max_tokens=4, extra_body={"tool_choice": wanted})


def test_arguments_that_are_no_json(client, tool_server):
    call = {"id": "a", "type": "function", "function": {"name": "weather", "arguments": "{city: Paris"}}
    messages = QUESTION + [{"role": "assistant", "content": "", "tool_calls": [call]},
                           {"role": "tool", "tool_call_id": "a", "content": "?"}]
    client.chat.completions.create(model="chat", messages=messages, tools=TOOLS, max_tokens=4)


def test_tools_are_seen_by_the_model(tool_server):
    body = {"model": "chat", "messages": QUESTION, "tools": TOOLS}
    assert "weather" in tool_server.json("/apply-template", body)["prompt"].split("user:")[0]
    assert "<tools>" not in tool_server.json("/apply-template", body | {"tool_choice": "none"})["prompt"]


def test_anthropic(tool_server):
    client = anthropic.Anthropic(base_url=tool_server.url, api_key="none", max_retries=0, timeout=60)
    tool = {"name": "weather", "description": "The weather.", "input_schema": FUNCTION["parameters"]}
    options = {"model": "chat", "messages": QUESTION, "tools": [tool], "max_tokens": 100,
               "extra_body": {"grammar": CALL}}
    answer = client.messages.create(**options)
    assert answer.stop_reason == "tool_use"
    assert [block.type for block in answer.content] == ["text", "tool_use"]
    assert answer.content[1].name == "weather" and answer.content[1].input == {"city": "Paris"}
    with client.messages.stream(**options) as stream:
        final = stream.get_final_message()
    assert final.content[1].input == {"city": "Paris"} and final.stop_reason == "tool_use"
    result = [{"role": "assistant", "content": [block.model_dump() for block in answer.content]},
              {"role": "user", "content": [
                  {"type": "tool_result", "tool_use_id": answer.content[1].id, "content": "Sunny."}]}]
    assert client.messages.create(model="chat", messages=QUESTION + result, tools=[tool], max_tokens=8).content is not None


def test_responses(client):
    tool = {"type": "function", **FUNCTION}
    options = {"model": "chat", "input": "How is the weather in Paris?", "tools": [tool], "max_output_tokens": 100,
               "extra_body": {"grammar": CALL}}
    answer = client.responses.create(**options)
    call = next(item for item in answer.output if item.type == "function_call")
    assert call.name == "weather" and json.loads(call.arguments) == {"city": "Paris"}
    with client.responses.stream(**options) as stream:
        final = stream.get_final_response()
    assert [item.type for item in final.output] == ["message", "function_call"]
