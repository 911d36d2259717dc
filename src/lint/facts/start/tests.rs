use std::{collections::BTreeMap, path::PathBuf};

use super::*;
use crate::project::{
    context::{Entry, EntryKind, Tree},
    dockerfile,
    source::Source,
};

const API: &str =
    "COPY --from=ghcr.io/blaxel-ai/sandbox:latest /sandbox-api /usr/local/bin/sandbox-api\n";

fn project(dockerfile: &str, files: &[(&str, &str)]) -> Project {
    let files: Vec<_> = files
        .iter()
        .map(|(p, t)| Source::new(ContextPath::new(p), t.as_bytes().to_vec()))
        .collect();
    let mut entries: Vec<_> = files
        .iter()
        .map(|source| Entry {
            path: source.path().clone(),
            disk: PathBuf::new(),
            kind: EntryKind::File { size: 1, executable: true },
            excluded: None,
            via_link: false,
        })
        .collect();
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    Project {
        root: PathBuf::new(),
        dockerfile: dockerfile::parse(Source::new(
            ContextPath::new("Dockerfile"),
            dockerfile.into(),
        )),
        docker_ignore: None,
        blaxel_ignore: None,
        manifest: None,
        unread: None,
        tree: Tree { entries }.into(),
        files: files.into_iter().map(|source| (source.path().clone(), source)).collect(),
        copied: BTreeMap::new(),
        include: crate::project::context::Rules::default(),
        upper: None,
    }
}

/// `api held`, `api lives`, `api blocks`, `api ends`, `api not placed`, `none`, `unknown`,
/// `missing PATH`, `other WHAT`, `script WHAT`.
fn verdict(dockerfile: &str, files: &[(&str, &str)]) -> String {
    let project = project(dockerfile, files);
    let stages = dockerfile::resolve(&project.dockerfile, &BTreeMap::new());
    let runs = runs::all(&project.dockerfile, &stages);
    let images = super::super::images::all(&project, &stages, &runs, &BTreeMap::new());
    let start = follow(&project, &stages, &images, &super::super::scripts::all(&project));
    let mut out = match start.end {
        End::Api(Api { placed: Some(false), path, .. }) => format!("api not at {path}"),
        End::Api(Api { reached: Reached::Held, .. }) => "api held".into(),
        End::Api(Api { reached: Reached::Script(hold), .. }) => match hold {
            Hold::Lives(_) => "api lives".into(),
            Hold::Blocks(_) => "api blocks".into(),
            Hold::Behind(_) => "api behind".into(),
            Hold::Ends { .. } => "api ends".into(),
            Hold::Leaves(_) => "api leaves".into(),
        },
        End::Unknown => "unknown".into(),
        End::None => "none".into(),
        End::Other { what, script, .. } => {
            format!("{} {what}", if script { "script" } else { "other" })
        }
        End::Missing { path, .. } => format!("missing {path}"),
    };
    if start.overridden.is_some() {
        out += " overridden";
    }
    if start.unlisted.is_some() {
        out += " idle";
    }
    out
}

