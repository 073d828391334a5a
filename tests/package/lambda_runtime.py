"""The packaged functions under Lambda's own runtime client, served by a small fake of the Runtime API.

Only what is in the package can be imported: the interpreter runs without site-packages, beside the runtime client alone.
"""

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import files
from pathlib import Path
from typing import Any

RUNTIME_CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py")
PATIENCE = 30.0


class FunctionError(Exception):
    """The function raised, could not be imported, or did not answer in time."""


class FakeRuntimeApi(ThreadingHTTPServer):
    """Hands out one event at a time on `next`; keeps what the function answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Calls)
        self.events: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Calls(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeRuntimeApi

    def do_GET(self) -> None:
        request, event = self.server.events.get()
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", request)
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int((time.time() + PATIENCE) * 1000)))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:ap-southeast-3:123456789012:function:f")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.answers.put((self.path.rsplit("/", 1)[-1], body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silence: the tests print what matters."""


class Function:
    """One warm instance of a packaged function. `log` is all that it has printed, once closed."""

    def __init__(self, handler: str, task_root: Path, runtime_client: Path, environment: Mapping[str, str]) -> None:
        self._api = FakeRuntimeApi()
        self.log = ""
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-B", "-m", "awslambdaric", handler],
            cwd=task_root,
            env={
                **environment,
                "PYTHONPATH": f"{task_root}{os.pathsep}{runtime_client}",
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                "LAMBDA_TASK_ROOT": str(task_root),
                "_HANDLER": handler,
                "TZ": ":UTC",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.log += line.decode(errors="replace")

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """The function's answer. Raises FunctionError."""
        self._api.events.put((str(uuid.uuid4()), json.dumps(event).encode()))
        try:
            kind, body = self._api.answers.get(timeout=PATIENCE)
        except queue.Empty:
            raise FunctionError(f"no answer in {PATIENCE} s\n{self.log}") from None
        if kind != "response":
            raise FunctionError(f"{body.decode()}\n{self.log}")
        return json.loads(body)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._api.shutdown()
        self._api.server_close()


def link_runtime_client(folder: Path) -> Path:
    """A folder with Lambda's runtime client and what it needs, and nothing else."""
    for distribution in RUNTIME_CLIENT:
        for file in files(distribution) or []:
            top = folder / file.parts[0]
            if file.parts[0] not in ("..", "__pycache__") and not top.exists():
                top.symlink_to(Path(str(file.locate())).parents[len(file.parts) - 1] / file.parts[0])
    return folder
