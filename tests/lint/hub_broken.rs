//! The good images of `tests/hub/` with one thing broken in each: the fault is found, and named by
//! its own rule alone.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use sandgate::{
    lint::{
        self, Options,
        diagnostic::Severity,
        fix::{self, Choice},
    },
    project::{OpenOptions, open},
};
use snapbox::{Data, assert_data_eq};

/// Project, file, what stands there, what stands there instead, the rules that say so. An empty
/// text is the end of the file, which is made where it is missing.
#[rustfmt::skip]
const BROKEN: &[(&str, &str, &str, &str, &str)] = &[
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "RUN wget -q -O /opt/tool https://example.com/tool-linux-arm64 && chmod +x /opt/tool\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "SG116"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "RUN --mount=type=secret,id=npm npm config set //npm.example.com/:_authToken \"$(cat /run/secrets/npm)\"\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "SG207"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "RUN wget -q -O /opt/a.bin https://example.com/a.bin\nRUN rm /opt/a.bin\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "SG305"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "COPY --from=sandbox-api /data /srv/data\nRUN chown -R 1000:1000 /srv/data\nENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "SG306"),
    ("base-image", "Dockerfile", "COPY --from=sandbox-api /sandbox-api /usr/local/bin/sandbox-api\n", "", "SG101"),
    ("base-image", "Dockerfile", "/sandbox-api /usr/local/bin/sandbox-api\n", "/sandbox-api /opt/sandbox-api\n", "SG102"),
    ("base-image", "Dockerfile", "/sandbox-api /usr/local/bin/sandbox-api\n", "/sandbox-api /usr/local/bin/sandbox/\n", "SG102"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/bin/sandbox-api\"]", "SG102"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/sandbox-api\"]", "SG102"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "CMD [\"node\", \"server.js\"]", "SG103"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"npm\", \"run\", \"dev\"]", "SG103"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\n", "", "SG103"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"sh\"]", "SG103"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT sleep infinity", "SG103"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\nENTRYPOINT [\"node\"]", "SG110"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "CMD [\"/usr/local/bin/sandbox-api\"]\nENTRYPOINT [\"npm\", \"start\"]", "SG110"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "CMD [\"/usr/local/bin/sandbox-api\"]\nCMD [\"npm\", \"start\"]", "SG110"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT ['/usr/local/bin/sandbox-api']", "SG111"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\",]", "SG111"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"", "SG111"),
    ("base-image", "Dockerfile", "FROM node:24-alpine3.23", "FROM --platform=linux/arm64 node:24-alpine3.23", "SG114"),
    ("base-image", "Dockerfile", "FROM node:24-alpine3.23", "FROM arm64v8/node:24-alpine3.23", "SG114"),
    ("base-image", "Dockerfile", "EXPOSE 8080", "USER node", "SG109"),
    ("base-image", "Dockerfile", "EXPOSE 8080", "RNU true", "SG701"),
    ("base-image", "Dockerfile", "COPY --from=sandbox-api /sandbox-api", "COPY sandbox-api", "SG501"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]\nFROM node:24-slim", "SG101"),
    ("base-image", "blaxel.toml", "memory = 4096", "memory = \"4096\"", "SG603"),
    ("base-image", "blaxel.toml", "target = 8080", "target = 443", "SG606"),
    ("base-image", "blaxel.toml", "type = \"sandbox\"", "type = \"sandbox", "SG601"),
    ("pip-flask", "apps/web/.env", "", "DB_HOST=db.internal\n", "SG208"),
    ("nextjs", "entrypoint.sh", "\nwait\n", "\n", "SG108"),
    ("nextjs", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "/usr/local/bin/sandbox-api", "SG108"),
    ("nextjs", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "", "SG104"),
    ("nextjs", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "# /usr/local/bin/sandbox-api &", "SG104"),
    ("nextjs", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "/usr/bin/sandbox-api &", "SG102"),
    ("nextjs", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "/sandbox-api &", "SG102"),
    ("nextjs", "entrypoint.sh", "#!/bin/sh\n", "", "SG106"),
    ("nextjs", "entrypoint.sh", "\n", "\r\n", "SG106"),
    ("nextjs", "entrypoint.sh", "#!/bin/sh", "\u{feff}#!/bin/sh", "SG106"),
    ("nextjs", "Dockerfile", "ENTRYPOINT [\"/entrypoint.sh\"]", "ENTRYPOINT [\"/start.sh\"]", "SG105"),
    ("nextjs", "Dockerfile", "ENTRYPOINT [\"/entrypoint.sh\"]", "ENTRYPOINT [\"entrypoint.sh\"]", "SG105"),
    ("nextjs", "Dockerfile", "ENTRYPOINT [\"/entrypoint.sh\"]", "ENTRYPOINT [\"./entrypoint.sh\"]", "SG105"),
    ("nextjs", "Dockerfile", "COPY entrypoint.sh /entrypoint.sh\n", "", "SG105"),
    ("nextjs", "Dockerfile", "COPY entrypoint.sh /entrypoint.sh", "COPY entrypoint.sh /blaxel/", "SG105"),
    ("nextjs", "Dockerfile", "ENTRYPOINT [\"/entrypoint.sh\"]", "CMD [\"npm\", \"run\", \"dev\"]", "SG103"),
    ("nextjs", "Dockerfile", "  curl \\\n", "", "SG113"),
    ("nextjs", "Dockerfile", "COPY entrypoint.sh", "COPY start.sh", "SG105"),
    ("nextjs", "Dockerfile", "COPY entrypoint.sh", "COPY Entrypoint.sh", "SG503"),
    ("nextjs", "Dockerfile", "COPY --from=sandbox-api /sandbox-api /usr/local/bin/sandbox-api\n", "", "SG101"),
    ("nextjs", ".dockerignore", "", "*.sh", "SG105"),
    ("nextjs", "Dockerfile", "ENTRYPOINT [\"/entrypoint.sh\"]", "ENTRYPOINT [\"/entrypoint.sh\"]\nENTRYPOINT [\"npm\", \"start\"]", "SG110"),
    ("expo", "Dockerfile", "RUN chmod +x /entrypoint.sh\n", "", "SG107"),
    ("expo", "Dockerfile", "RUN chmod +x /entrypoint.sh", "RUN chmod +x /entry.sh", "SG107"),
    ("expo", "Dockerfile", "RUN chmod +x /entrypoint.sh", "RUN chmod 644 /entrypoint.sh", "SG107"),
    ("expo", "Dockerfile", "COPY entrypoint.sh /entrypoint.sh\nRUN chmod +x /entrypoint.sh", "RUN chmod +x /entrypoint.sh; true\nCOPY entrypoint.sh /entrypoint.sh", "SG107"),
    ("expo", "entrypoint.sh", "\nwait\n", "\n", "SG108"),
    ("vite-react", "Dockerfile", "COPY --chmod=0755 entrypoint.sh /", "COPY entrypoint.sh /", "SG107"),
    ("vite-react", "Dockerfile", "COPY --chmod=0755 entrypoint.sh /", "COPY --chmod=0644 entrypoint.sh /", "SG107"),
    ("vite-react", "entrypoint.sh", "wait \"$API\"", "", "SG108"),
    ("vite-react", "Dockerfile", "RUN apk add --no-cache curl git netcat-openbsd", "RUN apk add --no-cache git", "SG113"),
    ("vite-react", ".dockerignore", "dist", "*.sh", "SG105"),
    ("astro", "Dockerfile", "install -m 755", "install -m 644", "SG107"),
    ("astro", "Dockerfile", "/usr/local/bin/entrypoint.sh && rm", "/usr/local/bin/entry && rm", "SG105"),
    ("jupyter-server", "entrypoint.sh", "exec /usr/local/bin/sandbox-api", "wait", "SG104"),
    ("jupyter-notebook", "start-sandbox.sh", "exec \"$@\"\n", "", "SG108"),
    ("cua-desktop", "programs/sandbox-api.conf", "/bin/sh -c \"exec /usr/local/bin/sandbox-api --disable-telemetry\"", "/bin/sh -c \"exec /opt/sandbox-api --disable-telemetry\"", "SG102"),
    ("cua-desktop", "Dockerfile", "COPY --chmod=755 entrypoint.sh", "COPY entrypoint.sh", "SG107"),
    ("cua-desktop", "entrypoint.sh", "exec \"$@\"", "echo ready", "SG110"),
    ("docker-in-sandbox", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "/usr/local/bin/sandbox-api", "SG108"),
    ("docker-in-sandbox", "entrypoint.sh", "dockerd --host=unix:///var/run/docker.sock\n", "", "SG108"),
    ("docker-in-sandbox", "Dockerfile", "bash curl docker", "curl docker", "SG106"),
    ("playwright-chromium", "Dockerfile", "RUN apt-get update && apt-get install -y --no-install-recommends netcat-openbsd \\\n    && rm -rf /var/lib/apt/lists/*\n", "", "SG113"),
    ("tini-script", "docker/entrypoint.sh", "exec \"$@\"", "", "SG108"),
    ("tini-script", "docker/entrypoint.sh", "sandbox-api &\n", "", "SG104"),
    ("tini-script", "Dockerfile", "/usr/local/bin/docker-entrypoint.sh", "/opt/docker-entrypoint.sh", "SG103"),
    ("tini-script", "Dockerfile", "apk add --no-cache curl tini", "apk add --no-cache tini", "SG113"),
    ("gosu-user", "entrypoint.sh", "exec gosu app \"$@\"", "", "SG108"),
    ("gosu-user", "Dockerfile", "gosu netcat-openbsd", "gosu", "SG113"),
    ("non-root", "Dockerfile", "ENV BL_SANDBOX_USER_ENABLED=true\n", "", "SG109"),
    ("supervisord", "deploy/supervisord.conf", "command = sandbox-api", "command = uvicorn app:app", "SG104"),
    ("supervisord", "Dockerfile", "COPY deploy/supervisord.conf /etc/supervisord.conf\n", "", "SG105"),
    ("supervisord", "Dockerfile", "\"/etc/supervisord.conf\"]", "\"/srv/supervisord.conf\"]", "SG105"),
    ("exec-arguments", "entrypoint.sh", "sandbox-api &\n", "", "SG104"),
    ("exec-arguments", "entrypoint.sh", "exec \"$@\"", "", "SG108"),
    ("exec-arguments", "Dockerfile", "RUN chmod +x entrypoint.sh\n", "", "SG107"),
    ("exec-arguments", "Dockerfile", "ENTRYPOINT [\"./entrypoint.sh\"]\n", "", "SG103"),
    ("run-printf", "Dockerfile", "'/usr/local/bin/sandbox-api &' \\\n      ", "", "SG104"),
    ("run-printf", "Dockerfile", " \\\n && chmod +x /usr/local/bin/start.sh", "", "SG107"),
    ("run-echo-lines", "Dockerfile", "exec /usr/local/bin/sandbox-api", "redis-cli monitor", "SG104"),
    ("run-heredoc", "Dockerfile", "chmod +x /entrypoint.sh\n", "", "SG107"),
    ("run-heredoc", "Dockerfile", "bun run index.ts &\nwait\n", "", "SG108"),
    ("copy-heredoc", "Dockerfile", "COPY --chmod=755 <<'EOF'", "COPY <<'EOF'", "SG107"),
    ("copy-heredoc", "Dockerfile", "/usr/local/bin/sandbox-api &\n", "", "SG104"),
    ("copy-heredoc", "Dockerfile", "exec deno run --allow-net main.ts\n", "", "SG108"),
    ("script-variables", "entrypoint.sh", "wait -n \"$api_pid\" \"$app_pid\"\nexit $?\n", "", "SG108"),
    ("script-variables", "Dockerfile", "/sandbox-api ${SANDBOX_API}", "/sandbox-api /opt/sandbox-api", "SG102"),
    ("script-functions", "scripts/entrypoint.sh", "  wait \"$SANDBOX_PID\"\n", "", "SG108"),
    ("script-functions", "scripts/entrypoint.sh", "  start_sandbox_api\n", "", "SG104"),
    ("script-functions", "scripts/lib.sh", "  /usr/local/bin/sandbox-api >/proc/1/fd/1 2>&1 &", "  true", "SG104"),
    ("script-functions", "Dockerfile", "apt-get install -y --no-install-recommends curl", "apt-get install -y --no-install-recommends jq", "SG113"),
    ("script-calls-script", "bin/entry", "exec \"$@\"", "", "SG108"),
    ("script-calls-script", "bin/entry", "start-api\n", "node --version\n", "SG104"),
    ("wrapper-with-cmd", "Dockerfile", "CMD [\"sandbox-api\"]", "CMD [\"node\", \"server.js\"]", "SG104"),
    ("image-by-argument", "Dockerfile", "ENTRYPOINT [\"sandbox-api\"]\n", "", "SG103"),
    ("image-by-argument", "Dockerfile", "FROM --platform=linux/amd64", "FROM --platform=linux/arm64", "SG114"),
    ("add-download-in-stage", "Dockerfile", "FROM debian:13-slim AS final", "FROM scratch", "SG115"),
    ("add-download", "Dockerfile", "ADD --chmod=755", "ADD", "SG107"),
    ("curl-download", "Dockerfile", " \\\n && chmod +x /usr/local/bin/sandbox-api", "", "SG107"),
    ("local-binary", "Dockerfile", "COPY --chmod=755 bin/sandbox-api", "COPY bin/sandbox", "SG501"),
    ("hub-base-inherits", "Dockerfile", "ENV NODE_ENV=development", "ENTRYPOINT [\"npm\", \"start\"]", "SG103"),
    ("hub-base-entrypoint", "entrypoint.sh", "exec /usr/local/bin/sandbox-api", "wait", "SG104"),
    ("postgres-beside", "entrypoint.sh", "exec /usr/local/bin/sandbox-api", "wait", "SG104"),
    ("go-service", "Dockerfile", "sandbox-api & service & wait", "sandbox-api & service &", "SG108"),
    ("rust-axum", "Dockerfile", "CMD server & exec sandbox-api", "CMD server & sandbox-api &", "SG108"),
    ("java-maven", "run.sh", "-Dserver.port=9000", "--server.port=8080", "SG112"),
    ("redis-beside", "start", "python3 worker.py", "python3 -m http.server 8080", "SG112"),
    ("uv-fastapi", "Dockerfile", "\"--port\", \"8000\"", "\"--port\", \"8080\"", "SG112"),
    ("pip-flask", "start.sh", "--port=5000", "--port=8080", "SG112"),
    ("wait-python", "boot.sh", "python3 - <<'PY'\nimport socket, time\nwhile socket.socket().connect_ex((\"127.0.0.1\", 8080)):\n    time.sleep(0.1)\nPY\ntail -f /dev/null\n", "sleep 3\n", "SG108"),
    ("keep-alive-loop", "init.sh", "while kill -0 \"$SANDBOX\" 2>/dev/null; do\n  sleep 5\ndone\n", "", "SG108"),
    ("role-switch", "entrypoint.sh", "    exec /usr/local/bin/sandbox-api \"$@\"", "    exec python -m http.server 8000", "SG104"),
    ("monorepo-pnpm", ".dockerignore", ".turbo", "**/*.sh", "SG105"),
    ("uv-fastapi", "start.sh", "wait -n", "", "SG108"),
    ("chromium", "entrypoint.sh", "/usr/local/bin/sandbox-api &", "", "SG104"),
    ("pip-flask", "Dockerfile", "FROM python:3.13-slim", "FROM python:3.13-alpine", "SG106"),
    ("jupyter-server", "entrypoint.sh", "2>&1 &", "", "SG108"),
    ("supervisord", "deploy/supervisord.conf", "[program:api]\ncommand = sandbox-api\nautorestart = true\npriority = 1\n", "", "SG104"),
    ("cua-desktop", "programs/sandbox-api.conf", "command=/bin/sh", ";command=/bin/sh", "SG104"),
    ("hub-base-entrypoint", "entrypoint.sh", "--port 8000 &", "--port 8000", "SG108"),
    ("poetry-django", "entrypoint.sh", "sandbox-api &\nAPI_PID=$!", "", "SG104"),
    ("php-fpm-caddy", "Dockerfile", "COPY --chmod=755 entrypoint.sh /", "COPY entrypoint.sh /", "SG107"),
    ("php-fpm-caddy", "entrypoint.sh", "exec /usr/local/bin/sandbox-api", "exec /usr/local/sbin/sandbox-api", "SG102"),
    ("php-apache", "docker/start.sh", "sandbox-api &\n", "", "SG104"),
    ("dotnet-api", "Dockerfile", "ENTRYPOINT [\"sandbox-api\", \"-c\", \"dotnet App.dll\"]", "ENTRYPOINT [\"dotnet\", \"App.dll\"]", "SG103"),
    ("su-exec-user", "run.sh", "sandbox-api & \n", "", "SG104"),
    ("su-exec-user", "run.sh", "exec su-exec node:node node index.js\n", "", "SG108"),
    ("renamed-binary", "Dockerfile", "ENTRYPOINT [\"blaxel\"]", "ENTRYPOINT [\"blaxel\"]\nUSER nobody", "SG109"),
    ("official-entrypoint", "Dockerfile", "CMD [\"sandbox-api\"]", "CMD [\"node\", \"index.js\"]", "SG103"),
    ("shell-form-cmd", "Dockerfile", " && /usr/local/bin/sandbox-api", "", "SG103"),
    ("run-cat-heredoc", "Dockerfile", " && chmod a+x /usr/local/bin/boot", "", "SG107"),
    ("run-cat-heredoc", "Dockerfile", "wait \"$pid\"\n", "", "SG108"),
    ("run-cat-heredoc", "Dockerfile", "debian:13-slim", "alpine:3.23", "SG106"),
    ("wget-download-script", "start.sh", "exec python -m http.server 8000", "exec python -m http.server 8080", "SG112"),
    ("go-service", "Dockerfile", "FROM alpine:3.23", "FROM scratch", "SG115"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\", \"--port\", \"9000\"]", "SG117"),
    ("base-image", "Dockerfile", "--from=sandbox-api /sandbox-api", "--from=sandbox-api /usr/local/bin/sandbox-api", "SG102"),
    ("base-image", "Dockerfile", "ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "ENTRYPOINT [\"/usr/local/bin/sandbox-api --port 8080\"]", "SG111"),
    ("cua-desktop", "programs/sandbox-api.conf", "command=", "autostart=false\ncommand=", "SG104"),
    ("cua-desktop", "supervisord.conf", "conf.d/*.conf", "programs/*.conf", "SG104"),
];

/// Writes a copy of a project with one file changed.
fn broken(from: &Path, to: &Path, changed: &str, old: &str, new: &str) {
    copy(from, to);
    let file = to.join(changed);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = if old.is_empty() && !file.exists() {
        new.to_owned()
    } else {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(old), "{}: no `{old}` in {changed}", from.display());
        if old.is_empty() { text + new } else { text.replace(old, new) }
    };
    fs::write(&file, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

#[test]
fn each_fault_is_found_by_its_own_rule_and_no_other_error() {
    let hub = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hub");
    let options = Options::at("2026-11-24".parse().unwrap());
    let mut wrong = String::new();
    for (name, file, old, new, code) in BROKEN {
        let dir = tempfile::tempdir().unwrap();
        broken(&hub.join(name), dir.path(), file, old, new);
        let project = open(dir.path(), &OpenOptions::default()).unwrap();
        let outcome = lint::run(&project, &options);
        let found = |least: Severity| -> BTreeSet<&str> {
            let findings = outcome.findings.iter().filter(|finding| finding.severity >= least);
            findings.map(|finding| finding.code).collect()
        };
        let (errors, all) = (found(Severity::Error), found(Severity::Warning));
        let wanted: BTreeSet<&str> = code.split(' ').collect();
        if !all.is_superset(&wanted) || !errors.is_subset(&wanted) {
            let join = |codes: BTreeSet<&str>| codes.into_iter().collect::<Vec<_>>().join(" ");
            let (all, errors, verdict) = (join(all), join(errors), &outcome.start.verdict);
            writeln!(wrong, "{name}/{file}: `{}` -> `{}`", old.escape_debug(), new.escape_debug())
                .unwrap();
            writeln!(wrong, "  wanted {code}, found {all}, as errors {errors}; {verdict}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_start_is_told_to_where_it_breaks() {
    let hub = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hub");
    let options = Options::at("2026-11-24".parse().unwrap());
    let mut told = String::new();
    for (name, file, old, new, code) in BROKEN.iter().filter(|row| row.4.starts_with("SG1")) {
        let dir = tempfile::tempdir().unwrap();
        broken(&hub.join(name), dir.path(), file, old, new);
        let project = open(dir.path(), &OpenOptions::default()).unwrap();
        let start = lint::run(&project, &options).start;
        let last = start.hops.last().map_or(String::new(), |hop| {
            let source = project.source(&hop.location.file);
            let span = hop.location.span.zip(source);
            let line = span.map_or(0, |(span, source)| source.line_of(span.start as usize));
            format!("{}:{line} {}", hop.location.file, hop.what)
        });
        let change = format!("{} -> {}", old.escape_debug(), new.escape_debug());
        writeln!(told, "{name}, {file}: {change}\n  {code} {last}\n  {}", start.verdict).unwrap();
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots/hub-broken.txt");
    assert_data_eq!(told, Data::read_from(&file, None).raw());
}

#[test]
fn a_script_that_the_shell_of_a_run_changes_is_kept_by_quotes() {
    let api =
        "COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api";
    for (line, end, code) in [
        ("exec \"$@\"", "CMD [\"sandbox-api\"]\n", "SG110"),
        ("API=sandbox-api\nexec $API", "", "SG104"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "FROM debian:13-slim\n{api}\nRUN cat > /boot <<EOF && chmod +x /boot\n#!/bin/sh\n{line}\n\
             EOF\nENTRYPOINT [\"/boot\"]\n{end}"
        );
        fs::write(dir.path().join("Dockerfile"), text).unwrap();
        let project = open(dir.path(), &OpenOptions::default()).unwrap();
        let outcome = lint::run(&project, &Options::at("2026-11-24".parse().unwrap()));
        let found = outcome.findings.iter().find(|finding| finding.code == code).unwrap();
        let help = found.help.as_deref().unwrap();
        assert!(help.starts_with("quote the word of the here-document"), "{line}: {help}");
    }
}

#[test]
fn fixes_bring_no_fault_of_their_own() {
    let hub = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hub");
    let options = Options::at("2026-11-24".parse().unwrap());
    let choice = Choice { unsafe_too: true, only: None };
    let mut wrong = String::new();
    let mut repaired = 0;
    for (name, file, old, new, code) in BROKEN {
        let dir = tempfile::tempdir().unwrap();
        broken(&hub.join(name), dir.path(), file, old, new);
        let codes = || {
            let project = open(dir.path(), &OpenOptions::default()).unwrap();
            let outcome = lint::run(&project, &options);
            let noise = outcome.findings.iter().filter(|one| one.severity > Severity::Info);
            let noise: Vec<_> = noise.collect();
            let mends = noise.iter().any(|finding| choice.takes(finding));
            let codes: BTreeSet<&str> = noise.iter().map(|finding| finding.code).collect();
            (codes, outcome.start.verdict, mends)
        };
        let (before, _, mends) = codes();
        let fixed = fix::run(dir.path(), &OpenOptions::default(), &options, choice).unwrap();
        let (after, verdict, _) = codes();
        if fixed.fixed > 0 {
            repaired += 1;
            let again = fix::run(dir.path(), &OpenOptions::default(), &options, choice).unwrap();
            if again.fixed > 0 || !after.is_subset(&before) || mends && after == before {
                let join =
                    |codes: &BTreeSet<&str>| codes.iter().copied().collect::<Vec<_>>().join(" ");
                let (before, after) = (join(&before), join(&after));
                writeln!(wrong, "{name}/{file} ({code}): {before} -> {after}; {verdict}").unwrap();
            } else if code.starts_with("SG1")
                && after.is_empty()
                && !verdict.ends_with("is reached")
            {
                writeln!(wrong, "{name}/{file} ({code}): {verdict}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(repaired > 60, "only {repaired} were repaired");
}

#[test]
fn many_images_are_broken_in_many_ways() {
    let projects: BTreeSet<&str> = BROKEN.iter().map(|(name, ..)| *name).collect();
    let codes: BTreeSet<&str> = BROKEN.iter().flat_map(|(.., code)| code.split(' ')).collect();
    assert!(BROKEN.len() >= 120 && projects.len() >= 40, "{} of {}", BROKEN.len(), projects.len());
    for number in 1..=17 {
        let code = format!("SG1{number:02}");
        assert!(codes.contains(code.as_str()), "nothing is broken for {code}");
    }
    let distinct: BTreeSet<_> =
        BROKEN.iter().map(|(name, file, old, new, _)| (name, file, old, new)).collect();
    assert_eq!(distinct.len(), BROKEN.len());
}