#[test]
fn entrypoint_and_cmd_lead_to_the_api_or_not() {
    for (text, want) in [
        ("ENTRYPOINT [\"/usr/local/bin/sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"sandbox-api\", \"--port\", \"9000\"]", "api held"),
        ("ENTRYPOINT sandbox-api", "api lives"),
        ("ENTRYPOINT exec sandbox-api", "api lives"),
        ("CMD [\"sandbox-api\"]", "api held"),
        ("CMD sandbox-api", "api lives"),
        ("CMD [\"node\", \"x.js\"]", "other node"),
        ("ENTRYPOINT [\"npm\", \"start\"]", "other npm"),
        ("CMD npm run dev", "other npm"),
        ("", "none"),
        ("ENTRYPOINT []\nCMD [\"sandbox-api\"]", "api held"),
        ("RUN apt-get install tini\nENTRYPOINT [\"tini\", \"--\", \"sandbox-api\"]", "api held"),
        (
            "RUN apt-get install tini\nENTRYPOINT [\"tini\", \"-g\", \"--\"]\nCMD [\"sandbox-api\"]",
            "api held",
        ),
        (
            "RUN apt-get install dumb-init\nENTRYPOINT [\"/usr/bin/dumb-init\", \"--\", \"sandbox-api\"]",
            "api held",
        ),
        ("RUN apt-get install gosu\nENTRYPOINT [\"gosu\", \"node\", \"sandbox-api\"]", "api held"),
        (
            "RUN apt-get install su-exec\nENTRYPOINT [\"su-exec\", \"node\", \"sandbox-api\"]",
            "api held",
        ),
        ("ENTRYPOINT [\"tini\", \"--\", \"sandbox-api\"]", "missing tini"),
        ("ENTRYPOINT [\"env\", \"A=1\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"env\", \"spring.x=1\", \"node\", \"a.js\"]", "other node"),
        ("ENTRYPOINT [\"timeout\", \"-s\", \"TERM\", \"9\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"xvfb-run\", \"-a\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"sudo\", \"-nEu\", \"node\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"env\", \"-S\", \"A=1 sandbox-api -p 8080\"]", "api held"),
        ("ENTRYPOINT [\"env\", \"-vS\", \"A=1 sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"env\", \"-i\", \"-vSA=1 sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"env\", \"-uS\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"env\", \"node\", \"-S\", \"sandbox-api\"]", "unknown"),
        ("ENTRYPOINT [\"env\", \"-C\", \"/app\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"time\", \"-p\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"runuser\", \"-u\", \"node\", \"--\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"su\", \"node\", \"-c\", \"exec sandbox-api\"]", "api lives"),
        ("ENTRYPOINT [\"su\", \"node\", \"-c\", \"node a.js\"]", "other node"),
        ("ENTRYPOINT [\"sandbox-api\", \"--version\"]", "other sandbox-api --version"),
        ("ENTRYPOINT [\"sandbox-api\", \"-c\", \"a --key=abc\", \"-h\"]", "other sandbox-api -h"),
        ("ENTRYPOINT [\"timeout\", \"9\", \"sandbox-api\", \"-h\"]", "other sandbox-api -h"),
        ("RUN apt-get install tini\nENTRYPOINT [\"tini\", \"--version\"]", "none"),
        ("ENTRYPOINT [\"sh\", \"-c\", \"sandbox-api & node a.js\"]", "api lives"),
        ("ENTRYPOINT [\"bash\", \"-lc\", \"exec sandbox-api\"]", "api lives"),
        (
            "ENTRYPOINT [\"sh\", \"-c\", \"exec \\\"$@\\\"\", \"--\"]\nCMD [\"sandbox-api\"]",
            "api lives",
        ),
        ("ENTRYPOINT [\"sh\", \"-c\", \"node a.js\"]", "other node"),
        ("ENTRYPOINT ['sandbox-api']", "other ['sandbox-api']"),
        ("ENTRYPOINT [\"bash\"]", "other an interactive shell"),
        ("ENTRYPOINT [\"/opt/tool/start\"]", "unknown"),
        ("ENTRYPOINT [\"/entrypoint.sh\"]", "missing /entrypoint.sh"),
        ("ENTRYPOINT [\"/app/sandbox-api\"]", "api not at /app/sandbox-api"),
        ("ENTRYPOINT [\"sandbox-api\"]\nENTRYPOINT [\"node\", \"a.js\"]", "other node overridden"),
        ("CMD [\"sandbox-api\"]\nCMD [\"node\", \"a.js\"]", "other node overridden"),
        ("ENTRYPOINT [\"node\"]\nCMD [\"sandbox-api\"]", "other node overridden"),
        ("ENTRYPOINT [\"npm\", \"exec\"]\nCMD [\"sandbox-api\"]", "unknown"),
        ("ENTRYPOINT [\"docker-entrypoint.sh\"]\nCMD [\"sandbox-api\"]", "api held"),
        ("ENV B=/usr/local/bin\nENTRYPOINT $B/sandbox-api", "api lives"),
        ("RUN printf '#!/bin/sh\\nsandbox-api\\n' > /s.sh\nENTRYPOINT [\"/s.sh\"]", "api lives"),
        (
            "RUN echo '#!/bin/sh' > /s.sh && echo 'node a.js' >> /s.sh\nENTRYPOINT [\"/s.sh\"]",
            "script /s.sh",
        ),
        ("RUN echo aaa | base64 -d > /s.sh\nENTRYPOINT [\"/s.sh\"]", "unknown"),
        (
            "RUN cat > /s.sh <<'EOF'\n#!/bin/sh\nsandbox-api &\nwait\nEOF\nENTRYPOINT [\"/s.sh\"]",
            "api lives",
        ),
        (
            "COPY <<EOF /s.sh\n#!/bin/sh\nsandbox-api\nEOF\nENTRYPOINT [\"sh\", \"/s.sh\"]",
            "api lives",
        ),
        (
            "COPY <<EOF /s.sh\n#!/bin/sh\nnode a.js\nEOF\nENTRYPOINT [\"sh\", \"/s.sh\"]",
            "script /s.sh",
        ),
        ("RUN cp /usr/local/bin/sandbox-api /srv/boot\nENTRYPOINT [\"/srv/boot\"]", "api held"),
        ("RUN ln -s /usr/local/bin/sandbox-api /srv/boot\nENTRYPOINT [\"/srv/boot\"]", "api held"),
        ("WORKDIR /app\nENTRYPOINT [\"./sandbox-api\"]", "api not at /app/sandbox-api"),
    ] {
        let dockerfile = format!("FROM node:22-alpine\n{API}{text}\n");
        assert_eq!(verdict(&dockerfile, &[]), want, "{text}");
    }
}

