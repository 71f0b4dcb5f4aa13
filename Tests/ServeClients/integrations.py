"""What the tests of integrations share: packages that are there or not, and a server whose model can call tools."""

import pathlib
import tempfile

import pytest
from conftest import FIXTURES, Server

QUESTION = "What is the capital of France?"
TEMPLATE = """\
{%- if tools %}<tools>{% for tool in tools %}{{ tool | tojson }}{% endfor %}</tools> {% endif -%}
{% for message in messages %}{{ message['role'] + ': ' + (message['content'] or '') }}
{%- for call in message['tool_calls'] %} <tool_call>{{ call['function'] | tojson }}</tool_call>{% endfor %}
{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}"""


def package(name):
    """Skips a file of tests whose package is not there."""
    return pytest.importorskip(name, reason=f"{name} is not installed: run .ci/serve-check --integrations")


def server_with_tools():
    """Yields a server whose chat model is shown tools."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "template.jinja"
        path.write_text(TEMPLATE)
        server = Server("--template", f"chat={path}", models={"chat": FIXTURES / "chat.gguf"})
        yield server
        assert server.stop() == 0
