// Whether action.yml, action-types.yml, action/versions and docs/github-action.md say the same. With `--bless` the tables of
// the page are written.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";

const action = parse(readFileSync("action.yml", "utf8"));
const types = parse(readFileSync("action-types.yml", "utf8"));
const page = readFileSync("docs/github-action.md", "utf8");

const shown = (value) => (value === "" || value === undefined ? "" : `\`${value}\``);
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`.replaceAll("|  |", "| |")).join("\n");
const inputs = table(
  ["Input", "What it is", "Default"],
  Object.entries(action.inputs).map(([name, { description, default: value }]) => [`\`${name}\``, description, shown(value)]),
);
const outputs = table(
  ["Output", "What it is"],
  Object.entries(action.outputs).map(([name, { description }]) => [`\`${name}\``, description]),
);
let index = 0;
const wanted = page.replaceAll(/(<!-- made from action\.yml[^\n]*-->\n)[^]*?(<!-- end -->)/g, (_, start, end) => {
  index += 1;
  return `${start}${[inputs, outputs][index - 1]}\n${end}`;
});
assert.equal(index, 2, "the page has two tables");
if (process.argv.includes("--bless")) writeFileSync("docs/github-action.md", wanted);
else assert.equal(page, wanted, "docs/github-action.md is older than action.yml: tests/action/run --bless");

for (const kind of ["inputs", "outputs"]) {
  assert.deepEqual(Object.keys(types[kind]), Object.keys(action[kind]), `${kind} of action-types.yml`);
  for (const [name, type] of Object.entries(types[kind])) typed(`${kind}.${name}`, type);
}

// The format of github-actions-typing: six types, each with what it needs and nothing else.
function typed(where, { type, ...rest }, inside = false) {
  const needs = { enum: ["allowed-values"], list: ["separator", "list-item"], string: [], boolean: [], integer: [], float: [] };
  assert.ok(needs[type] && !(inside && type === "list"), `${where}: no type ${type}`);
  assert.deepEqual(Object.keys(rest).sort(), [...needs[type]].sort(), `${where}: ${type}`);
  if (type === "list") typed(`${where}[]`, rest["list-item"], true);
}
for (const [name, { default: value }] of Object.entries(action.inputs)) {
  const { type, "allowed-values": allowed } = types.inputs[name];
  if (type === "boolean") assert.match(value, /^(true|false)$/, name);
  if (type === "enum" && value !== "") assert.ok(allowed.includes(value), `${name}: ${value}`);
}

// Every input goes on by one variable, and every variable comes from an input; every output comes from the step.
const [step] = action.runs.steps;
assert.equal(action.runs.steps.length, 1);
assert.ok(!step.run.includes("${{"), "nothing is pasted into a script");
const from = Object.values(step.env).flatMap((value) => value.match(/inputs\.([a-z-]+)/)?.[1] ?? []);
assert.deepEqual([...from].sort(), Object.keys(action.inputs).sort());
for (const [name, { value }] of Object.entries(action.outputs)) {
  assert.equal(value, `\${{ steps.${step.id}.outputs.${name} }}`);
}

const versions = readFileSync("action/versions", "utf8");
const crate = readFileSync("Cargo.toml", "utf8").match(/^version = "(.*)"$/m)[1];
const pinned = versions.match(/^version (.*)$/m)[1];
const unreleased = versions.includes(" unreleased");
assert.ok(!unreleased || pinned === crate, "what is not released yet is the version of Cargo.toml");
assert.equal(page.includes("No version is released yet"), unreleased, "what the page says of releases");
for (const [, version] of page.matchAll(/uses: acme\/sandgate@0{40} # v(.*)$/gm)) assert.equal(version, pinned);
console.log(`${Object.keys(action.inputs).length} inputs and ${Object.keys(action.outputs).length} outputs are described as they are`);
