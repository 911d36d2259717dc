// The TypeScript client @blaxel/core against the simulator, as its users write it: BL_API_URL, BL_API_KEY and
// BL_WORKSPACE say where. What it gives is checked, not only that it ends well.
import assert from "node:assert/strict";
import {
  acceptImageShare,
  cleanupImages,
  createImage,
  declineImageShare,
  deleteImage,
  deleteImageTag,
  getImage,
  getWorkspace,
  ImageInstance,
  initialize,
  listImages,
  listImageShares,
  listPendingImageShares,
  listWorkspaces,
  SandboxInstance,
  shareImage,
  unshareImage,
} from "@blaxel/core";

const api = process.env.BL_API_URL;
const box = "ts-box";
const path = (imageName) => ({ resourceType: "sandbox", imageName });

/** What a call gives; its error is thrown. */
async function given(call) {
  const { data, error, response } = await call;
  assert.equal(error, undefined, `${response?.status}: ${JSON.stringify(error)}`);
  return data;
}

/** The status with which a call is refused. */
async function refused(call) {
  const { error, response } = await call;
  assert.notEqual(error, undefined);
  return response.status;
}

/** Asks until something holds. */
async function until(ask) {
  for (let round = 0; round < 200; round += 1) {
    if (await ask()) return;
    await new Promise((wait) => setTimeout(wait, 50));
  }
  assert.fail("it never came");
}

/** A call of another workspace of the same person. */
async function at(workspace, call) {
  const settings = (name) => ({ apiKey: process.env.BL_API_KEY, workspace: name });
  initialize(settings(workspace));
  const answer = await call();
  initialize(settings("near"));
  return answer;
}

// Workspaces.
assert.equal((await given(getWorkspace({ path: { workspaceName: "near" } }))).accountId, "own");
const names = (await given(listWorkspaces())).map((workspace) => workspace.name);
assert.deepEqual(names, ["far", "near", "side"]);

// A build from source becomes a sandbox.
const statuses = [];
const image = ImageInstance.fromRegistry("node:24-alpine").runCommands("echo built").workdir("/app");
const built = await image.build({
  name: box,
  memory: 2048,
  timeout: 60_000,
  onStatusChange: (status) => statuses.push(status),
});
assert.equal(built.metadata.name, box);
assert.equal(built.status, "DEPLOYED");
assert.equal(statuses.at(-1), "DEPLOYED");
assert.equal(built.spec.runtime.memory, 2048);
assert.match(built.spec.runtime.image, /^sandbox\/ts-box:[a-z0-9]+$/);

// Its image, with its tags.
const found = await given(getImage({ path: path(box) }));
assert.equal(found.metadata.status, "BUILT");
const tags = found.spec.tags.map((tag) => tag.name);
assert.ok(tags.includes("latest"));
assert.ok(tags.includes(built.spec.runtime.image.split(":")[1]));
assert.ok((await given(listImages())).some((row) => row.metadata.name === box));
assert.equal(await refused(getImage({ path: path("none") })), 404);

// Another sandbox of the same image; the one that is there is found, and one that is not is told.
const second = await SandboxInstance.create({
  name: "ts-second",
  image: built.spec.runtime.image,
  memory: 1024,
  region: "us-pdx-1",
  ports: [{ target: 3000, protocol: "HTTP" }],
  envs: [{ name: "MODE", value: "test" }],
});
assert.equal(second.metadata.name, "ts-second");
const got = await SandboxInstance.get("ts-second");
assert.equal(got.spec.runtime.image, built.spec.runtime.image);
assert.equal(got.spec.runtime.envs[0].value, "test");
const all = async () => (await SandboxInstance.list()).data;
const listed = (await all()).map((sandbox) => sandbox.metadata.name).sort();
assert.deepEqual(listed, ["ts-box", "ts-second"]);
await assert.rejects(SandboxInstance.get("none"), (error) => /not found/i.test(JSON.stringify(error)));
await assert.rejects(
  SandboxInstance.create({ name: "ts-third", image: "sandbox/none:latest", memory: 1024, region: "us-pdx-1" }),
  (error) => JSON.stringify(error).includes("INVALID_IMAGE"),
);

