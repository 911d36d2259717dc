#!/usr/bin/env node
// Runs the binary of the package for this platform: same arguments, streams, exit code and end by signal.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const platform = `${process.platform}-${process.arch}`;
const packages = require("../package.json").optionalDependencies ?? {};
const name = `@sandgate/cli-${platform}`;

// The code that sandgate gives for a wrong set-up.
const SETUP = 2;

function binary() {
  if (!(name in packages)) {
    const known = Object.keys(packages).map((other) => other.replace("@sandgate/cli-", ""));
    fail(`there is no binary for ${platform}`, `these there are: ${known.join(", ")}; elsewhere build it with cargo`);
  }
  try {
    return require.resolve(`${name}/bin/sandgate${process.platform === "win32" ? ".exe" : ""}`);
  } catch {
    return fail(
      `the package \`${name}\`, which holds the binary, is not installed`,
      "install `sandgate` again on this machine, without `--omit=optional` and without a `node_modules` or a lock file of another platform",
    );
  }
}

function fail(what, next) {
  process.stderr.write(`error: ${what}\n   = help: ${next}\n`);
  process.exit(SETUP);
}

const child = spawn(binary(), process.argv.slice(2), { stdio: "inherit" });

// Ctrl-C on a terminal reaches the binary without help, and must not reach it twice.
const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => (signal === "SIGINT" && terminal ? undefined : child.kill(signal)));
}

child.on("error", (error) => fail(`the binary of \`${name}\` does not start: ${error.message}`, "install `sandgate` again"));
child.on("exit", (code, signal) => {
  if (signal === null) {
    process.exit(code);
  }
  // Ends as the binary did; where a signal cannot be sent to oneself, as a shell would tell of it.
  process.removeAllListeners(signal);
  process.exitCode = 128 + constants.signals[signal];
  process.kill(process.pid, signal);
});
