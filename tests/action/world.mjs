// What a workflow meets: a repository with pull requests, GitHub and Blaxel (`sandgate sim`), and the Action as it is released,
// with the built program pinned and fetched from a server of releases.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join, resolve } from "node:path";
import { run } from "./runner.mjs";

export const REPOSITORY = "o/r";
/** The key of the platform: it must be nowhere but in its mask. */
export const KEY = "key-of-dev-c4nary";
const VERSION = "0.1.0";
const started = [];
process.on("exit", () => started.forEach((child) => child.kill()));

/** Starts a program that prints its address. */
async function server(program, args, errors) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", openSync(errors, "w")] });
  started.push(child);
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("exit", (code) => reject(new Error(`${program} ended: ${code}`)));
    child.stdout.setEncoding("utf8").once("data", (text) => resolve(text.trim()));
  });
}

/** The Action as a release has it: `versions` pins the program, which is fetched from a server on this machine. */
export async function released(folder, program) {
  const action = join(folder, "action");
  const releases = join(folder, "releases");
  cpSync("action", join(action, "action"), { recursive: true });
  cpSync("action.yml", join(action, "action.yml"));
  mkdirSync(join(releases, `v${VERSION}`), { recursive: true });
  const own = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-unknown-linux-musl`;
  for (const system of ["unknown-linux-musl", "apple-darwin", "pc-windows-msvc"]) {
    for (const target of [`x86_64-${system}`, `aarch64-${system}`]) {
      const name = `sandgate-${VERSION}-${target}`;
      const file = join(releases, name, system.includes("windows") ? "sandgate.exe" : "sandgate");
      mkdirSync(join(releases, name));
      if (target === own) execFileSync("strip", ["-o", file, program]);
      else writeFileSync(file, `for ${target}`);
      execFileSync("tar", ["--use-compress-program=gzip -1", "-cf", join(releases, `v${VERSION}`, `${name}.tar.gz`), "-C", releases, name]);
    }
  }
  const url = await server("python3", ["tests/action/releases.py", releases, join(folder, "requests")], join(folder, "releases.err"));
  execFileSync(join(action, "action/pin.sh"), [VERSION, `${url}/good`, join(releases, `v${VERSION}`)]);
  return action;
}

const git = (folder, ...args) =>
  execFileSync("git", ["-C", folder, ...args], {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      ...Object.fromEntries(["AUTHOR", "COMMITTER"].flatMap((who) => [[`GIT_${who}_NAME`, "A"], [`GIT_${who}_EMAIL`, "a@example.com"]])),
    },
  }).trim();

/** A repository whose `main` has projects: folders by the names of their images. */
export class Origin {
  constructor(folder, projects) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    git(folder, "init", "-q", "-b", "main");
    git(folder, "config", "uploadpack.allowAnySHA1InWant", "true");
    this.projects = Object.values(projects);
    for (const [name, path] of Object.entries(projects)) {
      cpSync("fixtures/go-multistage", join(folder, path), { recursive: true });
      this.write(`${path}/blaxel.toml`, this.read(`${path}/blaxel.toml`).replace(/^name = .*$/m, `name = "${name}"`));
    }
    this.main = this.commit("First");
  }

  commit(message) {
    git(this.folder, "add", "-A");
    git(this.folder, "commit", "-q", "--allow-empty", "-m", message);
    return git(this.folder, "rev-parse", "HEAD");
  }

  write(path, text) {
    writeFileSync(join(this.folder, path), text);
  }

  read(path) {
    return readFileSync(join(this.folder, path), "utf8");
  }

  /** A branch from `main` with changes, and what GitHub makes of it: its merge commit. */
  pull(branch, change) {
    git(this.folder, "switch", "-q", "-c", branch, "main");
    change(this);
    const head = this.commit(`Change of ${branch}`);
    git(this.folder, "switch", "-q", "--detach", "main");
    git(this.folder, "merge", "-q", "--no-ff", "-m", "Merge", branch);
    const merge = git(this.folder, "rev-parse", "HEAD");
    git(this.folder, "switch", "-q", "main");
    return { head, merge, base: git(this.folder, "rev-parse", "main") };
  }

  /** What a merge queue makes of branches: `main`, and one merged after the other. */
  queue(branches) {
    git(this.folder, "switch", "-q", "--detach", "main");
    for (const branch of branches) git(this.folder, "merge", "-q", "--no-ff", "-m", `Merge ${branch}`, branch);
    const head = git(this.folder, "rev-parse", "HEAD");
    git(this.folder, "switch", "-q", "main");
    return { base: git(this.folder, "rev-parse", "main"), head };
  }

  /** Merges a branch for good. */
  merge(branch, number) {
    const before = git(this.folder, "rev-parse", "main");
    git(this.folder, "merge", "-q", "--no-ff", "-m", `Merge pull request #${number} from o/${branch}`, branch);
    return { before, after: git(this.folder, "rev-parse", "main") };
  }

  checkout(into, commit, depth) {
    git(into, "init", "-q");
    const url = `file://${this.folder}`;
    if (depth === 0) git(into, "fetch", "-q", url, "+refs/heads/*:refs/remotes/origin/*", commit);
    else git(into, "fetch", "-q", `--depth=${depth}`, url, commit);
    git(into, "checkout", "-q", "--detach", commit);
  }
}