#[test]
fn scripts_are_followed() {
    let dockerfile = format!(
        "FROM node:22-alpine\n{API}COPY . /\nENTRYPOINT [\"/entrypoint.sh\"]\nCMD [\"node\", \"a.js\"]\n"
    );
    for (script, want) in [
        ("sandbox-api &\nwait", "api lives"),
        ("sandbox-api", "api lives"),
        ("sandbox-api &", "api ends"),
        ("sandbox-api &\necho ready", "api ends"),
        ("sandbox-api &\nexec node a.js", "api lives"),
        ("sandbox-api &\nexec \"$@\"", "api lives"),
        ("sandbox-api &\nwhile true; do sleep 1; done", "api lives"),
        ("sandbox-api &\nsleep infinity", "api lives"),
        ("sandbox-api &\nsleep 5", "api ends"),
        ("sandbox-api &\ntail -f /dev/null", "api lives"),
        ("sandbox-api &\nwhile ! nc -z 127.0.0.1 8080; do sleep 1; done", "api ends"),
        ("sandbox-api\nnpm run dev", "api blocks"),
        ("sandbox-api &\nnode \\\n `# a note` \\\n -e 1 &\nwait", "api lives"),
        ("sandbox-api &\nif [ x; then\nwait", "api lives"),
        ("sandbox-api\necho done", "api lives"),
        ("npm run dev\nsandbox-api", "api behind"),
        ("npx next start -p 3000\nexec sandbox-api", "api behind"),
        ("uvicorn a:b --port 1 2>&1 | tee /log\nsandbox-api", "api behind"),
        ("dev() { pnpm dev; }\ndev\nsandbox-api &\nwait", "api behind"),
        ("cd /app && uv run uvicorn a:b\nexec sandbox-api", "api behind"),
        ("npm run build\nsandbox-api", "api lives"),
        ("uvicorn --version\nexec sandbox-api", "api lives"),
        ("if [ \"$A\" ]; then npm start; fi\nsandbox-api", "api lives"),
        ("[ -n \"$A\" ] && npm start\nsandbox-api", "api lives"),
        ("gunicorn -D a:b\nsandbox-api", "api lives"),
        ("(npm run dev) &\nsandbox-api", "api lives"),
        ("npm run dev \"$X\"\nsandbox-api", "api lives"),
        ("npm run dev &\nsandbox-api", "api lives"),
        ("exec sandbox-api", "api lives"),
        ("exec sandbox-api --port 8080", "api lives"),
        ("node a.js &\nwait", "script /entrypoint.sh"),
        ("# sandbox-api &\necho sandbox-api\nexec node a.js", "script /entrypoint.sh"),
        ("exec node a.js\nsandbox-api &", "script /entrypoint.sh"),
        ("if [ -n \"$X\" ]; then sandbox-api & fi\nwait", "api lives"),
        ("start() { sandbox-api & }\nstart\nwait", "api lives"),
        ("start() { sandbox-api & }\nwait", "script /entrypoint.sh"),
        ("API=/usr/local/bin/sandbox-api\n\"$API\" &\nwait", "api lives"),
        ("$STARTER &\nwait", "unknown"),
        ("(sandbox-api) &\nwait", "api lives"),
        ("nohup sandbox-api > /tmp/l 2>&1 &\nexec npm run dev", "api lives"),
        ("sh /other.sh", "api lives"),
        ("/other.sh &\nwait", "api lives"),
        (". /other.sh", "api lives"),
        ("/gone.sh", "missing /gone.sh"),
        ("exec \"$@\"", "script /entrypoint.sh"),
        ("bash -c 'sandbox-api &'\nwait", "api lives"),
        ("sandbox-api & wait $!", "api lives"),
        ("sandbox-api &\nPID=$!\nwait $PID", "api lives"),
        ("/app/gone/sandbox-api &\nwait", "api not at /app/gone/sandbox-api"),
        ("set -m\nsandbox-api &\nfg", "api lives"),
        ("sandbox-api | tee /log", "api lives"),
        ("exec gosu node sandbox-api", "missing gosu"),
        ("exec tini -- gosu node sandbox-api", "missing tini"),
        ("exec gosu node sandbox-api || exec sandbox-api", "api lives"),
        ("exec gosu node node a.js", "script /entrypoint.sh"),
        ("gosu node npm ci\nexec sandbox-api", "api lives"),
        ("command -v gosu || exit 1\nexec gosu node sandbox-api", "api lives"),
        ("apk add su-exec\nexec su-exec node sandbox-api", "api lives"),
        ("if [ \"$A\" ]; then exec gosu node sandbox-api; fi\nexec sandbox-api", "api lives"),
        ("exec sh -c 'exec gosu node sandbox-api'", "missing gosu"),
        ("sandbox-api 2>&1 | tee /log\nnpm run dev", "api blocks"),
        ("exec sandbox-api | tee /log\nnpm run dev", "api blocks"),
        ("sandbox-api | tee /log &\nnpm run dev", "api lives"),
        ("if ! sandbox-api; then exit 1; fi", "api lives"),
        ("if ! sandbox-api; then exit 1; fi\nnpm run dev", "api blocks"),
        ("if [ \"$A\" ]; then if ! sandbox-api; then exit 1; fi; fi\nnode a.js", "api lives"),
        ("if sandbox-api --help; then echo ok; fi\nexec sandbox-api", "api lives"),
        ("command -v sandbox-api || exit 127\nexec node a.js", "script /entrypoint.sh"),
        ("command -pV sandbox-api\nwait", "script /entrypoint.sh"),
        ("command -v sandbox-api >/dev/null && sandbox-api &\nwait", "api lives"),
        ("command -v sandbox-api\nsandbox-api &\necho up", "api ends"),
        ("exec command sandbox-api", "api lives"),
        ("node x.js || exit 1\nexit 0\nexec sandbox-api", "script /entrypoint.sh"),
        ("sandbox-api &\nexit 0\nwait", "api ends"),
        ("node x.js && { echo done; exit 0; }\nexec sandbox-api", "api lives"),
        ("node x.js || { echo bad; exit 1; }\nexec sandbox-api", "api lives"),
        ("node x.js && {\necho a # }\nexit 0\n}\nexec sandbox-api", "api lives"),
        ("echo {\nexit 0\nexec sandbox-api", "script /entrypoint.sh"),
        ("# so {\nexit 0\nexec sandbox-api", "script /entrypoint.sh"),
        ("if [ \"$A\" ]; then exit 0; fi\nexec sandbox-api", "api lives"),
        ("sandbox-api &\nexec gosu node node a.js", "missing gosu"),
        ("sandbox-api & exec tini -- node a.js", "missing tini"),
        ("sandbox-api &\nwait\nexec gosu node node a.js", "api lives"),
        ("sandbox-api &\nsleep infinity\nexec gosu node node a.js", "api lives"),
        ("sandbox-api &\nnode server.js\nexec gosu node node a.js", "api lives"),
        ("sandbox-api &\nwhile true; do sleep 5; done\nexec gosu node node a.js", "api lives"),
        ("sandbox-api &\nsleep 2\necho up\nexec gosu node node a.js", "missing gosu"),
        ("sandbox-api &\nnode b.js &\nexec gosu node node a.js", "missing gosu"),
        ("sandbox-api &\nexec gosu node node a.js || node a.js", "api lives"),
        ("sandbox-api &\nif [ \"$A\" ]; then exec gosu node node a.js; fi\nwait", "api lives"),
        ("command -v gosu || exec node a.js & sandbox-api &\nexec gosu node a", "api lives"),
        ("exec runuser -u node -- sandbox-api", "api lives"),
        ("runuser node -c 'sandbox-api' &", "api ends"),
        ("exec su -s /bin/bash node --command='exec sandbox-api'", "api lives"),
        ("exec env \"A=$B c\" sandbox-api", "api lives"),
        ("exec su node -c \"PATH=$PATH exec $*\"", "unknown"),
        ("tini --version sandbox-api\nnode a.js", "script /entrypoint.sh"),
        ("timeout 5 sandbox-api --version\nexec node a.js", "script /entrypoint.sh"),
        ("sudo -l sandbox-api\nexec sandbox-api", "api lives"),
        ("sandbox-api --help\nsandbox-api", "api lives"),
        ("case $1 in x) exit 0 ;; esac\nexec sandbox-api", "api lives"),
        ("(exit 0)\nbash -c 'exit 0'\nexec sandbox-api", "api lives"),
        ("true | { read a; exit 0; }\nexec sandbox-api", "api lives"),
        ("bye() { exit 0; }\ntrap bye TERM\nexec sandbox-api", "api lives"),
        ("up() { [ \"$A\" ] && return; exit 0; }\nup\nexec sandbox-api", "api lives"),
    ] {
        let text = format!("#!/bin/sh\n{script}\n");
        for text in [text.clone(), text.replace('\n', "\r\n")] {
            let files =
                [("entrypoint.sh", text.as_str()), ("other.sh", "#!/bin/sh\nexec sandbox-api\n")];
            assert_eq!(verdict(&dockerfile, &files), want, "{text:?}");
        }
    }
}

