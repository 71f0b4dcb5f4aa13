"""The server that the tests ask: one for all, started with the models of Fixtures."""

import json
import os
import pathlib
import re
import socket
import subprocess
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Fixtures"
MODELS = {
    "chat": FIXTURES / "chat.gguf",
    "embed": FIXTURES / "embed.gguf",
    "rerank": FIXTURES / "models/bert-reranker-f16.gguf",
    "speech": FIXTURES / "speech.gguf",
    "t5": FIXTURES / "models/t5-f32.gguf",
}


class Server:
    """A running swiftlet-serve."""

    def __init__(self, *options, models=MODELS, program=None):
        arguments = [*(program or [os.environ["SWIFTLET_SERVE"]]), "--port", "0", *options]
        for name, path in models.items():
            arguments += ["-m", f"{name}={path}"]
        self.process = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if found := re.search(r"at (https?)://\S+:(\d+)$", line.strip()):
                self.port = int(found[2])
                self.url = f"{found[1]}://127.0.0.1:{self.port}"
                return
        raise RuntimeError(f"the server did not start: {''.join(lines)}")

    def ask(self, path, body=None, headers=None, method=None):
        """Status, headers and text of an answer."""
        data = None
        headers = dict(headers or {})
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def json(self, path, body=None, **options):
        status, _, text = self.ask(path, body, **options)
        assert status == 200, text
        return json.loads(text)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=90)
        return connection

    def metric(self, name):
        _, _, text = self.ask("/metrics")
        return sum(
            float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if re.match(rf"swiftlet_{name}[ {{]", line))

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=60)


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    assert server.process.poll() is None, "the server has ended"
    assert server.stop() == 0


@pytest.fixture(scope="session")
def command():
    """Runs the command line and gives its output."""

    def run(*arguments):
        result = subprocess.run(
            [os.environ["SWIFTLET_COMMAND"], *map(str, arguments)], capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run
