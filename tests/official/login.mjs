// The TypeScript client with client credentials instead of a key: it asks for a token first.
import assert from "node:assert/strict";
import { listWorkspaces } from "@blaxel/core";

const { data, error } = await listWorkspaces();
assert.equal(error, undefined, JSON.stringify(error));
assert.ok(data.some((workspace) => workspace.name === "near"), JSON.stringify(data));
console.log("@blaxel/core: client credentials become a token");
