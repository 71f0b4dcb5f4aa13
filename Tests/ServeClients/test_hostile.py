"""Clients that send what they should not, or nothing, or go away."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from conftest import FIXTURES, Server

QUESTION = [{"role": "user", "content": "Tell me a long story."}]
# Goes on until it is stopped.
ENDLESS = {"messages": QUESTION, "max_tokens": 400, "ignore_eos": True, "temperature": 1}


def answer_of(connection):
    data = b""
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except ConnectionError:
        pass
    return data


def post(path, body, headers=""):
    return (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{headers}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"{}", b'{"messages": 1}', b'{"messages": [1]}',
    b'{"messages": [{"role": "nobody", "content": "x"}]}', b'{"messages": [{"role": "user"}]}',
    b'{"messages": [{"role": "user", "content": {"a": 1}}]}', b"[" * 100_000, b'{"a":' * 100_000,
    b'{"messages": [{"role": "user", "content": "x"}], "temperature": "hot"}',
    b'{"messages": [{"role": "user", "content": "x"}], "max_tokens": 1e400}',
    b'{"messages": [{"role": "user", "content": "x"}], "n": 1000000}',
    b'{"messages": [{"role": "user", "content": "x"}], "n": 100}',
    b'{"messages": [{"role": "user", "content": "x"}], "stop": [1]}',
    b'{"messages": [{"role": "user", "content": "x"}], "logit_bias": {"999999999": 1}}',
    b'{"messages": [{"role": "user", "content": "x"}], "response_format": {"type": "xml"}}',
    b'{"messages": [{"role": "user", "content": "x"}], "grammar": "root ::= "}',
    b'{"messages": [{"role": "user", "content": "x"}], "tools": [{}], "tool_choice": 5}',
    b'{"messages": [{"role": "user", "content": "x", "name": "\\ud800"}]}',
    b'{"messages": [{"role": "user", "content": "x"}], "lora": [{"id": 0, "scale": 1}]}',
    b'{"messages": [{"role": "user", "content": "x"}], "lora": {"id": 99999999999999999999}}',
])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/rerank",
                                  "/v1/responses", "/v1/messages", "/v1/translate", "/tokenize", "/apply-template",
                                  "/lora-adapters"])
def test_wrong_json(server, path, body):
    status, _, text = server.ask(path, body)
    assert status < 500
    if status >= 400:
        assert json.loads(text)["error"]["message"]
        assert str(FIXTURES) not in text


@pytest.mark.parametrize("headers, status", [
    ({"Host": "evil.example"}, 403), ({"Host": "127.0.0.1"}, 200), ({"Host": "localhost:99"}, 200),
    ({"Host": "evil.localhost.example"}, 403), ({"Origin": "https://evil.example"}, 403), ({"Origin": "null"}, 403),
])
def test_host_and_origin(server, headers, status):
    found, _, _ = server.ask("/v1/models", headers=headers)
    assert found == status


def test_own_origin(server):
    status, headers, _ = server.ask("/v1/models", headers={"Origin": server.url})
    assert status == 200 and "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_forms_of_other_sites(server, kind):
    status, _, _ = server.ask("/v1/chat/completions", b'{"messages": []}', headers={"Content-Type": kind})
    assert status == 415


def test_unknown_paths(server):
    for path, method in (("/nothing", "GET"), ("/v1/chat/completions", "GET"), ("/../../etc/passwd", "GET"),
                         ("/v1/models/%2e%2e%2f", "GET"), ("/health", "POST")):
        status, _, text = server.ask(path, body={} if method == "POST" else None, method=method)
        assert status in (400, 404, 405) and "error" in json.loads(text)


def test_large_headers(server):
    for head in (b"X: " + b"a" * 100_000, b"\r\n".join(b"X%d: a" % n for n in range(5000))):
        with server.connect() as connection:
            try:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n" + head + b"\r\n\r\n")
            except ConnectionError:
                pass
            assert b" 200 " not in answer_of(connection)[:20]
    assert server.json("/health")


def test_large_body(server):
    with server.connect() as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                           b"Content-Length: 10000000000\r\n\r\n")
        assert b" 413 " in answer_of(connection)[:20]


@pytest.mark.parametrize("body", [
    b"", b"--x", b"--x--", b"--x\r\n\r\nnothing\r\n--x--", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\nno sound\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nRIFF',
    b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\n\xff\xff\r\n--x--\r\n',
    b"--x\r\n" + b"A" * 100_000,
    b"".join(b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n\r\n' for _ in range(1000)) + b"--x--",
])
def test_wrong_forms(server, body):
    status, _, text = server.ask(
        "/v1/audio/transcriptions", body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert 400 <= status < 500 and json.loads(text)["error"]["message"]
    assert "/tmp" not in text


def until(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


@pytest.mark.parametrize("stream", [True, False])
def test_gone_clients_cost_nothing(server, stream):
    connections = [server.connect() for _ in range(8)]
    for connection in connections:
        connection.sendall(post("/v1/chat/completions", json.dumps(ENDLESS | {"stream": stream}).encode()))
    assert until(lambda: server.metric("num_requests_running") > 0, 10)
    for number, connection in enumerate(connections):
        if number % 2:
            # A reset, as of a client that was killed.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        connection.close()
    assert until(lambda: server.metric("num_requests_running") == 0 == server.metric("num_requests_waiting"), 2)


def test_killed_client(server):
    code = ("import json, sys, urllib.request as u; r = u.Request(sys.argv[1], sys.argv[2].encode(), "
            "{'Content-Type': 'application/json'}); u.urlopen(r).read()")
    client = subprocess.Popen(
        [sys.executable, "-c", code, server.url + "/v1/chat/completions", json.dumps(ENDLESS | {"stream": True})])
    assert until(lambda: server.metric("num_requests_running") > 0, 20)
    os.kill(client.pid, signal.SIGKILL)
    client.wait()
    assert until(lambda: server.metric("num_requests_running") == 0, 2)


def test_others_do_not_notice(server):
    body = {"messages": QUESTION, "max_tokens": 40, "temperature": 1, "seed": 3}
    undisturbed = server.json("/v1/chat/completions", body)["choices"][0]["message"]["content"]
    results = []
    thread = threading.Thread(
        target=lambda: results.append(server.json("/v1/chat/completions", body)["choices"][0]["message"]["content"]))
    thread.start()
    for _ in range(6):
        with server.connect() as connection:
            connection.sendall(post("/v1/chat/completions", json.dumps(ENDLESS).encode()))
            time.sleep(0.05)
    thread.join()
    assert results == [undisturbed]


def test_keys(tmp_path):
    keys = tmp_path / "keys"
    keys.write_text("# ours\nfirst-key\nsecond-key\n")
    server = Server("--api-key-file", str(keys), "--cors-origin", "https://app.example",
                    models={"chat": FIXTURES / "chat.gguf"})
    try:
        assert server.ask("/health")[0] == 200
        for key in (None, "wrong", "first-ke", "first-keyy", "# ours"):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            assert server.ask("/v1/models", headers=headers)[0] == 401
        assert server.ask("/v1/models", headers={"Authorization": "Bearer second-key"})[0] == 200
        assert server.ask("/v1/models", headers={"X-Api-Key": "first-key"})[0] == 200
        origin = {"Origin": "https://app.example", "Authorization": "Bearer first-key"}
        _, headers, _ = server.ask("/v1/models", headers=origin)
        assert headers["Access-Control-Allow-Origin"] == "https://app.example"
        status, headers, _ = server.ask("/v1/models", method="OPTIONS", headers={"Origin": "https://app.example"})
        assert status == 204 and "POST" in headers["Access-Control-Allow-Methods"]
    finally:
        assert server.stop() == 0


def test_full_queue():
    server = Server("--parallel", "1", "--queue", "1", models={"chat": FIXTURES / "chat.gguf"})
    connections = []
    try:
        for _ in range(8):
            connections.append(server.connect())
            connections[-1].sendall(post("/v1/chat/completions", json.dumps(ENDLESS).encode()))
        assert until(lambda: server.metric("num_requests_waiting") >= 1, 10)
        status, headers, text = server.ask("/v1/chat/completions", ENDLESS)
        assert status == 429 and int(headers["Retry-After"]) >= 1, text
        started = time.monotonic()
        assert server.json("/health")
        assert time.monotonic() - started < 1
    finally:
        for connection in connections:
            connection.close()
        assert server.stop() == 0


def test_timeout():
    server = Server("--timeout", "1", models={"chat": FIXTURES / "chat.gguf"})
    try:
        body = ENDLESS | {"max_tokens": 2000, "n": 8}
        status, _, text = server.ask("/v1/chat/completions", body)
        assert status in (200, 504), text
    finally:
        assert server.stop() == 0


def test_streams_finish_at_the_end():
    server = Server(models={"chat": FIXTURES / "chat.gguf"})
    connection = server.connect()
    connection.sendall(post("/v1/chat/completions", json.dumps(ENDLESS | {"stream": True, "max_tokens": 100}).encode()))
    assert b"200" in connection.recv(200)
    server.process.send_signal(signal.SIGTERM)
    assert b"data: [DONE]" in answer_of(connection)
    assert server.process.wait(timeout=60) == 0