#[test]
fn files_that_read_themselves_come_to_an_end() {
    let dockerfile =
        format!("FROM node:22-alpine\n{API}COPY . /\nENTRYPOINT [\"/entrypoint.sh\"]\n");
    let script = format!("#!/bin/sh\n{}sandbox-api &\nwait\n", ". /entrypoint.sh\n".repeat(200));
    assert_eq!(verdict(&dockerfile, &[("entrypoint.sh", &script)]), "api lives");
    let script = format!("#!/bin/sh\n{}exec sandbox-api\n", "a && exit 0\n".repeat(3000));
    assert_eq!(verdict(&dockerfile, &[("entrypoint.sh", &script)]), "unknown");
    let script = format!("#!/bin/sh\n{}exec sandbox-api\n", "f() { f; g; }\ng\n".repeat(1500));
    assert_eq!(verdict(&dockerfile, &[("entrypoint.sh", &script)]), "api lives");
}

#[test]
fn scripts_that_a_run_writes_are_read_as_the_shell_leaves_them() {
    for (word, text, want) in [
        ("SH", "exec \"\\$@\"", "api lives"),
        ("SH", "exec \"$@\"", "script /boot"),
        ("'SH'", "exec \"$@\"", "api lives"),
        ("\\SH", "exec \"$@\"", "api lives"),
        ("SH", "API=/usr/local/bin/sandbox-api\n\\$API &\nwait", "api lives"),
        ("SH", "printf 'a\\n'\nexec $DIR/sandbox-api", "api lives"),
        ("SH", "echo \\`date\\` \\\\ $(date)\nexec \\\nsandbox-api", "api lives"),
        ("SH", "exec $HERE", "api lives"),
    ] {
        let write = format!("cat > /boot <<{word} && chmod +x /boot\n#!/bin/sh\n{text}\nSH\n");
        for run in [
            format!("RUN HERE=sandbox-api && {write}"),
            format!("RUN <<EOF\nHERE=sandbox-api\n{write}EOF\n"),
        ] {
            let dockerfile = format!(
                "FROM debian:13-slim\n{API}ENV DIR=/usr/local/bin\n{run}\
                 ENTRYPOINT [\"/boot\"]\nCMD [\"sandbox-api\"]\n"
            );
            let want = if want.starts_with("script") {
                format!("{want} overridden")
            } else {
                want.to_owned()
            };
            assert_eq!(verdict(&dockerfile, &[]), want, "{dockerfile}");
        }
    }
}

