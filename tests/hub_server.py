"""A hub on 127.0.0.1: the part of the protocol that a download speaks, and its failures."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """One repository, `owner/tiny`, and what has been asked of it."""

    files: dict[str, bytes]
    missing: set[str] = field(default_factory=set)
    """Files that the listing names and the server does not have."""
    drop_after: dict[str, int] = field(default_factory=dict)
    """Break the connection once, after that many bytes of the file."""
    gated: bool = False
    token: str | None = None
    """The token without which there is nothing to see."""
    status: int = 200
    """What every request is answered with, if not 200."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Sizes that the listing claims in place of the true ones."""
    url: str = ""
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and Range of every request."""

    def fetched(self) -> list[str]:
        """The files whose bytes were asked for, in order."""
        return [path.rsplit("/", 1)[-1] for method, path, _ in self.requests
                if method == "GET" and "/resolve/" in path]  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *_: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, body: bool) -> None:
        hub, path = self.hub, self.path.split("?")[0]
        hub.requests.append((self.command, path, self.headers.get("Range")))
        name = path.split("/", 5)[-1]
        refusal = self._refusal(path, name)
        if refusal is not None:
            self._refuse(*refusal)
        elif path.startswith("/api/"):
            self._listing()
        else:
            self._file(name, body)

    def _refusal(self, path: str, name: str) -> tuple[int, str | None] | None:
        """Status and error code, where the hub says no."""
        hub = self.hub
        known = path.startswith(("/api/models/owner/tiny", "/owner/tiny/resolve/"))
        if hub.status != 200:
            return hub.status, None
        if hub.token is not None and self.headers.get("Authorization") != f"Bearer {hub.token}":
            return 401, "RepoNotFound"
        if not known:
            return 404, "RepoNotFound"
        if path.startswith("/api/"):
            return None
        if hub.gated:
            return 403, "GatedRepo"
        return (404, "EntryNotFound") if name not in hub.files or name in hub.missing else None

    def _refuse(self, status: int, code: str | None) -> None:
        self.send_response(status)
        if code is not None:
            self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _listing(self) -> None:
        siblings = [
            {"rfilename": name, "size": self.hub.sizes.get(name, len(content))}
            for name, content in self.hub.files.items()
        ]
        body = json.dumps({"id": "owner/tiny", "sha": COMMIT, "siblings": siblings}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, name: str, body: bool) -> None:
        content = self.hub.files[name]
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if not body:
            return
        stop = self.hub.drop_after.pop(name, None)
        self.wfile.write(content[start:stop])
        self.wfile.flush()
        if stop is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    """Answer on a free port of this machine until the block ends."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
