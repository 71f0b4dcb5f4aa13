"""Attacks that take long: SWIFTLET_SLOW=1. Meanwhile another user's stream must stay what it is undisturbed."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import FIXTURES, Server
from test_hostile import ENDLESS, answer_of, post, until

pytestmark = pytest.mark.skipif(
    not os.environ.get("SWIFTLET_SLOW"), reason="takes a minute and more: SWIFTLET_SLOW=1")
MODELS = {"chat": FIXTURES / "chat.gguf", "speech": FIXTURES / "speech.gguf"}


@pytest.fixture
def server(tmp_path):
    # What it uploads is in a folder of its own, so that what is left there is seen.
    folder = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(tmp_path)
    try:
        server = Server("--parallel", "4", "--queue", "4", "--max-upload", "64", models=MODELS)
    finally:
        os.environ.pop("TMPDIR")
        if folder:
            os.environ["TMPDIR"] = folder
    server.folder = tmp_path
    yield server
    assert server.process.poll() is None, "the server has ended"
    assert server.stop() == 0
    assert os.listdir(tmp_path) == []


def stream(server):
    """The events of a text, which depend on nothing but the request: without name and time."""
    body = ENDLESS | {"stream": True, "seed": 11}
    connection = server.connect()
    connection.sendall(post("/v1/chat/completions", json.dumps(body).encode(), "Connection: close\r\n"))
    events = [line[6:] for line in answer_of(connection).split(b"\n") if line.startswith(b"data: ")]
    assert events[-1].strip() == b"[DONE]"
    return [json.loads(event)["choices"] for event in events[:-1]]


class User:
    """Asks for the same text all the time."""

    def __init__(self, server):
        self.server, self.expected, self.found, self.ended = server, stream(server), [], False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ended:
            try:
                self.found.append(stream(self.server) == self.expected)
            except Exception as error:
                self.found.append(error)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended = True
        self.thread.join()
        assert self.found and all(one is True for one in self.found), self.found


def descriptors(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


def megabytes(server):
    text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text()
    return int(text.split("RssAnon:")[1].split()[0]) / 1024


def test_slow_loris(server):
    """Clients that send a byte now and then, of heads and of bodies, all at once: they are cut off within a minute or so."""
    before = descriptors(server)
    heads = [server.connect() for _ in range(100)]
    bodies = [server.connect() for _ in range(100)]
    with User(server) as user:
        for connection in heads:
            connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        whole = post("/v1/chat/completions", json.dumps(ENDLESS).encode())
        for connection in bodies:
            connection.sendall(whole[:-80])
        started, alive, slowest = time.monotonic(), set(heads + bodies), 0
        while alive and time.monotonic() - started < 150:
            for connection in list(alive):
                try:
                    # Small enough that the whole is not sent before the time is over.
                    connection.sendall(b" ")
                except OSError:
                    alive.discard(connection)
            asked = time.monotonic()
            assert server.json("/health")
            slowest = max(slowest, time.monotonic() - asked)
            time.sleep(2)
        seconds = time.monotonic() - started
    assert not alive and seconds < 120, f"{len(alive)} are served after {seconds:.0f} s"
    assert len(user.found) > 3 and slowest < 1
    for connection in heads + bodies:
        connection.close()
    assert until(lambda: descriptors(server) <= before + 2, 10)


@pytest.mark.parametrize("path, kind", [
    ("/v1/chat/completions", "application/json"), ("/v1/audio/transcriptions", "multipart/form-data; boundary=b"),
])
@pytest.mark.parametrize("chunked", [False, True])
def test_upload_of_10_gigabytes(server, path, kind, chunked):
    """Refused as soon as it is known that it is too large: before the body, or behind the bytes that are taken."""
    memory = megabytes(server)
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {10 << 30}"
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n{length}\r\n\r\n".encode()
    begin = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    part = b"\0" * (1 << 20)
    with User(server):
        connection = server.connect()
        sent, started = 0, time.monotonic()
        try:
            connection.sendall(head)
            connection.sendall(b"%x\r\n%b\r\n" % (len(begin), begin) if chunked else begin)
            while sent < 10 << 30:
                connection.sendall(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                sent += len(part)
        except OSError:
            pass
        # What is still on its way when the connection ends may take the answer with it.
        answer = answer_of(connection)
        assert not answer or b" 413 " in answer[:20]
        assert sent < 512 << 20 and time.monotonic() - started < 60, f"{sent >> 20} MB were sent"
        connection.close()
    status = server.json("/health")
    assert status and megabytes(server) < memory + 64


# Sends a part of a request, reads a part of the answer, and is killed.
CLIENT = """
import json, os, signal, socket, sys, time
port, sends, reads, wait = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
data = sys.stdin.buffer.read()
connection = socket.create_connection(("127.0.0.1", port))
connection.sendall(data[:sends] if sends >= 0 else data)
while reads > 0:
    reads -= len(connection.recv(reads)) or reads
time.sleep(wait)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_clients_in_every_phase(server):
    long = [{"role": "user", "content": "the keys are on the table and " * 50}]
    streamed = post("/v1/chat/completions", json.dumps(ENDLESS | {"stream": True}).encode())
    prompt = post("/v1/chat/completions", json.dumps(ENDLESS | {"messages": long}).encode())
    whole = post("/v1/chat/completions", json.dumps(ENDLESS | {"n": 3}).encode())
    sound = (FIXTURES / "clips/two.wav").read_bytes()
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + sound + b"\r\n--b--\r\n"
    upload = (f"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; "
              f"boundary=b\r\nContent-Length: {len(form)}\r\n\r\n").encode() + form
    # What is sent (-1: all), read, and waited for.
    phases = [
        (streamed, 0, 0, 0), (streamed, 30, 0, 0), (streamed, len(streamed) - 5, 0, 0), (streamed, -1, 0, 0),
        (streamed, -1, 100, 0), (streamed, -1, 5000, 0), (streamed, -1, 5000, 0.3), (prompt, -1, 0, 0.005),
        (prompt, -1, 0, 0.03), (whole, -1, 0, 0.2), (upload, len(upload) // 2, 0, 0), (upload, -1, 0, 0.02),
        (upload, -1, 0, 0.5),
    ]
    before = descriptors(server)
    with User(server) as user:
        for _ in range(4):
            clients = []
            for data, sends, reads, wait in phases:
                arguments = [server.port, sends, reads, wait]
                client = subprocess.Popen([sys.executable, "-c", CLIENT, *map(str, arguments)], stdin=subprocess.PIPE)
                client.stdin.write(data)
                client.stdin.close()
                clients.append(client)
            for client in clients:
                assert client.wait(timeout=60) == -signal.SIGKILL
    assert len(user.found) > 1
    assert until(lambda: server.metric("num_requests_running") == 0 == server.metric("num_requests_waiting"), 3)
    assert until(lambda: descriptors(server) <= before + 2, 10)
