// GitHub's own validator over the files that are named: what its editor would mark is an error here.
import { validate } from "@actions/languageservice";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { TextDocument } from "vscode-languageserver-textdocument";
import { parse } from "yaml";

const sandgate = parse(readFileSync("action.yml", "utf8"));
// Only what the workflows use of other actions; a name that is not here is marked.
const named = (inputs, outputs = []) => ({
  name: "",
  description: "",
  inputs: Object.fromEntries(inputs.map((name) => [name, { description: "" }])),
  outputs: Object.fromEntries(outputs.map((name) => [name, { description: "" }])),
});
const others = {
  "actions/checkout": named(["fetch-depth", "path", "persist-credentials"]),
  "github/codeql-action/upload-sarif": named(["sarif_file", "category"]),
  "actions/upload-artifact": named(["name", "path", "overwrite", "retention-days", "if-no-files-found"]),
  "actions/download-artifact": named(["merge-multiple", "pattern", "path", "run-id", "github-token", "name"]),
};
const config = {
  actionsMetadataProvider: {
    fetchActionMetadata: async ({ owner, name, path }) => {
      const whole = [owner, name, path].filter(Boolean).join("/");
      const metadata = whole === "acme/sandgate" ? sandgate : others[whole];
      if (!metadata) throw new Error(`${whole} is not known here`);
      return metadata;
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
    console.log(`${file}:${range.start.line + 1}: ${message}`);
    found += 1;
  }
}
if (found) process.exit(1);
console.log(`${files.length} files, nothing to complain of`);