/** GitHub's and Blaxel's side, and the ways to look at them. */
export class World {
  static async start(folder, { program, action, origin, docs, scenario = "happy" }) {
    const world = new World();
    mkdirSync(join(folder, "home"), { recursive: true });
    world.address = new URL(
      await server(program, ["sim", "--key", KEY, "--workspace", "dev=own", "--workspace", "prod=own", "--scenario", scenario], join(folder, "sim.err")),
    ).origin;
    world.origin = origin;
    world.root = docs;
    world.folder = folder;
    world.secrets = { BL_API_KEY: KEY };
    // As the docs have it: a branch rule, and a tag rule.
    world.environments = {
      production: { lets: /^refs\/heads\/main$/, secrets: { PRODUCTION_API_KEY: KEY } },
      "production-release": { lets: /^refs\/tags\/v/, secrets: { PRODUCTION_API_KEY: KEY } },
    };
    world.vars = { BL_WORKSPACE: "dev", PRODUCTION_WORKSPACE: "prod" };
    world.environment = { PATH: process.env.PATH, HOME: join(folder, "home"), BL_API_URL: `${world.address}/v0` };
    // Permissions that jobs ask for and do not get.
    world.withheld = [];
    world.actions = {
      "acme/sandgate": { composite: action },
      "actions/checkout": (given, { github }) => world.checkedOut(given, github),
      "actions/upload-artifact": (given, { github }) => world.uploaded(given, github),
      "actions/download-artifact": (given, { github }) => world.downloaded(given, github),
      "github/codeql-action/upload-sarif": (given, { github }) => world.scanned(given, github),
    };
    world.ran = 0;
    world.runs = [];
    // Of each run what GitHub lists, and the permissions of each token.
    world.listed = [];
    world.tokens = new Map();
    await world.make("repositories", { name: REPOSITORY, private: true });
    return world;
  }