#[test]
fn long_here_documents_are_expanded_at_once() {
    let lines = "#$B\n".repeat(15_000);
    let text = format!("#!/bin/sh\n{lines}X=1\nexec $X sandbox-api\n");
    for write in ["COPY --chmod=755 <<SH /boot", "RUN cat > /boot <<SH"] {
        let dockerfile = format!(
            "FROM debian:13-slim\n{API}{write}\n{text}SH\nRUN chmod +x /boot\n\
             ENTRYPOINT [\"/boot\"]\n"
        );
        assert_eq!(verdict(&dockerfile, &[]), "api lives", "{write}");
    }
}

#[test]
fn supervisord_is_read_with_what_it_includes() {
    let main = "[supervisord]\nnodaemon = true\n";
    let api = "[program:api]\ncommand=sandbox-api\n";
    let off = format!("{main}{api}autostart = false\n[program:web]\ncommand=node a.js\n");
    let include = |files: &str| format!("{main}[include]\nfiles = {files}\n");
    let run = "CMD [\"supervisord\", \"-c\", \"/etc/s.conf\"]";
    let script = "ENTRYPOINT [\"/boot.sh\"]";
    let conf = "script /etc/s.conf";
    for (conf, boot, start, want) in [
        (include("/etc/own/*.conf"), "", run, "api held"),
        (include("x.ini\n  own/*.conf"), "", run, "api held"),
        (include("%(here)s/own/api.conf"), "", run, "api held"),
        (include("up/*") + api + "autostart=false\n", "", run, "unknown"),
        (include("/etc/other/*.conf"), "", run, "script /etc/s.conf"),
        (include("/etc/%(ENV_DIR)s/*.conf"), "", run, "unknown"),
        (main.to_owned(), "", run, "script /etc/s.conf"),
        (off.clone(), "", run, "script /etc/s.conf"),
        (off.clone(), "supervisorctl start api", run, "api held"),
        (off.replace("false", "%(ENV_UP)s"), "", run, "api held"),
        (format!("{main}[program:api]\ncommand: sandbox-api\n"), "", run, "api held"),
        (format!("{main}[program:api]\nCommand=\n  sandbox-api ; it\n"), "", run, "api held"),
        (format!("{main}[program:api]\ncommand=sh -c\n  'exec sandbox-api'"), "", run, "api held"),
        (format!("{main}[program:x]\ncommand=node a.js\t; not sandbox-api"), "", run, conf),
        (format!("{main}[program:x]\nenvironment=A=1,\n  command=sandbox-api"), "", run, conf),
        (off.replace("autostart = false", "AutoStart: No"), "", run, conf),
        (format!("{main}{api}[program:api]\ncommand=node a.js\n"), "", run, conf),
        (
            format!("{main}[program:x]\ncommand=%(here)s/../boot.sh\n"),
            "sandbox-api",
            run,
            "api held",
        ),
        (format!("{main}[program:x]\ncommand=%(ENV_X)s\n"), "", run, "unknown"),
        (format!("[supervisord]\nNodaemon: true\n{api}"), "", run, "api held"),
        (format!("[program:x]\nnodaemon=true\n{api}"), "", run, "api leaves"),
        (api.to_owned(), "", run, "api leaves"),
        (format!("[supervisord]\nnodaemon=no ; not now\n{api}"), "", run, "api leaves"),
        (format!("[supervisord]\nnodaemon=%(ENV_STAY)s\n{api}"), "", run, "api held"),
        (api.to_owned(), "", "CMD [\"supervisord\", \"-nc\", \"/etc/s.conf\"]", "api held"),
        (api.to_owned(), "", "CMD [\"supervisord\", \"-n\", \"-c/etc/s.conf\"]", "api held"),
        (api.to_owned(), "supervisord -c /etc/s.conf", script, "api leaves"),
        (api.to_owned(), "exec supervisord -c /etc/s.conf", script, "api leaves"),
        (api.to_owned(), "exec supervisord -nc /etc/s.conf", script, "api lives"),
        (api.to_owned(), "supervisord -c /etc/s.conf\nexec node a.js", script, "api lives"),
        (api.to_owned(), "sed -i '1i nodaemon=1' /etc/s.conf", run, "api held"),
    ] {
        let dockerfile = format!(
            "FROM debian:13-slim\n{API}RUN apt-get install -y supervisor\n\
             COPY s.conf /etc/s.conf\nCOPY api.conf /etc/own/\n\
             COPY up.conf /etc/up/\nCOPY boot.sh /boot.sh\n{start}\n"
        );
        let boot = format!("#!/bin/sh\n{boot}\n");
        let files = [
            ("s.conf", conf.as_str()),
            ("api.conf", api),
            ("up.conf", "[program:api]\nautostart=true\n"),
            ("boot.sh", boot.as_str()),
        ];
        assert_eq!(verdict(&dockerfile, &files), want, "{conf:?} {boot:?} {start}");
    }
}

