// What is given to the Action arrives at the program by environment, byte for byte, whatever it holds; what the program gives
// back are the outputs. The program here only writes down what it was given.
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { run } from "./runner.mjs";

const [, , folder] = process.argv;
mkdirSync(folder, { recursive: true });
const work = mkdtempSync(join(folder, "inputs-"));
const action = parse(readFileSync("action.yml", "utf8"));
const program = join(work, "program");
writeFileSync(
  program,
  `#!${process.execPath}
const fs = require("fs");
fs.writeFileSync(process.env.GITHUB_WORKSPACE + "/given.json", JSON.stringify([process.argv.slice(2), process.env]));
for (const name of ${JSON.stringify(Object.keys(action.outputs))}) {
  fs.appendFileSync(process.env.GITHUB_OUTPUT, name + "<<END-of-it\\nvalue of " + name + "\\nEND=of\\nEND-of-it\\n");
}
const key = String(process.env.BL_API_KEY).replaceAll("%", "%25").replaceAll("\\n", "%0A");
console.log("::error file=a%2Cb,line=3::told%0A" + key);
process.exit(Number(process.env.WITH_CODE));
`,
);
chmodSync(program, 0o755);

const mapped = Object.entries(action.runs.steps[0].env).flatMap(([variable, value]) => {
  const input = value.match(/inputs\.([a-z-]+)/)?.[1];
  return input && !["binary-path", "download-base-url", "working-directory"].includes(input) ? [[variable, input]] : [];
});

/** Runs the Action with inputs; gives the job, and what the program was given. */
async function given(inputs, { environment = {}, code = 0, jobEnvironment = {} } = {}) {
  const workflow = {
    name: "Inputs",
    on: "push",
    permissions: {},
    jobs: {
      one: {
        name: "One",
        "runs-on": "ubuntu-24.04",
        env: jobEnvironment,
        outputs: Object.fromEntries(Object.keys(action.outputs).map((name) => [name, `\${{ steps.it.outputs.${name} }}`])),
        steps: [
          {
            id: "it",
            uses: "acme/sandgate@0000000000000000000000000000000000000000",
            with: {
              "binary-path": "${{ github.event.program }}",
              ...Object.fromEntries(Object.keys(inputs).map((name) => [name, `\${{ github.event.inputs['${name}'] }}`])),
            },
          },
        ],
      },
    },
  };
  mkdirSync(join(work, ".github/workflows"), { recursive: true });
  writeFileSync(join(work, ".github/workflows/inputs.yml"), JSON.stringify(workflow));
  const world = {
    root: work,
    folder: join(work, "runs"),
    actions: { "acme/sandgate": { composite: resolve(".") } },
    environment: { PATH: process.env.PATH, WITH_CODE: String(code), ...environment },
    secrets: {},
    vars: {},
    token: () => "ghs_of-the-job",
  };
  const ran = await run(world, "inputs.yml", { name: "push", payload: { ref: "refs/heads/main", program, inputs } }, { repository: "o/r" });
  const [[args, variables]] = ran.legs.map(({ home }) => JSON.parse(readFileSync(join(home, "workspace/given.json"), "utf8")));
  assert.deepEqual(args, ["ci"]);
  return { ran, variables };
}

const odd = [
  "a b;$(id)",
  "`id` && id",
  "'; id; '",
  '"; id; "',
  "line\nBL_API_KEY=\n::error::x\nlast",
  "${{ github.token }} %0A %25 \\n",
  "-rf --help *",
  "ümläut 日本 \u202e\u200b",
  "${IFS}id|id>x<y",
];
for (const value of odd) {
  const { ran, variables } = await given(Object.fromEntries(mapped.map(([, input]) => [input, value])));
  for (const [variable, input] of mapped) assert.equal(variables[variable], value, `${input} as ${variable}`);
  assert.ok(!/uid=\d/.test(ran.log), ran.log);
  assert.equal(ran.result, "success");
  // The key is told to the runner before anything else, so that it is nowhere in the log.
  assert.equal(ran.annotations.length, 1);
  assert.ok(!ran.annotations[0].message.includes(value.split("\n")[0]), ran.annotations[0].message);
}

{
  const { ran, variables } = await given({});
  for (const [variable, input] of mapped) {
    const usual = input === "github-token" ? "ghs_of-the-job" : action.inputs[input].default || undefined;
    assert.equal(variables[variable], usual, `${input} by default`);
  }
  for (const name of ["SANDGATE_BINARY_PATH", "SANDGATE_WORKING_DIRECTORY", "POSIXLY_CORRECT"]) assert.equal(variables[name], undefined);
  for (const name of Object.keys(action.outputs)) assert.equal(ran.jobs.one.outputs[name], `value of ${name}\nEND=of`);
  assert.deepEqual({ ...ran.annotations[0] }, { level: "error", message: "told\nundefined", file: "a,b", line: "3" });
}
{
  const { variables } = await given({ workspace: "given" }, { jobEnvironment: { BL_API_KEY: "of the job", BL_WORKSPACE: "of the job" } });
  assert.equal(variables.BL_API_KEY, "of the job");
  assert.equal(variables.BL_WORKSPACE, "given");
}
for (const code of [1, 7, 101]) {
  const { ran } = await given({}, { code });
  assert.equal(ran.result, "failure", `exit code ${code}`);
}
{
  const evil = "() { echo taken over; }";
  const names = ["exec", "sh", "env", "sed", "unset", "printf", "awk", "cd", "command"];
  const file = join(work, "evil");
  writeFileSync(file, "echo taken over\n");
  const environment = { BASH_ENV: file, ENV: file, ...Object.fromEntries(names.map((name) => [`BASH_FUNC_${name}%%`, evil])) };
  const { ran, variables } = await given({}, { environment });
  assert.ok(!ran.log.includes("taken over"), ran.log);
  assert.deepEqual(Object.keys(variables).filter((name) => /^BASH|^ENV$/.test(name)), []);
}
console.log(`${mapped.length} inputs × ${odd.length} odd values arrive as data; outputs, exit codes and masks are right`);
