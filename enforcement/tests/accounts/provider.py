"""A small provider of OpenID Connect that answers over HTTP on this machine, and lies when a test wants it to."""

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "mining", "a secret of the office"


class Provider(HTTPServer):
    """Who asks `/authorize` is `claims["sub"]` at once. A test changes what it says: claims, header, key, metadata."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server_port}/office"
        self.key, self.other_key = (RSAKey.generate_key(2048, {"kid": "1"}, private=True) for _key in range(2))
        self.questions, self.asked_for, self.statuses = {}, [], {}
        self.claims, self.header, self.metadata, self.signs_with = {"sub": "person-1"}, {"alg": "RS256"}, {}, self.key

    def announced(self):
        places = {
            "authorization_endpoint": "authorize",
            "token_endpoint": "token",
            "jwks_uri": "keys",
        }
        return (
            {"issuer": self.issuer}
            | {name: f"{self.issuer}/{place}" for name, place in places.items()}
            | {"id_token_signing_alg_values_supported": ["RS256", "none", "HS256"]}
            | self.metadata
        )

    def id_token(self, nonce):
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": nonce} | self.claims
        header = {"kid": "1"} | self.header
        if header["alg"] == "RS256":
            return jwt.encode(header, claims, self.signs_with)
        # What no library signs: without a key, or with a text as the key.
        parts = ".".join(_in_address(json.dumps(part).encode()) for part in (header, claims))
        digest = b"" if header["alg"] == "none" else hmac.digest(self.signs_with, parts.encode(), "sha256")
        return f"{parts}.{_in_address(digest)}"


def _in_address(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        place = address.path.rpartition("/")[2]
        self.server.asked_for.append(place)
        if place == "authorize":
            self.authorize({name: values[0] for name, values in parse_qs(address.query).items()})
        elif place == "keys":
            self.answer(KeySet([self.server.key]).as_dict(private=False))
        else:
            self.answer(self.server.announced(), place)

    def do_POST(self):
        self.server.asked_for.append("token")
        typed = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        question = self.server.questions.pop(typed["code"][0], {"code_challenge": ""})
        digest = hashlib.sha256(typed["code_verifier"][0].encode()).digest()
        proven = _in_address(digest) == question["code_challenge"]
        who = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not proven or self.headers["Authorization"] != f"Basic {who}":
            self.server.statuses["token"] = 400
            self.answer({"error": "invalid_grant"}, "token")
            return
        token = {"access_token": "unused", "token_type": "Bearer", "expires_in": 60}
        self.answer(token | {"id_token": self.server.id_token(question["nonce"])}, "token")

    def authorize(self, question):
        code = secrets.token_urlsafe()
        self.server.questions[code] = question
        self.send_response(302)
        back = urlencode({"code": code, "state": question["state"]})
        self.send_header("Location", f"{question['redirect_uri']}?{back}")
        self.end_headers()

    def answer(self, told, place=""):
        body = json.dumps(told).encode()
        self.send_response(self.server.statuses.get(place, 200))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def provider_running():
    """A `Provider` that answers until the end of the block."""
    with Provider() as provider:
        thread = threading.Thread(target=provider.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()