#[test]
fn a_service_of_s6_that_no_bundle_names_is_not_started() {
    let dockerfile = format!(
        "FROM debian:13-slim\n{API}ADD https://x/s6-overlay-noarch.tar.xz /tmp\n\
         RUN tar -C / -Jxpf /tmp/s6-overlay-noarch.tar.xz\nCOPY . /\nENTRYPOINT [\"/init\"]\n"
    );
    let run = ("etc/s6-overlay/s6-rc.d/api/run", "#!/bin/sh\nexec sandbox-api\n");
    let web = ("etc/s6-overlay/s6-rc.d/web/run", "#!/bin/sh\nexec node a.js\n");
    for (more, want) in [
        (("etc/s6-overlay/s6-rc.d/user/contents.d/api", ""), "api held"),
        (("etc/s6-overlay/s6-rc.d/user/contents.d/web", ""), "other init idle"),
        (("etc/s6-overlay/s6-rc.d/web/dependencies.d/api", ""), "other init idle"),
        (("etc/s6-overlay/s6-rc.d/mine/contents.d/api", ""), "other init idle"),
        (("etc/s6-overlay/s6-rc.d/user2/contents.d/api", ""), "api held"),
        (("etc/s6-overlay/s6-rc.d/user/contents", "web\napi\n"), "api held"),
        (("etc/s6-overlay/s6-rc.d/user/contents", "web\n"), "other init idle"),
        (("etc/cont-init.d/up.sh", "#!/bin/sh\ns6-rc -u change api\n"), "api held"),
        (("etc/cont-init.d/up.sh", "#!/bin/sh\n. /etc/$X\n"), "unknown"),
        (("etc/services.d/api/run", run.1), "api held"),
    ] {
        assert_eq!(verdict(&dockerfile, &[run, web, more]), want, "{more:?}");
    }
    let listed = ("etc/s6-overlay/s6-rc.d/mine/contents.d/api", "");
    for more in ["user/contents.d/mine", "web/dependencies.d/mine"] {
        let more = (&*format!("etc/s6-overlay/s6-rc.d/{more}"), "");
        let user = ("etc/s6-overlay/s6-rc.d/user/contents.d/web", "");
        assert_eq!(verdict(&dockerfile, &[run, web, listed, more, user]), "api held", "{more:?}");
    }
    let touched = dockerfile
        .replace("COPY . /", "COPY . /\nRUN touch /etc/s6-overlay/s6-rc.d/user/contents.d/api");
    assert_eq!(verdict(&touched, &[run, web]), "api held");
    let other = dockerfile.replace("debian:13-slim", "corp/base");
    assert_eq!(verdict(&other, &[run, web]), "api held");
}

