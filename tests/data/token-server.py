"""Gives tokens for pulls to whoever logs in as ci, or has an identity token. Arguments: port, key, certificate."""

import base64, json, sys, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import jwt

port, key_file, cert_file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
key = open(key_file).read()
cert = "".join(line.strip() for line in open(cert_file) if not line.startswith("-----"))
LOGIN = "Basic " + base64.b64encode(b"ci:synthetic-word").decode()
IDENTITY = "synthetic-identity"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        query = parse_qs(urlparse(self.path).query)
        if self.headers.get("Authorization") != LOGIN:
            return self.refuse(401)
        self.give(query)

    def do_POST(self):
        # RFC 6749, section 6.
        query = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if query.get("grant_type") != ["refresh_token"] or query.get("refresh_token") != [IDENTITY]:
            return self.refuse(400)
        self.give(query)

    def refuse(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def give(self, query):
        kind, name, actions = query["scope"][0].split(":")
        now = int(time.time())
        claims = {
            "iss": "test-issuer", "sub": "ci", "aud": "test-registry", "jti": "1",
            "exp": now + 300, "nbf": now - 10, "iat": now,
            "access": [{"type": kind, "name": name, "actions": actions.split(",")}],
        }
        token = jwt.encode(claims, key, algorithm="ES256", headers={"x5c": [cert]})
        body = json.dumps({"token": token, "expires_in": 300}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
