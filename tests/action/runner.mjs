// Runs a workflow as GitHub's runner does, as far as the workflows of docs/ go: triggers, needs, conditions, matrices, called
// workflows, composite actions, the files of a step, workflow commands, masks. Everything in `${{ }}` is GitHub's evaluator's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { filled, filledAll, holds, valued } from "./expressions.mjs";

/** Whether a workflow starts for an event. */
export function starts(workflow, { name, payload }) {
  const on = typeof workflow.on === "string" ? { [workflow.on]: null } : workflow.on;
  if (!(name in on)) return false;
  const { types, branches, workflows } = on[name] ?? {};
  const usual = name === "pull_request" ? ["opened", "synchronize", "reopened"] : undefined;
  if ((types ?? usual) && payload.action && !(types ?? usual).includes(payload.action)) return false;
  if (workflows && !workflows.includes(payload.workflow_run.name)) return false;
  return !branches || branches.includes((payload.ref ?? "").replace(/^refs\/heads\//, ""));
}

/**
 * Runs one. `world` has: `root` (a repository's files), `actions` (what `uses:` stands for: `{ composite: FOLDER }` or a
 * function), `environment` of the runner, `folder` for its files, `secrets`, `vars`, `environments` by their names (`lets`, a
 * pattern of refs, and `secrets`), and `token(permissions)`.
 */
export async function run(world, file, event, github) {
  const path = join(world.root, ".github/workflows", file);
  const workflow = parse(readFileSync(path, "utf8"));
  if (!starts(workflow, event)) return undefined;
  mkdirSync(world.folder, { recursive: true });
  const eventPath = join(mkdtempSync(join(world.folder, "event-")), "event.json");
  writeFileSync(eventPath, JSON.stringify(event.payload));
  const base = {
    ...github,
    event: event.payload,
    event_name: event.name,
    event_path: eventPath,
    workflow: workflow.name,
    workflow_ref: `${github.repository}/.github/workflows/${file}@${github.ref}`,
  };
  const ran = { log: "", annotations: [], summaries: [], ...(await jobs(world, workflow, base, { secrets: world.secrets })) };
  for (const leg of ran.legs) {
    ran.log += leg.log;
    ran.annotations.push(...leg.annotations);
    ran.summaries.push(leg.summary);
  }
  return ran;
}

async function jobs(world, workflow, github, { secrets, inputs = {}, ceiling }) {
  const done = {};
  const legs = [];
  const waiting = new Map(Object.entries(workflow.jobs));
  const contexts = { github, vars: world.vars, inputs };
  filled(JSON.stringify(workflow.concurrency ?? ""), contexts);
  while (waiting.size) {
    const [id, job] = [...waiting].find(([, { needs }]) => [needs ?? []].flat().every((name) => name in done)) ?? [];
    assert.ok(id, `jobs that wait for each other: ${[...waiting.keys()]}`);
    waiting.delete(id);
    const needs = Object.fromEntries([job.needs ?? []].flat().map((name) => [name, done[name]]));
    const results = Object.values(needs).map(({ result }) => result);
    const status = {
      success: results.every((result) => result === "success"),
      failure: results.includes("failure"),
      always: true,
      cancelled: false,
    };
    const around = { ...contexts, needs };
    if (!holds(job.if, around, status)) {
      done[id] = { result: "skipped", outputs: {} };
      continue;
    }
    const permissions = job.permissions ?? workflow.permissions;
    assert.equal(typeof permissions, "object", `${id}: permissions are written down`);
    for (const [name, level] of Object.entries(permissions)) {
      const most = ceiling?.[name];
      assert.ok(!ceiling || most === level || most === "write", `${id}: ${name}: ${level} is more than its caller has`);
    }
    if (job.uses) {
      const called = parse(readFileSync(join(world.root, job.uses.replace(/^(\.|\$)\//, "")), "utf8"));
      const { inputs: known = {}, secrets: asked = {}, outputs = {} } = called.on.workflow_call;
      const values = Object.fromEntries(Object.entries(known).map(([name, { default: value }]) => [name, value ?? ""]));
      for (const [name, value] of Object.entries(job.with ?? {})) {
        assert.ok(name in known, `${job.uses} has no input ${name}`);
        values[name] = filled(value, around);
      }
      for (const [name, { required }] of Object.entries(known)) assert.ok(!required || values[name], `input ${name}`);
      const passed = filledAll(job.secrets, { ...around, secrets });
      for (const name of Object.keys(passed)) assert.ok(name in asked, `${job.uses} has no secret ${name}`);
      const inner = await jobs(world, called, github, { secrets: passed, inputs: values, ceiling: permissions });
      legs.push(...inner.legs);
      done[id] = {
        result: inner.result,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([name, { value }]) => [name, filled(value, { jobs: inner.jobs })]),
        ),
      };
      continue;
    }
    const environment = entered(world, job, around);
    if (!environment) {
      done[id] = { result: "failure", outputs: {} };
      continue;
    }
    const matrix = spread(valued(job.strategy?.matrix, around));
    const token = await world.token(permissions);
    const own = await Promise.all(
      matrix.map((values, index) =>
        leg(world, workflow, job, {
          ...around,
          secrets: { ...secrets, ...environment.secrets },
          github: { ...github, job: id, token },
          matrix: values,
          strategy: { "job-index": index, "job-total": matrix.length, "fail-fast": job.strategy?.["fail-fast"] ?? true },
        }),
      ),
    );
    legs.push(...own.map((one) => ({ job: id, ...one })));
    done[id] = {
      result: own.every(({ result }) => result === "success") ? "success" : "failure",
      outputs: Object.assign({}, ...own.map(({ outputs }) => outputs)),
    };
  }
  const results = Object.values(done).map(({ result }) => result);
  return { jobs: done, legs, result: results.includes("failure") ? "failure" : "success" };
}

/** The environment of a job, with its secrets; nothing where its rules do not let in the ref of the run. */
function entered(world, job, contexts) {
  const name = filled(job.environment?.name ?? job.environment ?? "", contexts);
  if (!name) return { secrets: {} };
  const environment = world.environments?.[name];
  assert.ok(environment, `there is no environment ${name}`);
  return environment.lets.test(contexts.github.ref) ? environment : undefined;
}

/** The jobs of a matrix. */
function spread(matrix) {
  if (matrix === undefined) return [{}];
  const { include = [], ...lists } = matrix;
  let out = Object.entries(lists).reduce(
    (all, [name, values]) => all.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    Object.keys(lists).length ? [{}] : [],
  );
  out = [...out, ...include];
  assert.ok(out.length > 0 && out.length <= 256, `a matrix of ${out.length} jobs`);
  return out;
}

async function leg(world, workflow, job, contexts) {
  const home = mkdtempSync(join(world.folder, "job-"));
  const at = (name) => {
    mkdirSync(join(home, name), { recursive: true });
    return join(home, name);
  };
  const workspace = at("workspace");
  const runner = { os: "Linux", arch: "X64", temp: at("temp"), tool_cache: join(world.folder, "tools"), name: "runner" };
  mkdirSync(runner.tool_cache, { recursive: true });
  const github = { ...contexts.github, workspace };
  const env = filledAll({ ...workflow.env, ...job.env }, contexts);
  filled(JSON.stringify([job.name ?? "", job.environment ?? "", job["runs-on"]]), contexts);
  const state = {
    world,
    home,
    contexts: { ...contexts, github, runner, env, job: { status: "success" } },
    // Whatever stood in `secrets` is masked from the beginning.
    masks: new Set([...Object.values(contexts.secrets), github.token].filter(Boolean)),
    log: "",
    // The log as it was printed, before anything was masked.
    raw: "",
    annotations: [],
    summary: "",
    failed: false,
  };
  const steps = await sequence(state, job.steps, state.contexts);
  return {
    result: state.failed ? "failure" : "success",
    outputs: filledAll(job.outputs, { ...state.contexts, steps }),
    steps,
    ...state,
  };
}

/** Runs steps one after the other; gives what their context `steps` holds. */
async function sequence(state, list, contexts) {
  const steps = {};
  let failed = false;
  for (const step of list) {
    const status = { success: !failed, failure: failed, always: true, cancelled: false };
    const around = { ...contexts, steps };
    let outcome = { outcome: "skipped", outputs: {} };
    if (holds(step.if, around, status)) {
      outcome = step.uses ? await used(state, step, around) : await script(state, step, around);
      if (outcome.outcome === "failure") failed = state.failed = true;
    }
    if (step.id) steps[step.id] = { ...outcome, conclusion: outcome.outcome };
  }
  return steps;
}

async function used(state, step, contexts) {
  const [name, commit] = step.uses.split("@");
  const action = state.world.actions[name];
  assert.ok(action && /^[0-9a-f]{40}$/.test(commit), `${step.uses} is not known here, or not pinned`);
  const given = filledAll(step.with, contexts);
  if (typeof action === "function") {
    try {
      return { outcome: "success", outputs: (await action(given, contexts, state)) ?? {} };
    } catch (error) {
      state.log += `##[error]${step.uses}: ${error.message}\n`;
      return { outcome: "failure", outputs: {} };
    }
  }
  const described = parse(readFileSync(join(action.composite, "action.yml"), "utf8"));
  assert.equal(described.runs.using, "composite");
  const inputs = {};
  for (const [key, { default: value }] of Object.entries(described.inputs)) {
    inputs[key] = given[key] ?? filled(value ?? "", { github: contexts.github, inputs: {} });
  }
  for (const key of Object.keys(given)) if (!(key in inputs)) state.log += `##[warning]Unexpected input '${key}'\n`;
  const inner = {
    github: { ...contexts.github, action_path: action.composite },
    inputs,
    env: { ...contexts.env, ...filledAll(step.env, contexts) },
    runner: contexts.runner,
    job: contexts.job,
    matrix: contexts.matrix,
    strategy: contexts.strategy,
  };
  const steps = await sequence(state, described.runs.steps, inner);
  const failed = Object.values(steps).some(({ outcome }) => outcome === "failure");
  const outputs = Object.entries(described.outputs ?? {}).map(([key, { value }]) => [key, filled(value, { ...inner, steps })]);
  state.action = { code: Object.values(steps)[0].code, outputs: Object.fromEntries(outputs) };
  return { outcome: failed ? "failure" : "success", outputs: Object.fromEntries(outputs) };
}

const SHELLS = { bash: ["bash", "--noprofile", "--norc", "-eo", "pipefail"], sh: ["sh", "-e"], undefined: ["bash", "-e"] };

async function script(state, step, contexts) {
  const folder = mkdtempSync(join(state.home, "step-"));
  const file = (name) => {
    writeFileSync(join(folder, name), "");
    return join(folder, name);
  };
  const files = { GITHUB_OUTPUT: file("output"), GITHUB_STEP_SUMMARY: file("summary"), GITHUB_ENV: file("env"), GITHUB_PATH: file("path") };
  writeFileSync(join(folder, "script.sh"), filled(step.run, contexts));
  const { github, runner } = contexts;
  const upper = (prefix, values, names) =>
    Object.fromEntries(names.filter((name) => values[name] !== undefined).map((name) => [`${prefix}_${name.toUpperCase()}`, String(values[name])]));
  const environment = {
    ...state.world.environment,
    CI: "true",
    GITHUB_ACTIONS: "true",
    ...upper("GITHUB", github, [
      ...["action_path", "actor", "api_url", "base_ref", "event_name", "event_path", "head_ref", "job", "ref", "ref_name", "ref_type"],
      ...["repository", "repository_owner", "run_attempt", "run_id", "run_number", "server_url", "sha", "workflow", "workflow_ref", "workspace"],
    ]),
    ...upper("RUNNER", runner, ["os", "arch", "temp", "tool_cache", "name"]),
    ...contexts.env,
    ...filledAll(step.env, contexts),
    ...files,
  };
  const directory = join(github.workspace, filled(step["working-directory"] ?? ".", contexts));
  const [shell, ...flags] = SHELLS[step.shell];
  const { code, text } = await finished(shell, [...flags, join(folder, "script.sh")], directory, environment);
  state.raw += text;
  commands(state, text);
  assert.equal(readFileSync(files.GITHUB_ENV, "utf8") + readFileSync(files.GITHUB_PATH, "utf8"), "", "no step changes another's environment");
  const summary = readFileSync(files.GITHUB_STEP_SUMMARY, "utf8");
  assert.ok(Buffer.byteLength(summary) <= 1024 * 1024, "a summary of more than 1 MiB");
  state.summary += masked(state, summary);
  return { outcome: code === 0 ? "success" : "failure", outputs: pairs(readFileSync(files.GITHUB_OUTPUT, "utf8")), code };
}

function finished(program, args, cwd, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    // Both are one log; a line is whole only with its end.
    child.stdout.setEncoding("utf8").on("data", (piece) => (text += piece));
    child.stderr.setEncoding("utf8").on("data", (piece) => (text += piece));
    child.on("error", reject).on("close", (code) => resolve({ code, text }));
  });
}

/** The `name=value` and `name<<DELIMITER` of GITHUB_OUTPUT. */
export function pairs(text) {
  const out = {};
  const lines = text.split("\n");
  while (lines.length) {
    const line = lines.shift();
    if (line === "") continue;
    const here = line.match(/^([^=]+?)<<(.+)$/);
    if (here) {
      const end = lines.indexOf(here[2]);
      assert.ok(end >= 0, `${line}: its end is not there`);
      out[here[1]] = lines.splice(0, end).join("\n");
      lines.shift();
      continue;
    }
    const [name, ...value] = line.split("=");
    assert.ok(value.length, `no output: ${line}`);
    out[name] = value.join("=");
  }
  return out;
}

const decoded = (text) => text.replaceAll("%0A", "\n").replaceAll("%0D", "\r").replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%25", "%");

function masked({ masks }, text) {
  return [...masks].sort((a, b) => b.length - a.length).reduce((out, secret) => out.replaceAll(secret, "***"), text);
}

/** Does what workflow commands in a log ask for. */
function commands(state, text) {
  let stopped;
  for (const line of text.split("\n")) {
    const [, name, properties, value] = line.match(/^\s*::([a-z-]+)(?: ([^]*?))?::([^]*)$/) ?? [];
    if (stopped) {
      if (line.trim() === `::${stopped}::`) stopped = undefined;
    } else if (name === "stop-commands") {
      stopped = value;
    } else if (name === "add-mask") {
      for (const part of decoded(value).split("\n")) if (part) state.masks.add(part);
      continue;
    } else if (["error", "warning", "notice"].includes(name)) {
      const of = Object.fromEntries((properties ?? "").split(",").filter(Boolean).map((pair) => pair.split(/=(.*)/s).slice(0, 2)));
      const annotation = Object.fromEntries(Object.entries(of).map(([key, one]) => [key, masked(state, decoded(one))]));
      state.annotations.push({ level: name, message: masked(state, decoded(value)), ...annotation });
    } else if (name !== undefined) {
      assert.ok(["group", "endgroup", "debug"].includes(name), `a command that nobody meant: ${line}`);
    }
    state.log += `${masked(state, line)}\n`;
  }
  assert.equal(stopped, undefined, "commands are stopped at the end of a step");
}