// A preview, and the token that opens it.
const preview = await second.previews.create({
  metadata: { name: "pr-1" },
  spec: { port: 3000, public: false, prefixUrl: "pr-1" },
});
assert.ok(preview.spec.url.endsWith("/preview/pr-1-near"), preview.spec.url);
assert.equal((await second.previews.list()).length, 1);
assert.equal((await second.previews.get("pr-1")).spec.port, 3000);
const token = await preview.tokens.create(new Date(Date.now() + 3_600_000));
assert.equal(token.expired, false);
assert.equal((await preview.tokens.list()).length, 1);
await until(async () => (await SandboxInstance.get("ts-second")).status === "DEPLOYED");
assert.equal((await fetch(preview.spec.url)).status, 401);
assert.equal((await fetch(`${preview.spec.url}?bl_preview_token=${token.value}`)).status, 200);
await preview.tokens.delete(token.previewToken.metadata.name);
assert.equal((await fetch(`${preview.spec.url}?bl_preview_token=${token.value}`)).status, 401);
await second.previews.delete("pr-1");
assert.equal((await second.previews.list()).length, 0);

// An image without a sandbox: from a registry, and from source as far as its upload URL.
const made = await given(
  createImage({
    body: { name: "ts-import", resourceType: "sandbox", image: "ghcr.io/example/app:1" },
    query: { "skip-build": "true" },
  }),
);
assert.equal(made.name, "ts-import");
const source = await createImage({
  body: { name: "ts-push", resourceType: "sandbox" },
  query: { upload: "true" },
});
assert.match(source.response.headers.get("x-blaxel-upload-url"), /X-Amz-Signature=[0-9a-f]{64}/);

// Shares: inside the account at once, to another account by its approval.
const shared = await given(shareImage({ path: path(box), body: { targetWorkspace: "side" } }));
assert.equal(shared.metadata.name, box);
let rows = await given(listImageShares({ path: path(box) }));
assert.deepEqual(rows.map((row) => [row.workspace, row.status]), [["side", "active"]]);
const seen = await at("side", () => given(getImage({ path: path(box) })));
assert.equal(seen.metadata.sourceWorkspace, "near");
assert.equal(await refused(deleteImage({ path: path(box) })), 400);
assert.equal(await refused(shareImage({ path: path(box), body: { targetWorkspace: "far" } })), 404);
const far = { targetWorkspace: "far", targetAccountId: "other" };
const offered = await shareImage({ path: path(box), body: far });
assert.equal(offered.response.status, 202);
const outgoing = await given(listPendingImageShares({ query: { direction: "outgoing" } }));
assert.deepEqual(outgoing.map((row) => row.id), [offered.data.id]);
const ask = { query: { direction: "incoming" } };
const incoming = await at("far", () => given(listPendingImageShares(ask)));
assert.equal(incoming[0].sourceWorkspace, "near");
const answer = { path: { pendingShareId: offered.data.id } };
assert.equal(await refused(acceptImageShare(answer)), 403);
const accepted = await at("far", () => given(acceptImageShare(answer)));
assert.equal(accepted.metadata.name, box);
await given(unshareImage({ path: { ...path(box), targetWorkspace: "far" } }));
const again = await given(shareImage({ path: path(box), body: far }));
const declined = await at("far", () => declineImageShare({ path: { pendingShareId: again.id } }));
assert.equal(declined.response.status, 204);
await given(unshareImage({ path: { ...path(box), targetWorkspace: "side" } }));
rows = await given(listImageShares({ path: path(box) }));
assert.deepEqual(rows, []);

// What is deleted is gone.
assert.equal(await refused(deleteImage({ path: path(box) })), 400);
for (const name of ["ts-second", box]) {
  await SandboxInstance.delete(name);
  await until(async () => !(await all()).some((row) => row.metadata.name === name));
}
await given(deleteImageTag({ path: { ...path(box), tagName: "latest" } }));
assert.equal(await refused(deleteImageTag({ path: { ...path(box), tagName: "latest" } })), 404);
await given(deleteImage({ path: path(box) }));
assert.equal(await refused(getImage({ path: path(box) })), 404);
assert.equal((await given(cleanupImages())).deleted, 1);
assert.deepEqual(await given(listImages()), []);
console.log(`@blaxel/core: everything as it should be against ${api}`);