#[test]
fn an_init_process_runs_the_command_that_it_is_given() {
    let idle = ("etc/s6-overlay/s6-rc.d/api/run", "#!/bin/sh\nexec sandbox-api\n");
    let boot = ("boot.sh", "#!/bin/sh\nexec sandbox-api\n");
    let web = ("web.sh", "#!/bin/sh\n/init &\nexec sandbox-api\n");
    let dark = ("dark.sh", "#!/bin/sh\n/init &\n. /etc/$X\n");
    for (start, want) in [
        ("ENTRYPOINT [\"/init\"]\nCMD [\"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"/init\"]\nCMD [\"/boot.sh\"]", "api lives"),
        ("ENTRYPOINT [\"/init\"]\nCMD [\"node\", \"a.js\"]", "other init idle"),
        ("ENTRYPOINT [\"/init\"]\nCMD [\"/opt/x\"]", "unknown"),
        ("ENTRYPOINT [\"/sbin/my_init\", \"--quiet\", \"--\", \"sandbox-api\"]", "api held"),
        ("ENTRYPOINT [\"s6-svscan\", \"sandbox-api\"]", "other s6-svscan idle"),
        ("ENTRYPOINT [\"/init\"]", "other init idle"),
        ("ENTRYPOINT [\"/web.sh\"]", "api lives"),
        ("ENTRYPOINT [\"/dark.sh\"]", "unknown"),
    ] {
        let dockerfile = format!(
            "FROM debian:13-slim\n{API}ADD https://x/s6-overlay-noarch.tar.xz /tmp\n\
             RUN tar -C / -Jxpf /tmp/s6-overlay-noarch.tar.xz\nCOPY . /\n{start}\n"
        );
        let listed = ("etc/s6-overlay/s6-rc.d/user/contents.d/web", "");
        assert_eq!(verdict(&dockerfile, &[idle, listed, boot, web, dark]), want, "{start}");
    }
}

#[test]
fn many_services_are_looked_at_once() {
    let dockerfile = format!("FROM debian:13-slim\n{API}COPY . /\nENTRYPOINT [\"/init\"]\n");
    let dir = "etc/s6-overlay/s6-rc.d";
    let mut files = Vec::new();
    for number in 0..3000 {
        files.push((format!("{dir}/s{number}/run"), "#!/bin/sh\nexec node a.js\n"));
        files.push((format!("{dir}/s{number}/dependencies.d/s{}", number + 1), ""));
    }
    files.push((format!("{dir}/s3000/run"), "#!/bin/sh\nexec sandbox-api\n"));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert_eq!(verdict(&dockerfile, &files), "other init idle");
    let first = (&*format!("{dir}/user/contents.d/s0"), "");
    let files: Vec<_> = files.into_iter().chain([first]).collect();
    assert_eq!(verdict(&dockerfile, &files), "api held");
}

#[test]
fn many_configurations_are_read_once() {
    let dockerfile = format!(
        "FROM debian:13-slim\n{API}RUN apt-get install -y supervisor\nCOPY . /etc/supervisor/\n\
         CMD [\"supervisord\", \"-n\"]\n"
    );
    let conf = "[program:x]\ncommand=node a.js\n[include]\nfiles=conf.d/*.conf own/*.ini\n";
    let mut files: Vec<_> = (0..4000).map(|at| (format!("conf.d/{at}.conf"), conf)).collect();
    files.push(("own/api.ini".to_owned(), "[program:api]\ncommand=sandbox-api\n"));
    files.push(("supervisord.conf".to_owned(), conf));
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    assert_eq!(verdict(&dockerfile, &files), "unknown");
    let many: String = (0..4000).map(|at| format!(" {at}/*.conf")).collect();
    let many = format!("[supervisord]\n[include]\nfiles={many}\n");
    let (few, _) = files.split_at(100);
    let main = [("supervisord.conf", &*many)];
    assert_eq!(verdict(&dockerfile, &[&files[..4000], &main].concat()), "unknown");
    assert_eq!(verdict(&dockerfile, &[few, &files[4000..]].concat()), "api held");
}

