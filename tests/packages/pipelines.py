"""The script lines of every template in ci/, run against the embedded platform.

pipelines.py ROOT WORK BINARY: each host gets a platform of its own and a clone of a project; its install line finds the wheel in
WORK/wheels. What a host does around the lines (variables, files that go from job to job) is played here.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor

import gitlab as python_gitlab
import pip
import yaml
from gitlab.v4.objects import ProjectMergeRequest

root, work, binary = (pathlib.Path(argument) for argument in sys.argv[1:])
PYTHON = work / "pipelines/python"
KEY = "key-of-the-pipelines"
NOTE_TOKEN = "token-of-the-project"
# More than a page.
OTHERS = 25
BASH = ["bash", "-eo", "pipefail", "-c"]

# A step: the shell, its script, and the variables that the template gives it.
Step = tuple[list[str], str, dict[str, str]]


def gitlab_parts() -> tuple[dict, dict]:
    """The header of the component, and its jobs with the defaults of the inputs, as GitLab fills them in."""
    header, body = (root / "ci/gitlab/templates/sandgate.yml").read_text().split("\n---\n")
    inputs = yaml.safe_load(header)["spec"]["inputs"]
    for name, given in inputs.items():
        body = body.replace(f"$[[ inputs.{name} ]]", given["default"])
    assert "$[[" not in body, "an input that the header does not name"
    return yaml.safe_load(header), yaml.safe_load(body)


def gitlab() -> dict[str, list[Step]]:
    _, jobs = gitlab_parts()
    base = jobs[".sandgate"]

    def step(job: dict, **more: str) -> list[Step]:
        assert job["extends"] == ".sandgate"
        script = "\n".join(base["before_script"] + job["script"])
        return [(BASH, script, base["variables"] | job.get("variables", {}) | more)]

    steps = {stage: step(jobs[f"sandgate-{stage}"]) for stage in ("lint", "deploy", "promote")}
    assert jobs["sandgate-promote"]["allow_failure"]["exit_codes"] == [8]
    # The checkout of the deploy is packed: nothing that an earlier job left may be put there.
    assert jobs["sandgate-deploy"]["needs"] == [{"job": "sandgate-lint", "artifacts": False}]
    page = (root / "docs/ci.md").read_text()
    _, many = re.findall(r"^```yaml\n(.*?)^```$", page, re.M | re.S)
    many = yaml.safe_load(many)
    # The folders of its matrix are whatever is checked out here.
    steps["images"] = step(many["sandgate-images"], SANDGATE_PATHS=".")
    steps["note"] = step(many["sandgate-note"])
    return steps


def bitbucket() -> dict[str, list[Step]]:
    page = yaml.safe_load((root / "ci/bitbucket/bitbucket-pipelines.yml").read_text())
    found = [step["step"] for step in page["pipelines"]["branches"]["main"]]
    return {step["name"].lower(): [(BASH, "\n".join(step["script"]), {})] for step in found}


def circleci() -> dict[str, list[Step]]:
    page = yaml.safe_load((root / "ci/circleci/config.yml").read_text())

    def lines(steps: list) -> list[Step]:
        out: list[Step] = []
        for step in steps:
            if isinstance(step, str) and step in page["commands"]:
                out += lines(page["commands"][step]["steps"])
            elif isinstance(step, dict) and "run" in step:
                out.append((BASH, step["run"]["command"], {}))
        return out

    return {name: lines(job["steps"]) for name, job in page["jobs"].items()}


def buildkite() -> dict[str, list[Step]]:
    page = yaml.safe_load((root / "ci/buildkite/pipeline.yml").read_text())
    steps = {}
    for step in page["steps"]:
        if "command" in step:
            name = step["label"].split()[-1].lower()
            # What one dollar names is filled in when the pipeline is uploaded: nothing may be.
            assert not re.search(r"(?<!\$)\$[A-Za-z{]", step["command"]), step["command"]
            steps[name] = [(["bash", "-e", "-c"], step["command"].replace("$$", "$"), {})]
            if name == "promote":
                assert step["soft_fail"] == [{"exit_status": 8}]
    return steps


def azure() -> dict[str, list[Step]]:
    page = yaml.safe_load((root / "ci/azure/azure-pipelines.yml").read_text())
    out: dict[str, list[Step]] = {}
    for stage in page["stages"]:
        job = stage["jobs"][0]
        steps = job["steps"] if "steps" in job else job["strategy"]["runOnce"]["deploy"]["steps"]
        # Without -e and pipefail, as the host has it.
        out[stage["stage"]] = [(["bash", "-c"], step["bash"], {}) for step in steps if "bash" in step]
        tools = [step.get("task", step.get("bash", "")).partition(" ")[0] for step in steps]
        assert tools.index("UsePythonVersion@0") < tools.index("pip"), f"{stage['stage']}: the Python of the image takes no packages"
        secret = any("BL_API_KEY" in step.get("env", {}) for step in steps)
        assert secret == (stage["stage"] != "lint"), f"{stage['stage']}: who gets the key"
    return out


def jenkins() -> dict[str, list[Step]]:
    page = (root / "ci/jenkins/Jenkinsfile").read_text()
    # What is stashed comes back where the record is wanted.
    page = re.sub(r"\bstash name: '[^']*', includes: '([^']*)'", r"sh 'cp \1 ../stash'", page)
    page = re.sub(r"\bunstash '[^']*'", "sh 'cp ../stash/* .'", page)
    stages = re.split(r"stage\('(\w+)'\)", page)[1:]
    by_name = dict(zip(stages[::2], stages[1::2]))
    # In a container the host sets no PATH. It asks before it looks whose turn it is, unless told otherwise.
    assert "PATH =" not in page
    order = [by_name["Promote"].index(part) for part in ("beforeInput true", "branch 'main'", "timeout(", "input {", "agent {")]
    assert order == sorted(order) and "agent none" in page, "who is asked to promote, and what is held meanwhile"
    lines = {name: re.findall(r"(?:\bsh |script: )'([^']*)'", text) for name, text in by_name.items()}
    steps = {name.lower(): [(["sh", "-e", "-c"], line, {}) for line in found] for name, found in lines.items()}
    steps["lint"] = steps.pop("install") + steps["lint"]
    return steps


# Each host, the reports that its lint leaves, and the code of a promotion that waits for somebody: 8 where the host itself is told
# what to make of it.
HOSTS = {
    "gitlab": (gitlab, ["gl-code-quality-report.json"], 8),
    "bitbucket": (bitbucket, ["test-results/sandgate.xml"], 0),
    "circleci": (circleci, ["reports/sandgate/junit.xml", "reports/sandgate.sarif"], 0),
    "buildkite": (buildkite, ["../agent/sandgate-junit.xml", "../agent/annotation.md"], 8),
    "azure": (azure, ["../staging/reports/sandgate-junit.xml", "../staging/reports/sandgate.sarif", "../staging/reports/sandgate.md"], 0),
    "jenkins": (jenkins, ["sandgate-junit.xml", "sandgate.sarif"], 8),
}


# Where every job starts from a fresh clone. Elsewhere a job finds what the ones before it left.
FRESH = {"gitlab", "bitbucket", "circleci", "azure"}
# Where the template makes an environment for Python: the program is found there alone.
OWN_PYTHON = {"buildkite", "jenkins"}


def findings(report: pathlib.Path) -> int:
    """How many findings a report tells, read as its host reads it."""
    text = report.read_text()
    if report.suffix == ".xml":
        return len(xml.fromstring(text).findall(".//failure"))
    if report.suffix == ".sarif":
        return sum(result["level"] == "error" for result in json.loads(text)["runs"][0]["results"])
    if report.suffix == ".md":
        return text.count("SG201")
    entries = json.loads(text)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    return sum(entry["severity"] in ("blocker", "critical", "major") for entry in entries)


class Host:
    """One host with its platform and its checkout."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps = HOSTS[name][0]()
        self.folder = work / "pipelines" / name
        self.log = ""
        tools = self.folder / "tools"
        tools.mkdir(parents=True)
        # The agent of Buildkite: `annotate` reads, `artifact download` finds the file where the step before left it.
        agent, kept = tools / "buildkite-agent", self.folder / "agent"
        kept.mkdir()
        agent.write_text(
            f"#!/bin/sh\ncase $1,$2 in annotate,*) cat >'{kept}/annotation.md' ;; artifact,upload) cp \"$3\" '{kept}' ;;"
            ' artifact,download) [ -f "$3" ] ;; *) exit 9 ;; esac\n'
        )
        agent.chmod(0o755)
        (self.folder / "stash").mkdir()
        if name in OWN_PYTHON:
            # `-m venv`, with the pip that is there: to put one into each takes seconds.
            python, site = tools / "python3", pathlib.Path(pip.__file__).parents[1]
            python.write_text(
                f"#!/bin/sh -e\n{sys.executable} \"$@\" --without-pip\nfor folder; do :; done\n"
                f'echo {site} >"$(echo "$folder"/lib/python*/site-packages)/pip.pth"\n'
                'printf \'#!/bin/sh\\nexec "%s/bin/python" -m pip "$@"\\n\' "$folder" >"$folder/bin/pip"\n'
                'chmod +x "$folder/bin/pip"\n'
            )
            python.chmod(0o755)
        arguments = ["--key", KEY, "--workspace", "dev=own", "--workspace", "prod=own", "--workspace", "far=other"]
        self.sim = subprocess.Popen([binary, "sim", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.sim.stdout.readline().strip()

    def checkout(self, project: str) -> pathlib.Path:
        """A clone of a project that has its origin, as every host makes one."""
        origin, clone = self.folder / f"{project}.git", self.folder / project
        shutil.copytree(root / "fixtures" / project, origin)
        # Whatever lies in the checkout is part of the image.
        (origin / ".dockerignore").write_text(".git\nREADME.md\n")
        git = ["git", "-c", "user.name=test", "-c", "user.email=test@example.com"]
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
            subprocess.run([*git, *command], cwd=origin, check=True)
        subprocess.run([*git, "clone", "-q", origin, clone], check=True)
        return clone

    def run(self, stage: str, clone: pathlib.Path, **variables: str) -> int:
        """Runs a stage; its code is that of the first step that fails. The platform is known to deploy and promote alone."""
        staging, workspace = self.folder / "staging", self.folder / "workspace"
        staging.mkdir(exist_ok=True)
        given_python = "" if self.name in OWN_PYTHON else f"{PYTHON}/bin:"
        if stage == "deploy" and self.name in FRESH:
            subprocess.run(["git", "clean", "-ffdxq"], cwd=clone, check=True)
        temp = self.folder / "temp"
        temp.mkdir(exist_ok=True)
        environment = {
            "PATH": f"{self.folder}/tools:{given_python}{os.environ['PATH']}",
            "TMPDIR": str(temp),
            "WORKSPACE_TMP": f"{clone}@tmp",
            "HOME": str(self.folder),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(work / "wheels"),
            "BUILD_ARTIFACTSTAGINGDIRECTORY": str(staging),
            "PIPELINE_WORKSPACE": str(workspace),
        }
        if stage not in ("lint", "images", "note"):
            environment |= {"BL_API_URL": self.url, "BL_API_KEY": KEY, "BL_WORKSPACE": "dev"}
        if self.name == "gitlab":
            environment |= self.gitlab(stage, clone)
        for shell, script, given in self.steps[stage]:
            done = subprocess.run(
                [*shell, script],
                cwd=clone,
                env=environment | given | variables,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            self.log += f"$ {script}\n{done.stdout}{done.stderr}"
            if done.returncode != 0:
                return done.returncode
        if stage == "deploy" and self.name != "gitlab":
            (workspace / "sandgate-record").mkdir(parents=True, exist_ok=True)
            shutil.copy(clone / "sandgate-record.json", workspace / "sandgate-record")
        return 0

    def gitlab(self, stage: str, clone: pathlib.Path) -> dict[str, str]:
        """What GitLab's runner says: a merge request is linted, and its merge is deployed; with what the deploy left as variables."""
        head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=clone, check=True, capture_output=True, text=True).stdout.strip()
        variables = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.url.replace("/v0", "/api/v4"),
            "CI_SERVER_URL": "https://gitlab.example",
            "CI_PROJECT_ID": "5",
            "CI_PROJECT_PATH": "group/shop",
            "CI_PROJECT_URL": "https://gitlab.example/group/shop",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": head,
            "CI_PIPELINE_ID": "11",
            "CI_JOB_ID": "12",
            "SANDGATE_GITLAB_TOKEN": NOTE_TOKEN,
        }
        self.forge("requests", {"project": 5, "number": 7, "sha": head, "merged": True})
        if stage in ("deploy", "promote"):
            left = clone / "sandgate.env"
            lines = left.read_text().splitlines() if left.exists() else []
            return variables | dict(line.split("=", 1) for line in lines) | {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main"}
        return variables | {
            "CI_PIPELINE_SOURCE": "merge_request_event",
            "CI_MERGE_REQUEST_IID": "7",
            "CI_MERGE_REQUEST_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_PROJECT_PATH": "group/shop",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "group/shop",
            "CI_MERGE_REQUEST_DIFF_BASE_SHA": head,
        }

    def forge(self, path: str, body: dict | None = None) -> dict:
        """What is on the embedded GitLab; with a body, something is made there."""
        url = self.url.replace("/v0", f"/_sim/gitlab/{path}".rstrip("/"))
        data = json.dumps(body).encode() if body else None
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            return json.load(answer)

    def note(self) -> str:
        """The one note of the merge request, as a client of other hands reads it; none told GitLab to do anything."""
        (request,) = self.forge("")["projects"][0]["requests"]
        assert request["commands"] == [], request["commands"]
        client, request = self.client(NOTE_TOKEN)
        notes = list(request.notes.list(iterator=True, per_page=20))
        assert len(notes) == OTHERS + 1, len(notes)
        (note,) = (note for note in notes if note.author["id"] == client.user.id)
        return request.notes.get(note.id).body

    def client(self, token: str) -> tuple[python_gitlab.Gitlab, ProjectMergeRequest]:
        """python-gitlab with a token, and the merge request."""
        client = python_gitlab.Gitlab(self.url.removesuffix("/v0"), private_token=token)
        client.auth()
        return client, client.projects.get(5, lazy=True).mergerequests.get(7, lazy=True)

    def record(self, clone: pathlib.Path) -> dict:
        """What a deploy wrote down."""
        if self.name != "gitlab":
            return json.loads((clone / "sandgate-record.json").read_text())
        (leg,) = json.loads((clone / "sandgate-report.json").read_text())["legs"]
        return leg | {"image": leg["reference"], "tag": leg["reference"].split(":")[1], "context_digest": leg["digest"]}

    def packed(self, clone: pathlib.Path) -> str:
        """The digest of what a deploy of this folder uploads."""
        return subprocess.run([binary, "pack", clone], check=True, capture_output=True, text=True).stdout.split()[1]

    def ask(self, *arguments: str) -> str:
        """What the platform says now."""
        environment = {"PATH": os.environ["PATH"], "BL_API_URL": self.url, "BL_API_KEY": KEY, "BL_WORKSPACE": "dev"}
        return subprocess.run([binary, *arguments], env=environment, check=True, capture_output=True, text=True).stdout

    def whole(self) -> str:
        """A good project goes all the way, a bad one ends at its lint, and a promotion that waits says so."""
        _, reports, waiting = HOSTS[self.name]
        good = self.checkout("go-multistage")
        committed = self.packed(good)
        if self.name == "gitlab":
            self.forge("requests", {"project": 5, "number": 7})
            _, request = self.client("glpat-ada")
            for number in range(OTHERS):
                request.notes.create({"body": f"note {number}"})
        target = {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main"}
        assert self.run("lint", good, **target) == 0, "lint of a good project"
        assert all(findings(good / report) == 0 for report in reports), reports
        assert self.run("deploy", good) == 0, "deploy"
        record = self.record(good)
        assert record["status"] == "succeeded" and not record["simulated"], record
        assert record["context_digest"] == committed, "the image holds what the pipeline made"
        if self.name == "gitlab":
            assert f"SANDGATE_IMAGE_ID={record['image']}\n" in (good / "sandgate.env").read_text()
        assert self.run("promote", good, SANDGATE_PROMOTE_TO="prod") == 0, "promote"
        assert "prod" in self.ask("image", "shares", record["image"].split(":")[0]), "nothing is shared"
        assert record["tag"] in (good / "sandgate-promotion.json").read_text()
        if self.name == "gitlab":
            assert "promoted to <code>prod</code>" in self.note(), self.note()
        assert self.run("promote", good, SANDGATE_PROMOTE_TO="other/far") == waiting, "a promotion that waits"
        assert self.run("promote", good, SANDGATE_PROMOTE_TO="nowhere") not in (0, 8), "a promotion that fails"
        bad = self.checkout("bad-agent")
        assert self.run("lint", bad) == 1, "lint of a bad project"
        assert all(findings(bad / report) > 0 for report in reports), reports
        if self.name == "gitlab":
            assert "1 of 1 failed" in self.note() and "SG201" in self.note(), self.note()
            assert self.run("images", bad) == 1, "one job of a matrix"
            assert self.run("note", bad) == 0, "the job that tells of all"
            assert "/-/blob/" in self.note() and (bad / "records/12.json").is_file(), self.note()
            assert NOTE_TOKEN not in self.log
        assert KEY not in self.log
        assert not list((self.folder / "temp").iterdir()), "a temporary folder is left behind"
        return f"{self.name}: lints, reports ({', '.join(pathlib.Path(report).name for report in reports)}), deploys, promotes"


def play(name: str) -> str:
    host = Host(name)
    try:
        return host.whole()
    except AssertionError as error:
        raise SystemExit(f"{name}: {error}\n{host.log[-4000:]}") from error
    finally:
        host.sim.terminate()


if __name__ == "__main__":
    shutil.rmtree(work / "pipelines", ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", PYTHON], check=True)
    # Once: the install lines then find that they have what they name, but for those that make an environment of their own.
    offline = ["--no-index", "--find-links", work / "wheels"]
    subprocess.run([PYTHON / "bin/pip", "install", "-q", *offline, "sandgate"], check=True)
    with ThreadPoolExecutor(2) as pool:
        for line in pool.map(play, HOSTS):
            print(line)