  async make(what, body) {
    const answer = await fetch(`${this.address}/_sim/github/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${what}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Everything at GitHub. */
  async github() {
    const { repositories } = await (await fetch(`${this.address}/_sim/github`)).json();
    return repositories.find(({ name }) => name === REPOSITORY);
  }

  /** An answer of Blaxel's API. */
  async blaxel(path, workspace = "dev") {
    const answer = await fetch(`${this.address}/v0${path}`, {
      headers: { Authorization: `Bearer ${KEY}`, "X-Blaxel-Workspace": workspace },
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  sandboxes() {
    return this.blaxel("/sandboxes");
  }

  async share(image, workspace) {
    const answer = await fetch(`${this.address}/v0/images/sandbox/${image}/share`, {
      method: "POST",
      headers: { Authorization: `Bearer ${KEY}`, "X-Blaxel-Workspace": "dev", "Content-Type": "application/json" },
      body: JSON.stringify({ targetWorkspace: workspace }),
    });
    if (!answer.ok) throw new Error(`share: ${answer.status} ${await answer.text()}`);
  }

  async comments(issue) {
    return (await this.github()).comments.filter((comment) => comment.issue === issue);
  }

  /** The token of a job: it may do what its `permissions` say and nothing else; for a fork's pull request only read. */
  async token(permissions) {
    const token = `ghs_${this.ran}_${Math.random().toString(36).slice(2)}`;
    const allowed = Object.entries(permissions)
      .filter(([name]) => !this.withheld.includes(name))
      .map(([name, level]) => [name.replaceAll("-", "_"), this.fork && level === "write" ? "read" : level]);
    this.tokens.set(token, Object.fromEntries(allowed));
    await this.make("tokens", { token, login: "github-actions[bot]", app: true, rest: "none", permissions: Object.fromEntries(allowed) });
    return token;
  }

  checkedOut(given, { sha, workspace }) {
    const depth = given["fetch-depth"] === undefined ? 1 : Number(given["fetch-depth"]);
    this.origin.checkout(workspace, given.ref || sha, depth);
  }

  uploaded({ name, path, overwrite }, { run_id }) {
    if (name === this.lost) throw new Error("the runner is lost");
    if (!existsSync(path)) throw new Error(`No files were found with the provided path: ${path}`);
    const into = join(this.folder, "artifacts", run_id, name);
    if (existsSync(into) && overwrite !== "true") throw new Error(`an artifact ${name} is there already`);
    rmSync(into, { recursive: true, force: true });
    mkdirSync(into, { recursive: true });
    cpSync(path, join(into, basename(path)), { recursive: statSync(path).isDirectory() });
  }

  downloaded({ pattern, path, ...given }, { run_id, workspace }) {
    const from = join(this.folder, "artifacts", given["run-id"] ?? run_id);
    if (given["run-id"] && !given["github-token"]) throw new Error("another run's artifacts need a token");
    const matches = new RegExp(`^${pattern.replaceAll("*", "[^/]*")}$`);
    const names = existsSync(from) ? readdirSync(from).filter((name) => matches.test(name)) : [];
    for (const name of names) cpSync(join(from, name), join(workspace, path, name), { recursive: true });
  }

  /** What code scanning asks of a file; a path is below the repository there. */
  scanned({ sarif_file, category }, { workspace, token }) {
    const text = readFileSync(resolve(workspace, sarif_file), "utf8");
    const { version, runs } = JSON.parse(text);
    if (version !== "2.1.0" || runs.length !== 1 || !category || !token) throw new Error("no SARIF 2.1.0 of one run");
    const rules = new Set(runs[0].tool.driver.rules.map(({ id }) => id));
    for (const { ruleId, partialFingerprints, locations, message } of runs[0].results) {
      const { uri } = locations[0].physicalLocation.artifactLocation;
      if (!rules.has(ruleId) || !partialFingerprints || !message.text) throw new Error(`no whole result: ${ruleId}`);
      if (!existsSync(join(workspace, decodeURIComponent(uri)))) throw new Error(`${uri} is not below the repository`);
    }
    this.sarif = runs[0].results;
  }

  /** Runs a workflow of the docs for an event. */
  async run(file, name, payload, github) {
    this.ran += 1;
    const repository = { full_name: REPOSITORY, name: "r", owner: { login: "o" }, default_branch: "main", private: true };
    const secrets = this.secrets;
    if (this.fork) this.secrets = {};
    try {
      const ran = await run(
        { ...this, folder: mkdtempSync(join(this.folder, "run-")), token: (permissions) => this.token(permissions) },
        file,
        { name, payload: { repository, sender: { login: "octocat" }, ...payload } },
        {
          repository: REPOSITORY,
          repository_owner: "o",
          actor: "octocat",
          api_url: `${this.address}/api/v3`,
          server_url: this.address,
          run_id: String(1000 + this.ran),
          run_number: String(this.ran),
          run_attempt: "1",
          ref_type: "branch",
          ...github,
        },
      );
      if (ran) {
        this.runs.push(ran);
        this.listed.unshift({ file, event: name, branch: github.ref_name, head_sha: github.sha, status: ran.result });
      }
      return ran;
    } finally {
      this.secrets = secrets;
    }
  }

  /**
   * GitHub's list of a workflow's runs, for `gh`: it speaks plain HTTP to a name below `github.localhost` alone, for which
   * this server is the proxy.
   */
  async listRuns() {
    const server = createServer((request, response) => {
      const { host, pathname, searchParams } = new URL(request.url, "http://nowhere");
      const file = pathname.match(/^\/repos\/o\/r\/actions\/workflows\/([a-z-]+\.yml)\/runs$/)?.[1];
      const { per_page, ...asked } = Object.fromEntries(searchParams);
      const known = Object.keys(asked).every((name) => ["branch", "event", "status"].includes(name));
      const token = (request.headers.authorization ?? "").replace(/^(token|bearer) /i, "");
      const code =
        host !== "api.github.localhost" || request.method !== "GET" || !file || !known ? 404 : this.tokens.get(token)?.actions === "read" ? 200 : 403;
      const runs = this.listed.filter((run) => run.file === file && Object.entries(asked).every(([name, value]) => run[name] === value));
      const body = code === 200 ? { total_count: runs.length, workflow_runs: runs.slice(0, Number(per_page ?? 30)) } : { message: `answer ${code}` };
      response.writeHead(code, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    server.unref();
    Object.assign(this.environment, {
      GH_HOST: "github.localhost",
      HTTP_PROXY: `http://127.0.0.1:${server.address().port}`,
      NO_PROXY: "127.0.0.1",
    });
  }

  /** The event `pull_request`, or `pull_request_target`, which has the secrets and the permissions for a fork, too. */
  async pullRequest(file, action, { number, branch, head, merge, base, merged = false, repo = REPOSITORY, event = "pull_request", label }) {
    await this.make("pulls", {
      repository: REPOSITORY,
      number,
      state: action === "closed" ? "closed" : "open",
      head: { ref: branch, sha: head, repo },
      base: { ref: "main", sha: base, repo: REPOSITORY },
    });
    this.fork = repo !== REPOSITORY && event === "pull_request";
    const side = (ref, sha, full_name) => ({ ref, sha, label: `x:${ref}`, repo: { full_name } });
    const pull_request = {
      number,
      state: action === "closed" ? "closed" : "open",
      merged,
      merge_commit_sha: merge,
      title: "A change",
      draft: false,
      labels: [],
      head: side(branch, head, repo),
      base: side("main", base, REPOSITORY),
      user: { login: "octocat" },
      author_association: "CONTRIBUTOR",
    };
    const at =
      event === "pull_request"
        ? { sha: merge, ref: `refs/pull/${number}/merge`, ref_name: `${number}/merge` }
        : { sha: base, ref: "refs/heads/main", ref_name: "main" };
    const payload = { action, number, pull_request, ...(label && { label: { name: label } }) };
    const ran = await this.run(file, event, payload, { ...at, head_ref: branch, base_ref: "main" });
    this.fork = false;
    return ran;
  }

  /** The event `merge_group`. */
  mergeGroup(file, { number, base, head }) {
    const ref = `refs/heads/gh-readonly-queue/main/pr-${number}-${base}`;
    const merge_group = { base_sha: base, base_ref: "refs/heads/main", head_sha: head, head_ref: ref };
    return this.run(file, "merge_group", { action: "checks_requested", merge_group }, { sha: head, ref, ref_name: ref.slice(11) });
  }

  /** The event `push` to `main`. */
  push(file, { before, after }, message = "Change") {
    const commit = { id: after, message };
    return this.run(file, "push", { ref: "refs/heads/main", before, after, created: false, deleted: false, forced: false, commits: [commit], head_commit: commit }, {
      sha: after,
      ref: "refs/heads/main",
      ref_name: "main",
      ref_protected: "true",
    });
  }
}
