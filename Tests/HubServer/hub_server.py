"""A hub on loopback that answers as Hugging Face does, or misbehaves as it is told. Only for .ci/pull-check.

Repositories are {"owner/repo": {path: bytes}}; a fault is a function (server, request, path) -> True where it answered.
"""

import hashlib, http.server, json, re, threading, urllib.parse


def git_digest(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Hub(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, repositories, fault=None, small=1000):
        super().__init__(("127.0.0.1", 0), Handler)
        self.repositories, self.fault, self.small = repositories, fault, small
        self.commits = {name: hashlib.sha1(name.encode()).hexdigest() for name in repositories}
        self.requests = []  # (path, headers)
        self.store = None  # another server that holds the bytes, as a CDN does
        self.counts = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def count(self, what):
        """How often it was asked before."""
        self.counts[what] = self.counts.get(what, 0) + 1
        return self.counts[what] - 1

    def paths(self, part):
        return [path for path, _ in self.requests if part in path]

    def digest(self, data):
        return hashlib.sha256(data).hexdigest() if len(data) > self.small else git_digest(data)

    def entry(self, path, data):
        entry = {"type": "file", "oid": git_digest(data), "size": len(data), "path": path}
        if len(data) > self.small:
            entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
            entry["oid"] = git_digest(b"pointer" + data[:9])
        return entry


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers={}, length=None, head_only=False):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        if not head_only:
            self.wfile.write(body)

    def json(self, value, headers={}):
        self.answer(200, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})

    def cut(self):
        """Ends the connection in the middle of an answer."""
        self.wfile.flush()
        self.close_connection = True
        self.connection.close()

    def error(self, status, code=None, text="", headers={}):
        fields = {"X-Error-Code": code} if code else {}
        self.answer(status, json.dumps({"error": text}).encode(), {**fields, **headers})

    def do_HEAD(self):
        self.handle_request(head_only=True)

    def do_GET(self):
        self.handle_request(head_only=False)

    def handle_request(self, head_only):
        hub = self.server
        path = urllib.parse.unquote(self.path)
        hub.requests.append((path, {name.lower(): value for name, value in self.headers.items()}))
        try:
            if hub.fault and not head_only and hub.fault(hub, self, path):
                return
            self.serve(hub, path, head_only)
        except (BrokenPipeError, ConnectionResetError, ValueError, OSError):
            self.close_connection = True

    def serve(self, hub, path, head_only):
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/refs", path):
            if found[1] not in hub.repositories:
                return self.error(401, "RepoNotFound", "Invalid username or password.")
            branch = {"name": "main", "ref": "refs/heads/main", "targetCommit": hub.commits[found[1]]}
            return self.json({"branches": [branch], "converts": [], "tags": []})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/(\w+)\?recursive=true(&.*)?", path):
            files = hub.repositories[found[1]]
            folders = sorted({name.rsplit("/", 1)[0] for name in files if "/" in name})
            entries = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": name} for name in folders]
            return self.json(entries + [hub.entry(name, data) for name, data in sorted(files.items())])
        if found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/(\w+)/(.*)", path):
            files = hub.repositories.get(found[1], {})
            if found[3] not in files:
                return self.error(404, "EntryNotFound", "Entry not found")
            data = files[found[3]]
            fields = {
                "X-Repo-Commit": hub.commits[found[1]], "ETag": f'"{hub.digest(data)}"',
                "X-Linked-Etag": f'"{hub.digest(data)}"', "X-Linked-Size": str(len(data)), "Accept-Ranges": "bytes",
            }
            if hub.store and len(data) > hub.small:
                target = f"{hub.store.url}/store/{hub.digest(data)}?signature=s"
                return self.answer(302, b"Found", {**fields, "Location": target}, head_only=head_only)
            return self.bytes(data, fields, head_only)
        if found := re.fullmatch(r"/store/(\w+)\?signature=s", path):
            for files in hub.repositories.values():
                for data in files.values():
                    if hub.digest(data) == found[1]:
                        return self.bytes(data, {"ETag": '"other"'}, head_only)
        return self.error(404, None, "nothing here")

    def bytes(self, data, fields={}, head_only=False):
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            return self.answer(200, data, fields, head_only=head_only)
        start, end = int(asked[1]), int(asked[2] or len(data) - 1)
        if start >= len(data):
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        part = data[start : end + 1]
        fields = {**fields, "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(data)}"}
        return self.answer(206, part, fields, head_only=head_only)
