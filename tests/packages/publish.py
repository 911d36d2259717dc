"""The script lines of the release workflow that ask or change a registry: publish.py WORKFLOW WORK.

npm and pip are the real ones. npm talks to a registry in this process, pip finds wheels in a folder, and of the forge a script
says what is asked of it. No provenance is signed here.
"""

import base64
import hashlib
import http.server
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import threading
import urllib.parse
import zipfile

import yaml

workflow, work = (pathlib.Path(argument) for argument in sys.argv[1:])
TAGS = ["manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64", "macosx_11_0_arm64", "win_amd64"]
NPM = ["@sandgate/cli-linux-x64", "sandgate"]


class Registry(http.server.BaseHTTPRequestHandler):
    """Keeps what is published; a version once."""

    packages: dict[str, dict] = {}
    files: dict[str, bytes] = {}
    down = False

    def answer(self, code: int, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        path = urllib.parse.unquote(self.path.split("?")[0])[1:]
        if self.down:
            self.answer(403, b'{"error":"not now"}')
        elif path in self.files:
            self.answer(200, self.files[path])
        elif path in self.packages:
            self.answer(200, json.dumps(self.packages[path]).encode())
        else:
            self.answer(404, b'{"error":"Not found"}')

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        known = self.packages.setdefault(body["name"], {"name": body["name"], "versions": {}, "dist-tags": {}})
        if set(body["versions"]) & set(known["versions"]):
            self.answer(403, b'{"error":"there already"}')
            return
        known["versions"] |= body["versions"]
        known["dist-tags"] |= body["dist-tags"]
        (manifest,), (attached,) = body["versions"].values(), body["_attachments"].values()
        tarball = urllib.parse.urlparse(manifest["dist"]["tarball"]).path
        self.files[urllib.parse.unquote(tarball)[1:]] = base64.b64decode(attached["data"])
        self.answer(201, b"{}")

    def log_message(self, *_: object) -> None:
        pass


def steps() -> dict[str, str]:
    """Every script of the workflow, by the name of its step."""
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    return {step["name"]: step["run"] for job in jobs.values() for step in job.get("steps", []) if "run" in step}


def build(folder: pathlib.Path, version: str, content: str) -> None:
    """What the jobs before leave: archives, wheels, npm packages, and the hashes that the Action at the tag pins."""
    shutil.rmtree(folder, ignore_errors=True)
    for kind in ("assets", "wheels", "npm"):
        (folder / "out" / kind).mkdir(parents=True)
    archive = folder / f"out/assets/sandgate-{version}-x.tar.gz"
    archive.write_text(content)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    (folder / "out/assets/SHA256SUMS").write_text(f"{digest}  {archive.name}\n")
    (folder / "action").mkdir()
    (folder / "action/versions").write_text(f"x {digest} 0\n")
    python = version.replace("-rc.", "rc")
    for tag in TAGS:
        info = f"sandgate-{python}.dist-info"
        with zipfile.ZipFile(folder / f"out/wheels/sandgate-{python}-py3-none-{tag}.whl", "w") as wheel:
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: sandgate\nVersion: {python}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: false\n")
            wheel.writestr(f"{info}/RECORD", "")
            wheel.writestr("content", content + tag)
    for name in NPM:
        manifest = json.dumps({"name": name, "version": version, "description": content}).encode()
        file = f"{name.replace('@', '').replace('/', '-')}-{version}.tgz"
        with tarfile.open(folder / "out/npm" / file, "w:gz") as packed:
            entry = tarfile.TarInfo("package/package.json")
            entry.size = len(manifest)
            packed.addfile(entry, io.BytesIO(manifest))


def main() -> None:
    shutil.rmtree(work, ignore_errors=True)
    tools = work / "tools"
    tools.mkdir(parents=True)
    npm = shutil.which("npm")
    scripts = {
        "npm": f'[ "$1 $2" != "publish --provenance" ] || {{ shift 2; set -- publish "$@"; }}\nexec {npm} "$@"',
        # The workflows of main are those of the file `main`, everybody else's are the first ones.
        "gh": 'case "$1 $2" in\n'
        '"api "*ref=main) jq -r "$4" <../main ;; "api "*) jq -r "$4" <../tagged ;;\n'
        '"release download") mkdir -p "$7" && cp ../forge/* "$7" ;;\n'
        '"attestation verify") grep -q . "$3" ;; *) exit 9 ;; esac',
    }
    for name, script in scripts.items():
        (tools / name).write_text(f"#!/bin/bash -e\n{script}\n")
        (tools / name).chmod(0o755)
    same = [{"name": "ci.yml", "sha": "1"}, {"name": "release.yml", "sha": "2"}]
    (work / "tagged").write_text(json.dumps(same))
    (work / "main").write_text(json.dumps(same[::-1]))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found, folder = steps(), work / "job"

    def run(step: str, version: str) -> tuple[int, str]:
        environment = os.environ | {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "HOME": str(work),
            "GITHUB_REPOSITORY": "acme/sandgate",
            "GITHUB_SHA": "tagged",
            "VERSION": version,
            "npm_config_registry": f"http://127.0.0.1:{server.server_port}/",
            f"npm_config_//127.0.0.1:{server.server_port}/:_authToken": "token",
            "npm_config_fetch_retries": "0",
            "npm_config_update_notifier": "false",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(work / "index"),
        }
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", found[step]], cwd=folder, env=environment, capture_output=True, text=True
        )
        return done.returncode, done.stdout + done.stderr

    see, publish, verify = "See that it can be published", "Publish, the launcher last", "Fetch and compare"
    # A pre-release, of packages that hold another version: it does not become the newest.
    for name in NPM:
        Registry.packages[name] = {"name": name, "versions": {"0.0.0": {"name": name, "version": "0.0.0"}}, "dist-tags": {"latest": "0.0.0"}}
    build(folder, "0.2.0-rc.1", "first")
    code, said = run(publish, "0.2.0-rc.1")
    assert code == 0, said
    tags = {name: Registry.packages[name]["dist-tags"] for name in NPM}
    assert all(each == {"latest": "0.0.0", "next": "0.2.0-rc.1"} for each in tags.values()), tags
    # Drafted once more, with the same files: nothing is wrong. What is there is what was made.
    code, said = run(see, "0.2.0-rc.1")
    assert code == 0, said
    shutil.copytree(folder / "out/assets", work / "forge")
    shutil.copytree(folder / "out/wheels", work / "index")
    code, said = run(verify, "0.2.0-rc.1")
    assert code == 0, said
    shutil.rmtree(folder / "fetched")
    next((work / "index").glob("*macosx*")).unlink()
    code, said = run(verify, "0.2.0-rc.1")
    assert code != 0 and "sandgate==0.2.0-rc.1" in said, said
    # Another build of a version that is out.
    build(folder, "0.2.0-rc.1", "second")
    for step in (see, publish):
        code, said = run(step, "0.2.0-rc.1")
        assert code == 1 and "another build" in said, said
    # A registry that does not say is not one that has nothing.
    Registry.down = True
    code, said = run(see, "0.2.0-rc.1")
    assert code == 1 and "not now" in said, said
    Registry.down = False
    # Went on with after a failure: the first is there, the other is not yet. This is no pre-release, and becomes the newest.
    build(folder, "0.2.0", "third")
    packed = (folder / "out/npm/sandgate-cli-linux-x64-0.2.0.tgz").read_bytes()
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    Registry.packages[NPM[0]]["versions"]["0.2.0"] = {"name": NPM[0], "version": "0.2.0", "dist": {"integrity": integrity}}
    code, said = run(publish, "0.2.0")
    assert code == 0 and f"{NPM[0]}@0.2.0 is there already" in said, said
    assert Registry.packages["sandgate"]["dist-tags"]["latest"] == "0.2.0", said
    # Main has got another workflow since.
    (work / "main").write_text(json.dumps([*same[:1], {"name": "release.yml", "sha": "3"}]))
    code, said = run(see, "0.2.0")
    assert code == 1 and "main has other workflows" in said, said
    server.shutdown()


main()
