"""`python -m local`: the whole city desk on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import socket
import sys
import threading
from pathlib import Path

from local.settings import HOST, REGION, Settings, SettingsError, read


def main(arguments: list[str] | None = None) -> int:
    """Start, say so, run until told to stop. 0 after a clean end, 1 when it could not start."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--app", default="app", help="the module with the handlers (default: %(default)s)")
    parser.add_argument("--template", type=Path, default=Path(".chalice/resources.json"), help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    try:
        settings = read(os.environ)
        for name, port in settings.ports.items():
            _must_be_free(name, port)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    from chalicelib.city import CityPackError, load
    from local.run import LocalRun
    from local.template import TemplateError

    try:
        load(settings.city)
        run = LocalRun(settings, app=chosen.app, template=chosen.template)
    except (TemplateError, CityPackError) as error:
        print(error, file=sys.stderr)
        return 1
    _greet(settings)
    stopping.wait()
    run.stop()
    sys.stdout.flush()
    return 0


def _must_be_free(name: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise SettingsError(
                    f"port {port} is in use; set {name} to another, such as {name}={port + 1}"
                ) from None
            raise SettingsError(f"port {port} cannot be used ({error.strerror}); set {name} to another") from None


def _greet(settings: Settings) -> None:
    print(
        f"ready {settings.public_url}",
        f"aws {settings.aws_url}",
        f"smtp {HOST}:{settings.smtp_port}",
        f"city {settings.city}, SLA_SCALE {settings.sla_scale:g}",
        f"outbox, tokens, schedules: {settings.public_url}/_local/",
        "AWS CLI: AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local "
        f"AWS_DEFAULT_REGION={REGION} AWS_ENDPOINT_URL={settings.aws_url} aws dynamodb list-tables",
        "Ctrl-C ends it; nothing is kept. LOG_LEVEL=INFO shows every call.",
        sep="\n",
        flush=True,
    )


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads of libraries that do not end by themselves must not hold it up
