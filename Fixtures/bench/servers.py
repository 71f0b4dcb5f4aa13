"""What the scripts that load servers share: servers as processes, and clients that cost little beside them."""
import asyncio
import contextlib
import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request

HEAD = "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n"


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def processor_seconds(process):
    """What the server's threads have computed so far: unlike seconds, it does not depend on what else the machine does."""
    if process is None:
        return float("nan")
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(process):
    """Resident memory that no file backs."""
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+)", text)[1]) / 1024


def descriptors(process):
    return len(os.listdir(f"/proc/{process.pid}/fd"))


def threads(process):
    return len(os.listdir(f"/proc/{process.pid}/task"))


@contextlib.contextmanager
def server(command, port, env=None):
    """A server that answers, until the end of the block."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    try:
        for _ in range(600):
            if process.poll() is not None:
                raise SystemExit(f"{command[0]} has ended with {process.returncode}")
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
                break
            except urllib.error.HTTPError as error:
                # One that is not ready says so; one without the path is.
                if error.code == 404:
                    break
                time.sleep(0.2)
            except OSError:
                time.sleep(0.2)
        else:
            raise SystemExit(f"{command[0]} does not answer")
        yield process
    finally:
        process.terminate()
        process.wait()


async def ask(port, path, body=None):
    """Sends a request; gives a reader behind the answer's head, its writer, and the status."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    data = b"" if body is None else json.dumps(body).encode()
    more = "" if body is None else f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
    writer.write(HEAD.format(method="GET" if body is None else "POST", path=path, more=more).encode() + data)
    head = await reader.readuntil(b"\r\n\r\n")
    return reader, writer, int(head.split(b" ", 2)[1])


async def whole(port, path, body=None):
    """Status and body of an answer."""
    reader, writer, status = await ask(port, path, body)
    try:
        return status, await reader.read()
    finally:
        writer.close()


class Health:
    """Asks /health (where there is none, /v1/models) four times a second meanwhile."""

    def __init__(self, port):
        self.port, self.seconds = port, []

    async def __aenter__(self):
        self.task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_):
        self.task.cancel()

    async def _run(self):
        path = "/health"
        while True:
            start = time.monotonic()
            try:
                status, _ = await whole(self.port, path)
                if status == 404:
                    path = "/v1/models"
                    continue
            except OSError:
                pass
            self.seconds.append(time.monotonic() - start)
            await asyncio.sleep(0.25)
