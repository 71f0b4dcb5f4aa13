"""HTTPS, Unix sockets, the configuration file, and what is told of wrong options."""

import http.client
import os
import shutil
import socket
import ssl
import subprocess
import time

import pytest
from conftest import FIXTURES, Server

CHAT = {"chat": FIXTURES / "chat.gguf"}


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl for a certificate")
def test_https(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "key.pem", "-out",
         tmp_path / "cert.pem", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"],
        check=True, capture_output=True)
    server = Server("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"), models=CHAT)
    try:
        context = ssl.create_default_context(cafile=tmp_path / "cert.pem")
        connection = http.client.HTTPSConnection("localhost", server.port, context=context, timeout=30)
        connection.request("GET", "/health")
        assert connection.getresponse().status == 200
        connection.close()
        # Plain HTTP gets nothing.
        with server.connect() as plain:
            plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b" 200 " not in plain.recv(100)
    finally:
        assert server.stop() == 0


def test_unix_socket_and_configuration(tmp_path):
    path = tmp_path / "socket"
    configuration = tmp_path / "configuration"
    configuration.write_text(f"# ours\nmodel = chat={CHAT['chat']}\nparallel = 2\nunix-socket = /nowhere/at/all\n")
    process = subprocess.Popen(
        [os.environ["SWIFTLET_SERVE"], "--config", configuration, "--unix-socket", path], stderr=subprocess.PIPE)
    try:
        for _ in range(200):
            if path.exists():
                break
            time.sleep(0.05)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(path))
            connection.sendall(b"GET /v1/models HTTP/1.1\r\nHost: anything\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        assert b" 200 " in answer and b'"id":"chat"' in answer
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0


@pytest.mark.parametrize("options", [
    ["-m", "x=/no/such/file.gguf"], ["--port", "70000"], ["--tls-cert", "a"], ["--config", "/no/such/file"],
    ["--api-key-file", "/no/such/file"], ["-m", "="], ["--parallel", "0"], ["--template", "a=b"], ["--nothing"],
    ["--host", "256.1.1.1"], ["--tls-cert", "/no/cert", "--tls-key", "/no/key"],
])
def test_wrong_options(options):
    result = subprocess.run(
        [os.environ["SWIFTLET_SERVE"], *options], capture_output=True, text=True, timeout=60)
    assert result.returncode > 0 and result.stderr.strip()


def test_the_command_line_starts_it():
    server = Server(models=CHAT, program=[os.environ["SWIFTLET_COMMAND"], "serve"])
    assert server.json("/health")
    assert server.stop() == 0


def test_help(command):
    text = command("serve", "--help")
    assert "--parallel" in text or "swiftlet-serve" in text
