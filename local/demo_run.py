"""A local run of one's own: `python -m local` as a child process on free ports, ended by its id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"


class NotReadyError(Exception):
    """The local run ended, or did not say `ready` in time; the message is what it wrote."""


def free_ports(count: int, wanted: tuple[int, ...] = ()) -> list[int]:
    """Ports on loopback that nobody listens at: the wanted ones where they are free, else whichever the system gives."""
    sockets = []
    for index in range(count):
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted[index] if index < len(wanted) else 0))
        except OSError:
            probe.bind((HOST, 0))
        sockets.append(probe)
    ports = [int(probe.getsockname()[1]) for probe in sockets]
    for probe in sockets:
        probe.close()
    return ports


class OwnRun:
    """A local run, started when entered and ended when left. `seconds` is what it took until it was ready."""

    def __init__(self, settings: Mapping[str, str], *, wanted: tuple[int, ...] = (), patience: float = 60) -> None:
        self.port, self.aws_port, self.smtp_port = free_ports(3, wanted)
        self.url = f"http://{HOST}:{self.port}"
        self.seconds = 0.0
        self._settings = settings
        self._patience = patience
        self._lines: deque[str] = deque(maxlen=200)

    def __enter__(self) -> OwnRun:
        ports = {"PORT": self.port, "AWS_PORT": self.aws_port, "SMTP_PORT": self.smtp_port}
        environment = os.environ | {name: str(port) for name, port in ports.items()} | dict(self._settings)
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,  # Ctrl-C is ours: we end it, after the table
        )
        self._ready = threading.Event()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        while not self._ready.wait(0.002):
            if self._process.poll() is not None or time.perf_counter() - began > self._patience:
                said = self.said()
                self._end()
                raise NotReadyError(said or "nothing was said")
        self.seconds = time.perf_counter() - began
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    @property
    def process_id(self) -> int:
        return self._process.pid

    def said(self) -> str:
        """The last lines it has written."""
        return "".join(self._lines)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("ready "):
                self._ready.set()
            self._lines.append(line)

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._listener.join(5)
        if self._process.stdout is not None and not self._listener.is_alive():
            self._process.stdout.close()
