// GitHub's own validator over the files that are named: what its editor would mark is an error here.
import { validate } from "@actions/languageservice";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";

const sandgate = parse(readFileSync("action.yml", "utf8"));
// Of other actions, what is used of them. One that is not here can only be used by our own workflows, and is not looked into.
const named = (inputs, outputs = []) => ({
  name: "",
  description: "",
  inputs: Object.fromEntries(inputs.map((name) => [name, { description: "" }])),
  outputs: Object.fromEntries(outputs.map((name) => [name, { description: "" }])),
});
const others = {
  "actions/checkout": named(["fetch-depth", "path", "persist-credentials", "ref", "repository", "sparse-checkout", "token"]),
  "github/codeql-action/upload-sarif": named(["sarif_file", "category"]),
  "actions/upload-artifact": named(["name", "path", "overwrite", "retention-days", "if-no-files-found"]),
  "actions/download-artifact": named(["pattern", "path", "run-id", "github-token", "name", "merge-multiple"]),
};
const config = {
  actionsMetadataProvider: {
    fetchActionMetadata: async ({ owner, name, path }) => {
      const whole = [owner, name, path].filter(Boolean).join("/");
      return whole === "acme/sandgate" ? sandgate : others[whole];
    },
  },
  fileProvider: {
    getFileContent: async ({ path }) => ({ name: path, content: readFileSync(join(base, path), "utf8") }),
  },
};

let base;
let found = 0;
const [, , ...files] = process.argv;
for (const file of files) {
  base = join(dirname(file), "../..");
  const text = readFileSync(file, "utf8");
  const document = TextDocument.create(`file:///${file}`, "yaml", 0, text);
  for (const { range, message } of await validate(document, config)) {
    if (file.startsWith(".github/") && message.startsWith("Unable to resolve action")) continue;
    console.log(`${file}:${range.start.line + 1}: ${message}`);
    found += 1;
  }
}
if (found) process.exit(1);
console.log(`${files.length} files, nothing to complain of`);