#[test]
fn supervisors_and_bases() {
    let conf = "[supervisord]\nnodaemon=true\n[program:api]\ncommand=/usr/local/bin/sandbox-api\n";
    let none = "[program:x]\ncommand=node a.js\n; command=sandbox-api is what it should be\n";
    for (text, files, want) in [
        (
            "FROM python:3.12-slim\nAPI\nRUN apt-get install supervisor\nCOPY s.conf /etc/s.conf\nCMD [\"supervisord\", \"-c\", \"/etc/s.conf\"]",
            vec![("s.conf", conf)],
            "api held",
        ),
        (
            "FROM debian:12\nAPI\nRUN apt-get install supervisor\nCOPY s.conf /etc/supervisor/conf.d/\nENTRYPOINT [\"/usr/bin/supervisord\"]",
            vec![("s.conf", conf)],
            "api held",
        ),
        (
            "FROM debian:12\nAPI\nRUN apt-get install supervisor\nCOPY s.conf /s.conf\nENTRYPOINT [\"supervisord\", \"-c\", \"/s.conf\"]",
            vec![("s.conf", "[program:x]\ncommand=node a.js\n")],
            "script /s.conf",
        ),
        (
            "FROM debian:12\nAPI\nRUN apt-get install supervisor\nCOPY s.conf /s.conf\nENTRYPOINT [\"supervisord\", \"-c\", \"/s.conf\"]",
            vec![("s.conf", none)],
            "script /s.conf",
        ),
        (
            "FROM debian:12\nAPI\nRUN apt-get install supervisor\nENTRYPOINT [\"supervisord\"]",
            vec![],
            "unknown",
        ),
        (
            "FROM debian:12\nAPI\nCOPY run /etc/services.d/api/run\nENTRYPOINT [\"/init\"]",
            vec![("run", "#!/bin/sh\nexec sandbox-api\n")],
            "api held",
        ),
        ("FROM debian:12\nAPI\nENTRYPOINT [\"/init\"]", vec![], "unknown"),
        ("FROM blaxel/base-image:latest", vec![], "api held"),
        ("FROM blaxel/base-image:latest\nENTRYPOINT [\"node\", \"a.js\"]", vec![], "other node"),
        ("FROM corp/base\nAPI", vec![], "unknown"),
        ("FROM corp/base\nAPI\nCMD [\"node\", \"a.js\"]", vec![], "unknown"),
        ("FROM $X\nAPI", vec![], "unknown"),
        ("FROM node:22 AS b\nAPI\nENTRYPOINT [\"sandbox-api\"]\nFROM b\nRUN x", vec![], "api held"),
        (
            "FROM node:22 AS b\nENTRYPOINT [\"sandbox-api\"]\nFROM b\nAPI\nCMD [\"x\"]",
            vec![],
            "api held",
        ),
        (
            "FROM node:22\nCOPY sandbox-api /usr/local/bin/\nENTRYPOINT [\"sandbox-api\"]",
            vec![("sandbox-api", "")],
            "api held",
        ),
        (
            "FROM node:22\nADD https://x/sandbox-api /srv/sandbox-api\nENTRYPOINT [\"/srv/sandbox-api\"]",
            vec![],
            "api held",
        ),
        (
            "FROM node:22\nRUN curl -fsSL https://x/y -o /srv/sandbox-api\nENTRYPOINT [\"/srv/sandbox-api\"]",
            vec![],
            "api held",
        ),
        (
            "ARG I=ghcr.io/blaxel-ai/sandbox\nFROM ${I}:latest AS api\nFROM node:22\nCOPY --from=api /sandbox-api /bin/api\nENTRYPOINT [\"api\"]",
            vec![],
            "api held",
        ),
        (
            "FROM ghcr.io/blaxel-ai/sandbox AS api\nFROM node:22\nCOPY --from=0 /sandbox-api /usr/local/bin/\nENTRYPOINT [\"sandbox-api\"]",
            vec![],
            "api held",
        ),
    ] {
        assert_eq!(
            verdict(&text.replace("API\n", API).replace("\nAPI", &format!("\n{API}")), &files),
            want,
            "{text}"
        );
    }
}
