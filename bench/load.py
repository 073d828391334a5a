"""`python -m bench.load URL SECRET SECONDS CONNECTIONS webhook|floor`: sends signed city-app webhooks (or requests for a
path that nobody knows) over keep-alive connections for a time, and prints what came back as JSON. A process of its
own, so that signing and sending take nothing from the server's interpreter.
"""

from __future__ import annotations

import json
import sys
import threading
import time

from bench.traffic import app_reports, signed_app
from local.demo_http import Http


def main(url: str, secret: str, seconds: float, connections: int, kind: str) -> dict[str, float]:
    """How many answers had the right status, how many another, and in what time."""
    http, right, wrong, lock = Http(url), [0], [0], threading.Lock()
    began = time.perf_counter()
    end = began + seconds

    def send(which: int) -> None:
        reports = app_reports(seed=1000 + which)
        while time.perf_counter() < end:
            if kind == "webhook":
                body, headers = signed_app(next(reports), secret)
                good = http.call("POST", "/channels/jaki", body, headers)[0] == 200
            else:
                good = http.call("GET", "/nothing-here")[0] == 404
            with lock:
                (right if good else wrong)[0] += 1

    threads = [threading.Thread(target=send, args=(which,)) for which in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"right": right[0], "wrong": wrong[0], "seconds": time.perf_counter() - began}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), sys.argv[5])))
