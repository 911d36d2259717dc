#!/usr/bin/env node
// Makes the npm packages of one version: the launcher, and one package a platform with its binary in it.
//   node npm/build.mjs OUT [--repository URL] PLATFORM=BINARY…      (linux-x64=target/…/sandgate)
// OUT then holds `sandgate/` and `cli-PLATFORM/`, each ready for `npm pack` or `npm publish`. The launcher names every platform
// of PLATFORMS, whether or not its binary is given. The Linux binaries of a release are static: one serves gnu and musl alike.
import { chmodSync, copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PLATFORMS = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64", "win32-arm64"];

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const [out, ...rest] = process.argv.slice(2);
let repository;
const binaries = new Map();
while (rest.length > 0) {
  const argument = rest.shift();
  if (argument === "--repository") {
    repository = { type: "git", url: `git+${rest.shift()}.git` };
    continue;
  }
  const [platform, binary] = argument.split("=", 2);
  if (!PLATFORMS.includes(platform) || !binary) {
    throw new Error(`\`${argument}\` is no PLATFORM=BINARY with one of ${PLATFORMS.join(", ")}`);
  }
  binaries.set(platform, binary);
}
if (!out || binaries.size === 0) {
  throw new Error("usage: build.mjs OUT [--repository URL] PLATFORM=BINARY…");
}

const version = /^version = "([^"]+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];
const launcher = JSON.parse(readFileSync(join(here, "launcher/package.json"), "utf8"));

function write(folder, manifest) {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const licence of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    copyFileSync(join(root, licence), join(folder, licence));
  }
}

const main = join(out, "sandgate");
rmSync(main, { recursive: true, force: true });
cpSync(join(here, "launcher"), main, { recursive: true });
copyFileSync(join(root, "README.md"), join(main, "README.md"));
const optionalDependencies = Object.fromEntries(PLATFORMS.map((platform) => [`@sandgate/cli-${platform}`, version]));
write(main, { ...launcher, version, repository, optionalDependencies });

for (const [platform, binary] of binaries) {
  const [os, cpu] = platform.split("-");
  const folder = join(out, `cli-${platform}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "bin"), { recursive: true });
  const inside = join(folder, "bin", os === "win32" ? "sandgate.exe" : "sandgate");
  copyFileSync(binary, inside);
  chmodSync(inside, 0o755);
  write(folder, {
    name: `@sandgate/cli-${platform}`,
    version,
    description: `The binary of sandgate for ${platform}; install \`sandgate\` instead`,
    license: launcher.license,
    repository,
    os: [os],
    cpu: [cpu],
    files: ["bin"],
    preferUnplugged: true,
  });
}
