// Every workflow of docs/ is run for the events that it is written for, with the built program: outputs, summary, annotations,
// comment, statuses, deployments, and what is on the platform afterwards.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { Origin, World, released, KEY } from "./world.mjs";

const [, , program, docs, given, only] = process.argv;
const folder = resolve(given);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

/** A change that brings a warning, and one that brings errors. */
const floats = (path) => (origin) => origin.write(`${path}/Dockerfile`, origin.read(`${path}/Dockerfile`).replace("alpine:3.23", "alpine:latest"));
const breaks = (path) => (origin) =>
  origin.write(`${path}/Dockerfile`, origin.read(`${path}/Dockerfile`).replace(/^COPY --from=ghcr.*\n/m, ""));
const fine = (path) => (origin) => origin.write(`${path}/go.mod`, `${origin.read(`${path}/go.mod`)}// a change\n`);

const readme = (origin) => origin.write("README.md", "nothing of an image\n");

/** What is said where the settings that judge are not in the checkout. */
const noSettings = /no settings of the repository count/;

/**
 * A merge queue's run over several pull requests at once: it ends, the settings of `main` judge, and what is told to people is
 * as it was: a comment is of its pull request, and the verdict on the queue is its commit's.
 */
async function queued(world, file, number, branches) {
  const before = await world.github();
  const { base, head } = world.origin.queue(branches);
  const ran = await world.mergeGroup(file, { number, base, head });
  assert.equal(ran?.result, "success", ran?.log ?? `${file} is not started by merge_group`);
  assert.ok(!noSettings.test(ran.log), ran.log);
  const { comments, deleted, deployments, statuses } = await world.github();
  assert.deepEqual({ comments, deleted, deployments }, { comments: before.comments, deleted: before.deleted, deployments: before.deployments });
  for (const { sha, state } of statuses.slice(before.statuses.length)) assert.deepEqual([sha, state], [head, "success"]);
  return ran;
}

/** The one comment of a pull request: the lines of an image in its table, and all of it. */
async function told(world, number, image) {
  const { id, body } = one(await world.comments(number), "comments");
  const lines = body.split("<details")[0].split("\n").filter((text) => text.startsWith("|") && text.includes(`<code>${image}</code>`));
  return { id, body, lines };
}

const one = (list, what) => {
  assert.equal(list.length, 1, `${list.length} of ${what}`);
  return list[0];
};
/** The step of the Action in the only leg of a job. */
const step = (ran, job) => one(ran.legs.filter((leg) => leg.job === job), `legs of ${job}`).action;

