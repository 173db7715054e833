"""The server: `python -m enforcement.server [--host 127.0.0.1] [--port 8000]`.

Waitress reads requests and sends answers in one loop and gives a thread only what has arrived whole, so that a
slow client costs a socket and not a thread; two slow clients stop a server that reads in its workers.
"""

import argparse
import signal
import sys

import waitress

THREADS = 16
CONNECTIONS = 1_000
MOST_BYTES = 512 * 1024 * 1024  # twenty documents at once; more is refused before it is read
IDLE_SECONDS = 60  # a client that says nothing for so long is let go


def main():
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    reader.add_argument("--host", default="127.0.0.1")
    reader.add_argument("--port", type=int, default=8000)
    asked = reader.parse_args()
    # A polite stop runs what is registered for the end; the last one out stops the embedded database.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    from enforcement.wsgi import application

    waitress.serve(
        application,
        host=asked.host,
        port=asked.port,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=IDLE_SECONDS,
        max_request_body_size=MOST_BYTES,
        asyncore_use_poll=True,
        ident=None,
        # The headers of a proxy in front are read by Django, by what ENFORCEMENT_HTTPS says of it.
        clear_untrusted_proxy_headers=False,
    )


if __name__ == "__main__":
    main()
