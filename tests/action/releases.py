"""A server of releases on this machine that behaves as the first part of a path says, up to its dot.

`releases.py FOLDER LOG`: serves FOLDER below every first part of a path, prints its address, and writes each request to LOG.
"""

import http.server
import pathlib
import sys
import time

folder, log = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
seen = {}


class Releases(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with log.open("a", encoding="utf-8") as lines:
            print(self.path, self.headers["User-Agent"], file=lines)
        mode, _, rest = self.path.lstrip("/").partition("/")
        mode = mode.split(".")[0]
        seen[self.path] = times = seen.get(self.path, 0) + 1
        file = folder / rest
        if mode == "missing" or not file.is_file():
            return self.send_error(404)
        if mode == "broken" or (mode == "502-first" and times == 1):
            return self.send_error(502)
        if mode == "elsewhere":
            self.send_response(302)
            self.send_header("Location", f"http://{self.headers['Host']}/good/{rest}")
            return self.end_headers()
        if mode == "other-protocol":
            self.send_response(302)
            self.send_header("Location", f"ftp://{self.headers['Host']}/good/{rest}")
            return self.end_headers()
        body = file.read_bytes()
        if mode == "other":
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if mode == "truncated" or (mode == "truncated-first" and times == 1):
            body = body[: len(body) // 2]
        if mode == "stalled":
            self.wfile.write(body[:10])
            self.wfile.flush()
            return time.sleep(60)
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Releases)
server.daemon_threads = True
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
server.serve_forever()
