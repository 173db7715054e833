"""Junk reports: `python -m enforcement.workshop.junk PORT RATE SECONDS` sends so many a second.

Each comes as if from another address. A process of its own, so that the clients that measure do not wait for it.
It prints how long it took and how many answers of each status came back, as JSON.
"""

import http.client
import json
import random
import sys
import threading
import time
from collections import Counter
from urllib.parse import urlencode

SENDERS = 8  # threads; each waits for its answer


def flood(port, rate, seconds):
    statuses, begun, lock = Counter(), time.monotonic(), threading.Lock()
    turns = iter(range(rate * seconds))

    def send():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None or time.monotonic() - begun > seconds * 2:
                return
            time.sleep(max(0, begun + turn / rate - time.monotonic()))
            body = urlencode({"kind": "mining", "text": f"junk {turn} " * 20, "token": f"{turn}:x"})
            headers = {
                "Host": "localhost", "X-Forwarded-Proto": "https", "Content-Type": "application/x-www-form-urlencoded",
                "X-Forwarded-For": f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}",  # noqa: S311
            }  # fmt: skip
            try:
                connection.request("POST", "/tips/new/", body, headers)
                answer = connection.getresponse()
                answer.read()
                told = answer.status
            except (OSError, http.client.HTTPException) as problem:
                connection.close()
                told = type(problem).__name__
            with lock:
                statuses[told] += 1

    threads = [threading.Thread(target=send) for _number in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"seconds": time.monotonic() - begun, "statuses": statuses}))


if __name__ == "__main__":
    flood(*map(int, sys.argv[1:]))