const scenarios = {
  "sandbox-lint.yml": async (world, file) => {
    const pull = { number: 7, branch: "floats", ...world.origin.pull("floats", floats("agent")) };
    const ran = await world.pullRequest(file, "opened", pull);
    assert.equal(ran.result, "success", ran.log);
    const { outputs } = step(ran, "lint");
    assert.equal(outputs["lint-errors"], "0");
    assert.equal(outputs["lint-warnings"], "1");
    assert.ok(ran.annotations.some(({ level, file }) => level === "warning" && file === "agent/Dockerfile"), JSON.stringify(ran.annotations));
    assert.match(ran.summaries[0], /^### ✅/);
    assert.match(ran.summaries[0], /agent/);
    const comment = one(await world.comments(7), "comments");
    assert.equal(comment.author, "github-actions[bot]");
    assert.match(comment.body, /agent/);
    assert.equal(outputs["comment-url"].includes(String(comment.id)), true, outputs["comment-url"]);
    const { statuses } = await world.github();
    assert.ok(statuses.every(({ sha }) => sha === pull.head), "statuses are of the head, not of the merge commit");
    assert.ok(existsIn(world, "sandgate-lint"), "the record is kept");

    // Errors fail the job, and the same comment says so.
    const bad = { number: 7, branch: "breaks", ...world.origin.pull("breaks", breaks("agent")) };
    const failed = await world.pullRequest(file, "synchronize", bad);
    assert.equal(failed.result, "failure");
    assert.equal(step(failed, "lint").code, 1);
    assert.notEqual(one(await world.comments(7), "comments").body, comment.body);
    assert.ok(failed.annotations.some(({ level }) => level === "error"));
    world.origin.pull("readme", readme);
    one(await world.comments(7), "comments");
    await queued(world, file, 7, ["floats", "readme"]);
    assert.equal((await world.github()).statuses.at(-1).context, "sandgate/agent", "the queue sees it");
  },

  "sandbox-scanning.yml": async (world, file) => {
    const pull = { number: 7, branch: "breaks", ...world.origin.pull("breaks", breaks("agent")) };
    const ran = await world.pullRequest(file, "opened", pull);
    assert.equal(ran.result, "failure", "errors fail the job, and are uploaded all the same");
    assert.equal(world.sarif.length, Number(step(ran, "scan").outputs.findings));
    assert.ok(world.sarif.length > 0);
    assert.deepEqual(ran.annotations.filter(({ file }) => file), []);
    const clean = await world.push(file, { before: "0".repeat(40), after: world.origin.main });
    assert.equal(clean.result, "success", clean.log);
    assert.equal(world.sarif.length, 0);
    assert.equal((await world.github()).statuses.length, 0);
    world.origin.pull("readme", readme);
    world.origin.pull("fine", fine("agent"));
    await queued(world, file, 7, ["readme", "fine"]);
  },

  // Permissions that lack cost what they stand for, one notice each, and never the job.
  "sandbox-lint.yml ": async (world, file) => {
    const pull = { number: 7, branch: "floats", ...world.origin.pull("floats", floats("agent")) };
    const notices = (ran) => ran.annotations.filter(({ level }) => level === "notice").map(({ message }) => message);
    world.withheld = ["pull-requests"];
    const silent = await world.pullRequest(file, "opened", pull);
    assert.equal(silent.result, "success", silent.log);
    assert.match(one(notices(silent), "notices"), /pull-requests: write/);
    assert.equal((await world.comments(7)).length, 0);
    assert.equal((await world.github()).statuses.length, 1);
    world.withheld = ["pull-requests", "statuses"];
    const none = await world.pullRequest(file, "synchronize", pull);
    assert.equal(none.result, "success", none.log);
    assert.ok(notices(none).some((text) => text.includes("statuses: write")), notices(none).join("\n"));
    assert.equal((await world.github()).statuses.length, 1);
  },

  "sandbox-forks.yml": async (world, file) => {
    const pull = { number: 8, branch: "floats", repo: "stranger/r", ...world.origin.pull("floats", floats("agent")) };
    const linted = await world.pullRequest("sandbox-lint.yml", "opened", pull);
    assert.equal(linted.result, "success", linted.log);
    assert.equal((await world.comments(8)).length, 0, "a fork's token writes nothing");
    const run = (extra) => ({
      workflow_run: {
        id: 1000 + world.ran,
        name: "Sandbox lint",
        event: "pull_request",
        conclusion: "success",
        head_sha: pull.head,
        head_branch: pull.branch,
        head_repository: { full_name: pull.repo },
        pull_requests: [],
        ...extra,
      },
      action: "completed",
    });
    const main = { sha: world.origin.main, ref: "refs/heads/main" };
    const ran = await world.run(file, "workflow_run", run({}), main);
    assert.equal(ran.result, "success", ran.log);
    const comment = one(await world.comments(8), "comments");
    assert.match(comment.body, /key=sandgate/);
    assert.match(comment.body, /agent/);

    const own = await world.run(file, "workflow_run", run({ head_repository: { full_name: "o/r" } }), main);
    assert.equal(own.jobs.report.result, "skipped", "our own pull requests have their comment already");
  },

  "sandbox-fork-preview.yml": async (world, file) => {
    const event = "pull_request_target";
    const pull = { number: 8, branch: "fine", repo: "stranger/r", event, ...world.origin.pull("fine", fine("agent")) };
    const other = await world.pullRequest(file, "labeled", { ...pull, label: "documentation" });
    assert.equal(other.jobs.preview.result, "skipped");
    const allowed = await world.pullRequest(file, "labeled", { ...pull, label: "sandbox-preview" });
    assert.equal(allowed.result, "success", allowed.log);
    assert.ok(!noSettings.test(allowed.log), allowed.log);
    assert.match(one(await world.comments(8), "comments").body, /Preview in/);
    assert.equal(one(await world.sandboxes(), "sandboxes").metadata.name, "agent-pr-8");
    assert.equal(await world.pullRequest(file, "synchronize", pull), undefined, "what is pushed after is not allowed");
    const closed = await world.pullRequest(file, "closed", pull);
    assert.equal(closed.result, "success", closed.log);
    assert.equal((await world.sandboxes()).length, 0, "the preview is removed");
  },

  "sandbox-preview.yml": async (world, file) => {
    const pull = { number: 9, branch: "fine", ...world.origin.pull("fine", fine("agent")) };
    const opened = await world.pullRequest(file, "opened", pull);
    assert.equal(opened.result, "success", opened.log);
    const comment = one(await world.comments(9), "comments");
    assert.match(comment.body, /Preview/);
    assert.match(comment.body, /merging exposes 1 image to <code>prod/);
    assert.match(comment.body, /shared for the first time/);
    const { deployments } = await world.github();
    const deployment = one(deployments, "deployments");
    assert.equal(deployment.sha, pull.head);
    assert.equal(deployment.environment, "pr-9");
    assert.equal(deployment.transient, true);
    assert.equal(deployment.statuses.at(-1).state, "success");
    assert.equal((await world.sandboxes()).length, 1);

    // It is linted by another workflow: both tell of it in the one comment, each in a row of its own.
    const lint = await world.pullRequest("sandbox-lint.yml", "opened", pull);
    assert.equal(lint.result, "success", lint.log);
    const both = await told(world, 9, "agent");
    assert.equal(both.id, comment.id);
    assert.equal(both.lines.length, 2, both.body);
    for (const text of [/Preview in <code>dev/, /✅ Checked/]) one(both.lines.filter((line) => text.test(line)), `lines like ${text}`);
    assert.match(both.body, /### ✅ Sandbox images: 1 is fine · merging exposes 1 image to <code>prod/);
    // A commit that breaks it, where the check is faster than the preview.
    const worse = { ...pull, ...world.origin.pull("worse", breaks("agent")) };
    const red = [await world.pullRequest("sandbox-lint.yml", "synchronize", worse), await world.pullRequest(file, "synchronize", worse)];
    assert.deepEqual(red.map(({ result }) => result), ["failure", "failure"]);
    const bad = await told(world, 9, "agent");
    assert.equal(bad.id, comment.id);
    assert.match(bad.body, /### ❌ Sandbox images: 1 of 1 failed/);
    assert.match(bad.body, /Earlier commits \(1\)/);
    const back = await world.pullRequest(file, "synchronize", { ...pull, ...world.origin.pull("back", fine("agent")) });
    assert.equal(back.result, "success", back.log);

    const closed = await world.pullRequest(file, "closed", { ...pull, merged: false });
    assert.equal(closed.result, "success", closed.log);
    assert.equal((await world.sandboxes()).length, 0, "the preview is removed");
    const after = one(await world.comments(9), "comments").body;
    assert.match(after, /### 🧹 Sandbox images: removed/);
    assert.ok(!/Preview in|merging exposes/.test(after), after);
    assert.equal((await world.github()).deployments[0].statuses.at(-1).state, "inactive");
  },

  "sandbox-deploy.yml": async (world, file) => {
    const ran = await world.push(file, { before: "0".repeat(40), after: world.origin.main });
    assert.equal(ran.result, "success", ran.log);
    assert.match(ran.jobs.deploy.outputs.image, /^sandbox\/agent:[a-z0-9]+$/);
    const { outputs } = step(ran, "deploy");
    assert.equal(`sandbox/agent:${outputs["image-tag"]}`, outputs["image-id"]);
    assert.match(outputs.digest, /^sha256:[0-9a-f]{64}$/);
    assert.match(outputs["sandbox-url"], /^https?:/);
    assert.equal(one(await world.sandboxes(), "sandboxes").metadata.name, "agent");
    assert.equal(one((await world.github()).deployments, "deployments").environment, "dev");
    const [image] = JSON.parse(outputs.images);
    assert.equal(image.id, outputs["image-id"]);
    const record = JSON.parse(outputs.json);
    assert.ok(JSON.stringify(record).includes(outputs.digest));
    assert.equal((await world.comments(1)).length, 0);
  },

  "sandbox-promote.yml": async (world, file) => {
    // What the pull request gets is another workflow's: both tell of it in one comment.
    const pull = { number: 12, branch: "fine", ...world.origin.pull("fine", fine("agent")) };
    const preview = "sandbox-preview.yml";
    const opened = await world.pullRequest(preview, "opened", pull);
    assert.equal(opened.result, "success", opened.log);
    const merged = world.origin.merge("fine", 12);
    const closed = await world.pullRequest(preview, "closed", { ...pull, merged: true });
    assert.equal(closed.result, "success", closed.log);
    await world.make("pulls", {
      repository: "o/r",
      number: 12,
      merged: true,
      merge_commit_sha: merged.after,
      lag: 0,
      head: { ref: "fine", sha: pull.head, repo: "o/r" },
      base: { ref: "main", sha: pull.base, repo: "o/r" },
    });
    const ran = await world.push(file, merged, "Merge pull request #12 from o/fine");
    assert.equal(ran.result, "success", ran.log);
    const comment = one(await world.comments(12), "comments");
    assert.match(comment.body, /^### ✅ Sandbox images: 1 is fine · promoted to/m);
    const { outputs } = step(ran, "promote");
    assert.equal(outputs["comment-url"].includes(String(comment.id)), true, outputs["comment-url"]);
    assert.equal(outputs.promoted, "true");
    assert.equal(outputs["pending-approval"], "false");
    const deployment = one((await world.github()).deployments.filter(({ production }) => production), "deployments");
    assert.equal(deployment.environment, "production");
    assert.equal(deployment.sha, merged.after);
    const shares = await world.blaxel("/images/sandbox/agent/share");
    assert.ok(JSON.stringify(shares).includes("prod"), JSON.stringify(shares));

    // The next pull request finds which tag that was.
    const next = { number: 13, branch: "next", ...world.origin.pull("next", fine("agent")) };
    const later = await world.pullRequest(preview, "opened", next);
    assert.equal(later.result, "success", later.log);
    const told = one(await world.comments(13), "comments").body;
    assert.ok(told.includes(`<code>prod</code> | <code>${outputs["image-tag"]}</code> |`), told);
  },

  "sandbox-release.yml": async (world, file) => {
    const release = (extra) => ({ action: "published", release: { tag_name: "v1.2.0", target_commitish: "main", draft: false, prerelease: false, id: 1, ...extra } });
    const at = { sha: world.origin.main, ref: "refs/tags/v1.2.0", ref_name: "v1.2.0", ref_type: "tag" };
    const early = await world.run(file, "release", release({ prerelease: true }), at);
    assert.equal(early.jobs.promote.result, "skipped");
    const ran = await world.run(file, "release", release({}), at);
    assert.equal(ran.result, "success", ran.log);
    const { outputs } = step(ran, "promote");
    assert.equal(outputs.promoted, "true");
    assert.match(outputs["image-id"], /^sandbox\/agent:[a-z0-9]+$/);
    assert.match(ran.summaries[0], /^### ✅ Sandbox images: 1 is fine · promoted to <code>prod<\/code>/);
    assert.ok(ran.summaries[0].includes(outputs["image-id"]), ran.summaries[0]);
    assert.deepEqual(ran.annotations, []);
    assert.deepEqual((await world.github()).comments, [], "a release has no pull request");
    assert.equal(one((await world.github()).deployments.filter(({ production }) => production), "deployments").environment, "production");
  },

  "sandbox-images.yml": async (world, file) => {
    // A folder and a branch that would be commands where they are not data.
    const [agent, worker] = world.origin.projects;
    const both = (origin) => [floats(agent), fine(worker)].forEach((change) => change(origin));
    const pull = { number: 20, branch: "b$(id)`id`;id", ...world.origin.pull("b$(id)`id`;id", both) };
    const ran = await world.pullRequest(file, "opened", pull);
    assert.equal(ran.result, "success", ran.log);
    assert.equal(ran.jobs.plan.outputs["has-work"], "true");
    assert.equal(ran.legs.filter(({ job }) => job === "image").length, 2);
    const comment = one(await world.comments(20), "comments");
    assert.match(comment.body, /agent/);
    assert.match(comment.body, /worker/);
    assert.ok(!/uid=\d/.test(ran.log + comment.body), ran.log);
    assert.equal(ran.jobs.images.result, "success");

    // Linted by another workflow: its rows stand in the same comment, and nothing of what the matrix said is lost.
    const lint = await world.pullRequest("sandbox-lint.yml", "opened", pull);
    assert.equal(lint.result, "success", lint.log);
    for (const image of ["agent", "worker"]) {
      const { id, body, lines } = await told(world, 20, image);
      assert.equal(id, comment.id);
      assert.equal(lines.length, 2, body);
      for (const text of [/Preview in <code>dev/, /✅ Checked/]) one(lines.filter((line) => text.test(line)), `lines like ${text}`);
    }

    const none = { number: 21, branch: "none", ...world.origin.pull("none", readme) };
    const idle = await world.pullRequest(file, "opened", none);
    assert.equal(idle.jobs.plan.outputs["has-work"], "false", idle.log);
    assert.equal(idle.jobs.image.result, "skipped");
    assert.equal(idle.jobs.images.result, "success");
    assert.equal((await world.comments(21)).length, 0, "there is nothing to tell");

    const half = { number: 22, branch: "half", ...world.origin.pull("half", (origin) => [breaks(agent), fine(worker)].forEach((change) => change(origin))) };
    const red = await world.pullRequest("sandbox-lint.yml", "opened", half);
    assert.equal(red.result, "failure", red.log);
    assert.match((await told(world, 22, "agent")).body, /### ❌ Sandbox images: 1 of 2 failed/);
    const failed = await world.pullRequest(file, "opened", half);
    assert.equal(failed.jobs.image.result, "failure");
    assert.equal(failed.jobs.report.result, "success", "the comment is written all the same");
    assert.equal(failed.jobs.images.result, "failure", "the required check is red");
    const mixed = await told(world, 22, "worker");
    assert.match(mixed.body, /### ❌ Sandbox images: 1 of 2 failed/);
    assert.ok(mixed.lines.some((line) => line.includes("Preview in <code>dev")), mixed.body);

    // A later commit takes it back.
    const back = { number: 22, branch: "half", ...world.origin.pull("back", readme) };
    const undone = await world.pullRequest(file, "synchronize", back);
    assert.equal(undone.result, "success", undone.log);
    assert.equal(undone.jobs.report.result, "skipped");
    assert.match(one(await world.comments(22), "comments").body, /### ✅ Sandbox images: no image is affected/);

    // Closed, its previews are removed, also that of an image that it affects no more, and no other's.
    const names = async () => (await world.sandboxes()).map(({ metadata }) => metadata.name).sort();
    assert.deepEqual(await names(), ["agent-pr-20", "worker-pr-20", "worker-pr-22"]);
    const { statuses } = await world.github();
    const closed = await world.pullRequest(file, "closed", back);
    assert.equal(closed.result, "success", closed.log);
    assert.deepEqual(Object.entries(closed.jobs).filter(([, { result }]) => result === "success").map(([name]) => name), ["cleanup"]);
    assert.deepEqual(await names(), ["agent-pr-20", "worker-pr-20"]);
    const after = one(await world.comments(22), "comments").body;
    assert.match(after, /### 🧹 Sandbox images: removed/);
    assert.ok(!after.includes("`agent`") && !after.includes("<code>agent</code>"), `it had no preview of agent: ${after}`);
    assert.equal((await world.github()).statuses.length, statuses.length + 1);
    const fork = await world.pullRequest(file, "closed", { ...back, number: 23, repo: "stranger/r" });
    assert.equal(fork.result, "success", fork.log);

    const group = await queued(world, file, 20, ["back", pull.branch]);
    assert.equal(group.legs.filter(({ job }) => job === "image").length, 2);
    assert.deepEqual(await names(), ["agent-pr-20", "worker-pr-20"], "nothing of a merge group is built");

    // What was planned and left no record is not fine.
    const gone = { number: 24, branch: "gone", ...world.origin.pull("gone", both) };
    world.lost = "sandgate-1";
    const lost = await world.pullRequest(file, "opened", gone);
    world.lost = null;
    assert.deepEqual([lost.jobs.image.result, lost.jobs.report.result], ["failure", "failure"], lost.log);
    const missed = one(await world.comments(24), "comments").body;
    assert.match(missed, /### ❌ Sandbox images: 1 of 2 failed/);
    assert.match(missed, /❌ Ended without a record/);
  },

  "sandbox-waves.yml": async (world, file) => {
    await world.listRuns();
    const pushed = (branch, change) => {
      world.origin.pull(branch, change);
      return world.push(file, world.origin.merge(branch, 1));
    };
    const tried = (ran, job) => ran.legs.filter((leg) => leg.job === job).map(({ contexts }) => contexts.matrix.image);
    // There is no run before it.
    const first = await pushed("upon", (origin) =>
      origin.write("api/Dockerfile", origin.read("api/Dockerfile").replace("alpine:3.23", "sandbox/base")),
    );
    assert.equal(first.result, "success", first.log);
    const built = (job) => first.legs.filter((leg) => leg.job === job).map(({ action }) => action.outputs["image-id"].replace(/:.*/, ""));
    assert.deepEqual([built("bases"), built("rest")], [["sandbox/base"], ["sandbox/api"]]);
    const planned = one(first.legs.filter(({ job }) => job === "plan"), "plans");
    assert.deepEqual([planned.action.outputs.count, planned.action.outputs["wave-count"]], ["2", "2"]);
    assert.match(planned.summary, /^### Images to build\n/);
    for (const text of [/⚠️ .*every image is built/, /base/, /api/]) assert.match(planned.summary, text);
    assert.match(one(planned.annotations, "annotations").message, /every image is built/);
    assert.match(one(first.legs.filter(({ job }) => job === "report"), "reports").summary, /^### ✅ Sandbox images: all 2 are fine\n/);
    for (const leg of first.legs.filter(({ job }) => ["bases", "rest"].includes(job))) {
      assert.match(leg.summary, /^### ✅ Sandbox images: 1 is fine\n/);
      assert.equal(leg.action.outputs.status, "succeeded");
      // An image of the workspace needs no tag: its last build is meant.
      const found = leg.annotations.map(({ level, file, title }) => [level, file, title]);
      assert.deepEqual(found, []);
    }
    assert.deepEqual((await world.github()).comments, []);

    const broken = await pushed("broken", breaks("base"));
    assert.equal(broken.result, "failure", broken.log);
    assert.equal(broken.jobs.rest.result, "skipped");
    const report = one(broken.legs.filter(({ job }) => job === "report"), "reports");
    assert.match(report.summary, /❌ Not built: an image of a wave before it failed/);
    assert.equal(broken.jobs.report.result, "success", "nothing is lost");
    const stopped = one(broken.legs.filter(({ job }) => job === "bases"), "bases");
    assert.match(stopped.summary, /^### ❌ Sandbox images: 1 of 1 failed/);
    assert.equal(stopped.action.outputs.status, "refused");
    assert.ok(stopped.annotations.some(({ level, file }) => level === "error" && file === "base/Dockerfile"), JSON.stringify(stopped.annotations));
    // What failed is not forgotten by a push that changes something else.
    const other = await pushed("other", fine("api"));
    assert.deepEqual([other.result, tried(other, "bases")], ["failure", ["base"]], other.log);
    const last = world.listed.at(-1).head_sha.slice(0, 7);
    assert.ok(other.log.includes(`was compared with ${last}`), other.log);
  },

  "sandbox-caller.yml": async (world, file) => {
    const pull = { number: 30, branch: "fine", ...world.origin.pull("fine", fine("agent")) };
    const opened = await world.pullRequest(file, "opened", pull);
    assert.equal(opened.result, "success", opened.log);
    assert.match(one(await world.comments(30), "comments").body, /Preview in/);
    const ran = await world.push(file, { before: "0".repeat(40), after: world.origin.main });
    assert.equal(ran.result, "success", ran.log);
    assert.match(ran.jobs.agent.outputs["image-id"], /^sandbox\/agent:/);
  },

  "sandbox-audit.yml": async (world, file) => {
    const at = { sha: world.origin.main, ref: "refs/heads/main" };
    const ran = await world.run(file, "schedule", { schedule: "17 5 * * 1-5" }, at);
    assert.equal(ran.result, "success", ran.log);
    // Somebody shares an image that nothing declares.
    await world.push("sandbox-deploy.yml", { before: "0".repeat(40), after: world.origin.main });
    await world.share("agent", "prod");
    const drifted = await world.run(file, "schedule", { schedule: "17 5 * * 1-5" }, at);
    assert.equal(drifted.result, "failure", drifted.log);
    assert.match(ran.summaries[0], /^### Audit of shares\n/);
    assert.equal(step(ran, "audit").outputs.status, "succeeded");
    assert.match(drifted.summaries[0], /^### Audit of shares\n[^]*prod/);
    assert.equal(step(drifted, "audit").outputs.status, "refused");
    assert.deepEqual([ran.annotations, drifted.annotations], [[], []], "what is shared has no line");
    assert.deepEqual((await world.github()).comments, []);
  },
};

/** How a run may end, by its exit code. */
const ends = { 0: ["succeeded", "nothing", "waiting"], 1: ["refused"], 3: ["failed"], 7: ["refused"] };

/**
 * What holds for every run: no secret in what it tells, no more annotations than GitHub shows, the verdict first, outputs that
 * agree with it, one comment of ours on a pull request.
 */
async function checked(world) {
  for (const ran of world.runs) {
    for (const leg of ran.legs) {
      const told = leg.raw.split("\n").filter((line) => !line.startsWith("::add-mask::")).join("\n");
      for (const secret of leg.masks) assert.ok(!told.includes(secret), `a secret in the log: ${told}`);
      const outputs = JSON.stringify(Object.values(leg.steps).map((one) => one.outputs));
      for (const secret of leg.masks) assert.ok(!outputs.includes(secret) && !leg.summary.includes("***"), "a secret in outputs or summary");
      for (const level of ["error", "warning", "notice"]) {
        assert.ok(leg.annotations.filter((one) => one.level === level).length <= 10, `more than ten annotations: ${level}`);
      }
      if (leg.action) {
        const { code, outputs } = leg.action;
        assert.ok((ends[code] ?? []).includes(outputs.status), `${outputs.status}, and exit code ${code}`);
        assert.ok(leg.summary, `no summary: ${leg.log}`);
        assert.equal(code === 0 && leg.annotations.some(({ level }) => level === "error"), false, JSON.stringify(leg.annotations));
        for (const name of ["findings", "lint-errors", "lint-warnings"]) assert.match(outputs[name], /^[0-9]+$/);
        JSON.parse(outputs.json);
      }
      if (leg.summary) assert.match(leg.summary, /^(### |sandgate: nothing to do)/);
      const lacks = leg.annotations.find(({ message }) => /`permissions`/.test(message));
      assert.ok(world.withheld.length || !lacks, `a permission is missing in the docs: ${lacks?.message}`);
      assert.ok(!/Unexpected input|is not recognised|panicked/.test(leg.log), leg.log);
    }
  }
  assert.ok(!JSON.stringify(await world.github()).includes(KEY), "the key is told to GitHub");
  const { comments } = await world.github();
  for (const { author, body } of comments) {
    assert.equal(author, "github-actions[bot]");
    assert.match(body, /^<!-- sandgate:v1 key=sandgate[^]*\n### [✅❌⏳🧹] Sandbox images: /u);
  }
  assert.equal(new Set(comments.map(({ issue }) => issue)).size, comments.length, "one comment on a pull request");
}

/** Where there is more than one image. */
const projects = {
  "sandbox-images.yml": { agent: "im ages/a;$(id)", worker: "worker" },
  "sandbox-waves.yml": { base: "base", api: "api" },
};

/** Runs with another workflow's scenario. */
const covered = { "sandbox-image.yml": "sandbox-caller.yml" };

function existsIn(world, artifact) {
  const runs = join(world.folder, "artifacts");
  return readdirSync(runs).some((run) => readdirSync(join(runs, run)).includes(artifact));
}

const files = readdirSync(join(docs, ".github/workflows"));
for (const file of files) assert.ok(file in scenarios || covered[file] in scenarios, `${file} of the docs is run by nothing`);

if (spawnSync("gh", ["--version"]).error) {
  assert.ok(!process.env.SANDGATE_REQUIRE_REAL, "gh is not here");
  console.log("!! NOT CHECKED: gh is not here, which sandbox-waves.yml asks");
  delete scenarios["sandbox-waves.yml"];
}

const action = await released(mkdtempSync(join(folder, "released-")), program);
console.log(`released in ${Math.round(performance.now() / 1000)} s`);
let failed = 0;
await Promise.all(
  Object.entries(scenarios)
    .filter(([file]) => !only || file.trim() === only)
    .map(async ([file, scenario]) => {
      const own = join(folder, file.replace(".yml", "").replace(" ", "-withheld"));
      const origin = new Origin(join(own, "origin"), projects[file] ?? { agent: "agent" });
      const world = await World.start(own, { program, action, origin, docs: resolve(docs) });
      const from = Date.now();
      try {
        await scenario(world, file.trim());
        await checked(world);
        console.log(`${file}: ${world.ran} runs, ${Math.round((Date.now() - from) / 1000)} s`);
      } catch (error) {
        failed += 1;
        console.log(`${file}: ${error.stack}`);
      }
    }),
);
// One program was fetched for all of them where they share a tool cache; none was fetched twice in one.
assert.ok(readFileSync(join(action, "action/versions"), "utf8").includes("version 0.1.0"));
console.log(`workflows: ${Object.keys(scenarios).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
