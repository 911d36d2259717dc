// Writes every workflow of docs/*.md to FOLDER/.github/workflows, named as its first line says: `# .github/workflows/NAME.yml`.
// `uses: ./.github/workflows/…` finds them there, as it does in a repository.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [, , folder] = process.argv;
const workflows = join(folder, ".github/workflows");
mkdirSync(workflows, { recursive: true });
const seen = new Set();
for (const page of readdirSync("docs").filter((name) => name.endsWith(".md"))) {
  const text = readFileSync(join("docs", page), "utf8");
  for (const [, body] of text.matchAll(/^```yaml\n([^]*?)^```$/gm)) {
    const name = body.match(/^# \.github\/workflows\/([a-z0-9-]+\.ya?ml)\n/)?.[1];
    if (!name) continue;
    if (seen.has(name)) throw new Error(`docs/${page}: ${name} is there twice`);
    seen.add(name);
    writeFileSync(join(workflows, name), body);
  }
}
if (seen.size < 10) throw new Error(`only ${seen.size} workflows were found in docs/`);
console.log(`${seen.size} workflows in docs/`);
