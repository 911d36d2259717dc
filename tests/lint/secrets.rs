//! Credentials in every shape that people write them: found by the rule that fits, at their line,
//! and never shown. Tokens are put together when the test runs: none stands in this file.

use std::{fs, path::Path};

use crate::common::run;
use sandgate::{
    lint::{self, Options, Selector},
    project::{OpenOptions, open},
};

const ALNUM: &[u8] = b"k3J9xQ2mV7bN4tR8wZ1cY6pL0dF5hG3sA9eU7iO2jK8vT4yB6nM1qXzC5rW0gH";

/// `len` characters that look random, different for each `seed`.
fn body(seed: usize, len: usize) -> String {
    (0..len).map(|at| char::from(ALNUM[(at * 7 + seed * 13 + at / 9) % ALNUM.len()])).collect()
}

fn hex(seed: usize, len: usize) -> String {
    let digits = b"9f4c1a7e3b8d05269cfe";
    (0..len).map(|at| char::from(digits[(at * 7 + seed * 3 + at / 5) % digits.len()])).collect()
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// A token whose last six characters are the base62 CRC-32 of those before, as GitHub and npm do.
fn summed(prefix: &str) -> String {
    let head = body(5, 30);
    let mut crc = !head.bytes().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & 0_u32.wrapping_sub(crc & 1))
        })
    });
    let digits = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut sum = [b'0'; 6];
    for place in sum.iter_mut().rev() {
        *place = digits[(crc % 62) as usize];
        crc /= 62;
    }
    format!("{prefix}_{head}{}", String::from_utf8(sum.to_vec()).unwrap())
}

/// `text` with each `{name}` replaced, and the credentials that were put in.
fn fill(text: &str) -> (String, Vec<String>) {
    let jwt = format!(
        "{}.{}.{}",
        base64(r#"{"alg":"HS256"}"#).trim_end_matches('='),
        base64(r#"{"role":"service_role"}"#).trim_end_matches('='),
        body(8, 43)
    );
    let pem = format!(
        "-----BEGIN {0} KEY-----\n{1}\n{2}\n-----END {0} KEY-----",
        "PRIVATE",
        body(2, 64),
        body(9, 64)
    );
    let mut out = text.to_owned();
    let mut values = Vec::new();
    for (name, value) in [
        ("{R}", body(1, 24)),
        ("{PW}", format!("{}-{}", body(3, 6), "9z")),
        ("{GH}", summed("ghp")),
        ("{NPM}", summed("npm")),
        ("{GL}", format!("{}-{}", "glpat", body(4, 20))),
        ("{E2B}", format!("{}_{}", "e2b", hex(1, 40))),
        ("{BL}", format!("{}_{}", "bl", body(6, 32).to_lowercase())),
        ("{ANT}", format!("sk-{}-api03-{}AA", "ant", body(7, 93))),
        ("{OAI}", format!("sk-{}-{}{}{}", "proj", body(2, 40), "T3BlbkFJ", body(3, 40))),
        ("{GROQ}", format!("{}_{}", "gsk", body(4, 52))),
        ("{SLACK}", format!("xox{}-123456789012-234567890123-{}", "b", body(5, 24))),
        ("{STRIPE}", format!("sk_{}_{}", "live", body(6, 30))),
        ("{GOOGLE}", format!("{}{}", "AIza", body(7, 35))),
        ("{DOP}", format!("dop_{}_{}", "v1", hex(2, 64))),
        ("{HF}", format!("{}_{}", "hf", body(3, 34).replace(|c: char| c.is_ascii_digit(), "q"))),
        ("{PYPI}", format!("{}-AgEIcHlwaS5vcmc{}", "pypi", body(4, 90))),
        ("{DCKR}", format!("dckr_{}_{}", "pat", body(5, 27))),
        ("{AWS}", format!("{}/{}", body(1, 20), body(2, 19))),
        ("{HEX}", hex(3, 64)),
        ("{BASIC}", base64(&format!("ci:{}", body(6, 12)))),
        ("{PEM64}", base64(&pem).chars().take(200).collect()),
        ("{PEM}", pem),
        ("{JWT}", jwt),
    ] {
        if out.contains(name) {
            out = out.replace(name, &value);
            // of a key, each line
            values.extend(value.lines().filter(|line| !line.starts_with("--")).map(str::to_owned));
        }
    }
    assert!(!out.contains("{R") && !out.contains("{P"), "{out}");
    (out, values)
}

/// Where a text is put, and the codes that it is found under.
#[derive(Clone, Copy)]
enum Home {
    Dockerfile,
    Script,
    Manifest,
    /// A source that is copied with the whole project.
    Source,
}

fn project(root: &Path, home: Home, text: &str) {
    let base = "FROM node:24-alpine\n";
    let (dockerfile, file) = match home {
        Dockerfile => (format!("{base}{text}\n"), None),
        Script => (
            format!("{base}COPY entrypoint.sh /\nENTRYPOINT [\"/entrypoint.sh\"]\n"),
            Some(("entrypoint.sh", format!("#!/bin/sh\n{text}\n"))),
        ),
        Source => (format!("{base}COPY . /app\n"), Some(("src/key.ts", format!("// a\n{text}\n")))),
        Manifest => {
            (base.to_owned(), Some(("blaxel.toml", format!("type = \"sandbox\"\n{text}\n"))))
        }
    };
    fs::write(root.join("Dockerfile"), dockerfile).unwrap();
    if let Some((name, text)) = file {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// `code:line` of every finding about a credential in a text.
fn found(root: &Path) -> Vec<String> {
    let project = open(root, &OpenOptions::default()).unwrap();
    let options = Options::at("2026-11-24".parse().unwrap());
    lint::run(&project, &options)
        .findings
        .iter()
        .filter(|finding| ["SG201", "SG202", "SG203", "SG204"].contains(&finding.code))
        .map(|finding| {
            let source = project.source(&finding.location.file).unwrap();
            let line = source.line_of(finding.location.span.unwrap().start as usize);
            format!("{}:{line}", finding.code)
        })
        .collect()
}

use Home::{Dockerfile, Manifest, Script, Source};

const LEAKS: &[(Home, &str, &[&str])] = &[
    // tokens of providers, under any name
    (Dockerfile, "ENV A={GH}", &["SG201:2"]),
    (Dockerfile, "ENV A={NPM}", &["SG201:2"]),
    (Dockerfile, "ENV A={GL}", &["SG201:2"]),
    (Dockerfile, "ENV A={E2B}", &["SG201:2"]),
    (Dockerfile, "ENV BL_API_KEY={BL}", &["SG201:2"]),
    (Dockerfile, "ENV A={ANT}", &["SG201:2"]),
    (Dockerfile, "ENV A={OAI}", &["SG201:2"]),
    (Dockerfile, "ENV A={GROQ}", &["SG201:2"]),
    (Dockerfile, "ENV A={SLACK}", &["SG201:2"]),
    (Dockerfile, "ENV A={STRIPE}", &["SG201:2"]),
    (Dockerfile, "ENV A={GOOGLE}", &["SG201:2"]),
    (Dockerfile, "ENV A={DOP}", &["SG201:2"]),
    (Dockerfile, "ENV A={HF}", &["SG201:2"]),
    (Dockerfile, "ENV A={PYPI}", &["SG201:2"]),
    (Dockerfile, "ENV A={DCKR}", &["SG201:2"]),
    (Dockerfile, "ENV A={JWT}", &["SG201:2"]),
    // ENV, ARG and LABEL in every spelling
    (Dockerfile, "ENV ADMIN_PASSWORD {PW}", &["SG201:2"]),
    (Dockerfile, "ENV AWS_SECRET_ACCESS_KEY {AWS}", &["SG201:2"]),
    (Dockerfile, "ENV A=1 \\\n  API_KEY=\"{R}\"", &["SG201:3"]),
    (Dockerfile, "ENV SIGNING_KEY={HEX}", &["SG201:2"]),
    (Dockerfile, "ARG API_TOKEN={R}", &["SG201:2"]),
    (Dockerfile, "ARG A={GH}\nENV B=$A", &["SG201:2"]),
    (Dockerfile, "LABEL token={GL}", &["SG201:2"]),
    (Dockerfile, "ONBUILD ENV API_KEY={R}", &["SG201:2"]),
    (Dockerfile, "ENV DATABASE_URL=postgres://app:{PW}@db.internal/app", &["SG201:2"]),
    (Dockerfile, "ENV REDIS_URL=rediss://:{PW}@cache.internal:6379", &["SG201:2"]),
    (Dockerfile, "ENV DSN=app:{PW}@tcp(db.internal:3306)/app", &["SG201:2"]),
    (Dockerfile, "ENV KEY_DATA={PEM64}", &["SG201:2"]),
    // commands
    (Dockerfile, "RUN curl -H \"Authorization: Bearer {R}\" https://a.internal", &["SG202:2"]),
    (Dockerfile, "RUN curl -H 'Authorization: Basic {BASIC}' https://a.internal", &["SG202:2"]),
    (Dockerfile, "RUN curl -u ci:{PW} https://a.internal", &["SG202:2"]),
    (Dockerfile, "RUN curl -fsSL \\\n  --user ci:{PW} https://a.internal", &["SG202:3"]),
    (Dockerfile, "RUN wget --password={PW} https://a.internal", &["SG202:2"]),
    (Dockerfile, "RUN git clone https://ci:{PW}@git.internal/a", &["SG202:2"]),
    (Dockerfile, "RUN git clone https://{GH}@github.com/a/b", &["SG202:2"]),
    (Dockerfile, "RUN docker login -u ci -p {PW} r.internal", &["SG202:2"]),
    (Dockerfile, "RUN helm registry login --password {PW} r.internal", &["SG202:2"]),
    (Dockerfile, "RUN echo root:{PW} | chpasswd", &["SG202:2"]),
    (Dockerfile, "RUN echo \"{PW}\" | docker login --password-stdin r.internal", &["SG202:2"]),
    (Dockerfile, "RUN mysql -p{PW} -e 'select 1'", &["SG202:2"]),
    (Dockerfile, "RUN sshpass -p {PW} ssh a.internal", &["SG202:2"]),
    (Dockerfile, "RUN bundle config gems.internal ci:{PW}", &["SG202:2"]),
    (Dockerfile, "RUN poetry config http-basic.a ci {PW}", &["SG202:2"]),
    (Dockerfile, "RUN npm config set //npm.example.com/:_authToken {NPM}", &["SG202:2"]),
    (Dockerfile, "RUN aws configure set aws_secret_access_key {AWS}", &["SG202:2"]),
    (Dockerfile, "RUN echo 'db:5432:app:app:{PW}' > /root/.pgpass", &["SG202:2"]),
    (Dockerfile, "RUN PGPASSWORD={PW} psql -h db.internal", &["SG202:2"]),
    (Dockerfile, "RUN export API_KEY={R} && ./build", &["SG202:2"]),
    (
        Dockerfile,
        "RUN pip install --index-url https://ci:{PW}@pypi.internal/simple a",
        &["SG202:2"],
    ),
    (Dockerfile, "RUN echo {PEM64} | base64 -d > /key", &["SG202:2"]),
    (Dockerfile, "CMD [\"server\", \"--password\", \"{PW}\"]", &["SG202:2"]),
    (Dockerfile, "CMD [\"/opt/a/start\", \"--db-password\", \"{PW}\"]", &["SG202:2"]),
    (Dockerfile, "ENTRYPOINT server --api-key={R}", &["SG202:2"]),
    (Dockerfile, "RUN ./bin/set-up-things --api-key {R}", &["SG202:2"]),
    (Dockerfile, "HEALTHCHECK CMD curl -u ci:{PW} http://localhost", &["SG202:2"]),
    // files that the Dockerfile holds or fetches
    (Dockerfile, "COPY <<EOF /root/.npmrc\n//r.internal/:_authToken={R}\nEOF", &["SG202:3"]),
    (
        Dockerfile,
        "RUN cat <<EOF > /root/.netrc\nmachine a.internal\nlogin ci\npassword {PW}\nEOF",
        &["SG202:5"],
    ),
    (Dockerfile, "COPY <<EOF /key\n{PEM}\nEOF", &["SG202:3"]),
    (Dockerfile, "ADD https://ci:{PW}@a.internal/b /b", &["SG202:2"]),
    (Dockerfile, "# docker build --build-arg A={GH} .", &["SG202:2"]),
    (Dockerfile, "# docker build --build-arg NPM_TOKEN={R} .", &["SG202:2"]),
    // what a COPY takes along: formats of providers and private keys
    (Source, "const token = '{GH}'", &["SG204:2"]),
    (Source, "gl = {GL}", &["SG204:2"]),
    (Source, "{PEM}", &["SG204:2"]),
    // scripts and the manifest
    (Script, "export API_KEY={R}", &["SG204:2"]),
    (Script, "OPENAI_API_KEY=\"{OAI}\" node server.js", &["SG204:2"]),
    (Script, "curl -H \"X-Api-Key: {R}\" https://a.internal", &["SG204:2"]),
    (Script, "cat <<EOF > /k\n{PEM}\nEOF", &["SG204:3"]),
    (Manifest, "[env]\nSESSION_SECRET = \"{R}\"", &["SG203:3"]),
    (Manifest, "[env]\nA = \"{GH}\"", &["SG203:3"]),
    (Manifest, "[build.args]\nNPM_TOKEN = \"{NPM}\"", &["SG203:3"]),
    (Manifest, "[env]\nDATABASE_URL = \"postgres://app:{PW}@db.internal/app\"", &["SG203:3"]),
];

const SILENT: &[(Home, &str)] = &[
    (
        Dockerfile,
        "RUN buildah bud --secret id=npm,src=npm.txt . && podman build --secret=id=a,env=NPM_A .",
    ),
    (Dockerfile, "RUN adduser --disabled-password --gecos \"\" app && useradd --password '!' b"),
    (
        Dockerfile,
        "RUN ./set-up --password-file /run/secrets/pw --secret-name my-app-one --token-url https://a.internal/t0k3n",
    ),
    (
        Dockerfile,
        "CMD [\"/opt/a/start\", \"--auth-method\", \"oauth2-device\", \"--token\", \"$TOKEN\"]",
    ),
    (Dockerfile, "ENV API_KEY="),
    (Dockerfile, "ENV API_KEY=\"\""),
    (Dockerfile, "ENV API_KEY=changeme"),
    (Dockerfile, "ENV API_KEY=your-api-key-here"),
    (Dockerfile, "ENV API_KEY=<api-key>"),
    (Dockerfile, "ENV API_KEY=REPLACE_ME"),
    (Dockerfile, "ENV API_KEY=xxxxxxxxxxxxxxxx"),
    (Dockerfile, "ENV API_KEY=${API_KEY}"),
    (Dockerfile, "ENV API_KEY=$API_KEY"),
    (Dockerfile, "ENV API_KEY={{ api_key }}"),
    (Dockerfile, "ENV API_KEY_FILE=/run/secrets/api_key"),
    (Dockerfile, "ENV DB_PASSWORD=postgres"),
    (Dockerfile, "ENV DB_PASSWORD=password123"),
    (Dockerfile, "ENV DB_PASSWORD=example"),
    (Dockerfile, "ENV DATABASE_URL=postgres://postgres:postgres@localhost:5432/app"),
    (Dockerfile, "ENV DATABASE_URL=postgres://user:password@db/app"),
    (Dockerfile, "ENV URL=https://example.com/a?b=c"),
    (Dockerfile, "ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D"),
    (Dockerfile, "ENV PYTHON_SHA256={HEX}"),
    (Dockerfile, "ENV DIGEST=sha256:{HEX}"),
    (Dockerfile, "ENV COMMIT_SHA=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
    (Dockerfile, "ENV ID=123e4567-e89b-12d3-a456-426614174000"),
    (Dockerfile, "ENV CLIENT_SECRET=123e4567-e89b-12d3-a456-426614174000"),
    (Dockerfile, "ENV STRIPE_PUBLISHABLE_KEY={R}"),
    (Dockerfile, "ENV SUPABASE_ANON_KEY={R}"),
    (Dockerfile, "ENV NEXT_PUBLIC_KEY={R}"),
    (Dockerfile, "ENV NEXT_PUBLIC_FIREBASE_API_KEY={GOOGLE}"),
    (Dockerfile, "ENV VITE_MAPS_KEY=\"{GOOGLE}\""),
    (Dockerfile, "ENV VUE_APP_MAPS_KEY={GOOGLE}"),
    (Dockerfile, "ENV STRIPE_KEY=pk_live_{R}"),
    (Dockerfile, "ENV SUPABASE_KEY=sb_publishable_{R}"),
    (Dockerfile, "ENV SSH_AUTH_SOCK=/tmp/agent.sock"),
    (Dockerfile, "ENV TOKENIZERS_PARALLELISM=false"),
    (Dockerfile, "ENV MAX_TOKENS=4096"),
    (Dockerfile, "ENV TOKEN_TTL=3600"),
    (Dockerfile, "ENV SECRET_NAME=app-credentials-production"),
    (Dockerfile, "ENV AUTH_URL=https://auth.internal/token"),
    (Dockerfile, "ENV PASSWORD_MIN_LENGTH=12"),
    (Dockerfile, "ENV AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    (Dockerfile, "ENV PATH=/usr/local/sbin:/usr/local/bin:$PATH"),
    (Dockerfile, "ARG API_KEY"),
    (Dockerfile, "ARG TOKEN=\"\""),
    (Dockerfile, "ARG NODE_VERSION=24.1.0"),
    (
        Dockerfile,
        "LABEL org.opencontainers.image.revision=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
    ),
    (Dockerfile, "LABEL description=\"set API_KEY and DB_PASSWORD to run it\""),
    (Dockerfile, "# gitleaks:allow\nENV API_KEY={R}"),
    (Dockerfile, "# pragma: allowlist nextline secret\nENV API_KEY={R}"),
    (Dockerfile, "RUN curl -H \"Authorization: Bearer $TOKEN\" https://a.internal"),
    (Dockerfile, "RUN curl -H \"Authorization: Bearer $(cat /run/secrets/t)\" https://a.internal"),
    (Dockerfile, "RUN curl -u \"ci:$PASSWORD\" https://a.internal"),
    (Dockerfile, "RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci"),
    (Dockerfile, "RUN --mount=type=ssh git clone git@github.com:a/b.git"),
    (Dockerfile, "RUN git clone https://github.com/a/b"),
    (Dockerfile, "RUN git clone ssh://git@github.com/a/b"),
    (Dockerfile, "RUN echo \"{HEX}  a.tgz\" | sha256sum -c -"),
    (Dockerfile, "RUN apt-key adv --recv-keys A035C8C19219BA821ECEA86B64E628F8D684696D"),
    (Dockerfile, "RUN mkdir -p /app && cp -p a b && tar -xpf a.tar"),
    (Dockerfile, "RUN mysql -p -e 'select 1'"),
    (Dockerfile, "RUN psql -p 5432 -U app"),
    (Dockerfile, "RUN docker run -p 8080:8080 a"),
    (Dockerfile, "RUN npm config set //npm.example.com/:_authToken ${NPM_TOKEN}"),
    (Dockerfile, "RUN useradd -m -u 1000 app && passwd -l app"),
    (Dockerfile, "RUN ssh-keygen -t ed25519 -N '' -f /etc/ssh/key"),
    (Dockerfile, "RUN pip install scikit-learn==1.5.0 --hash=sha256:{HEX}"),
    (Dockerfile, "COPY <<EOF /root/.npmrc\n//r.internal/:_authToken=${NPM_TOKEN}\nEOF"),
    (
        Dockerfile,
        "COPY <<EOF /a.pem\n-----BEGIN CERTIFICATE-----\n{HEX}\n-----END CERTIFICATE-----\nEOF",
    ),
    (Dockerfile, "COPY <<EOF /k.pub\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{R} a@b\nEOF"),
    (Dockerfile, "# the token is read from /run/secrets/token"),
    (Dockerfile, "# docker build --build-arg NPM_TOKEN=$NPM_TOKEN ."),
    (Dockerfile, "# API_KEY={R}"),
    (Dockerfile, "CMD [\"server\", \"--token-file\", \"/run/secrets/token\"]"),
    (Script, "export API_KEY=\"${API_KEY:?}\""),
    (Script, "TOKEN=$(cat /run/secrets/token)"),
    (Script, "if [ \"$PASSWORD\" = \"\" ]; then exit 1; fi"),
    (Script, "export API_KEY={R} # gitleaks:allow"),
    (Script, "echo \"set API_KEY=... to run\""),
    (Source, "const apiKey = '{GOOGLE}'"),
    (Source, "const password = '{R}'"),
    (Source, "const token = '{JWT}'"),
    (Source, "const token = '{GH}' // gitleaks:allow"),
    (Manifest, "[env]\nAPI_KEY = \"$API_KEY\""),
    (Manifest, "[env]\nAPI_KEY = \"${secrets.API_KEY}\""),
    (Manifest, "[env]\nNODE_ENV = \"production\"\nDB_PASSWORD = \"changeme\""),
];

#[test]
fn every_leak_is_found_by_its_rule_at_its_line() {
    assert!(LEAKS.len() >= 50);
    let mut wrong = Vec::new();
    for (home, text, want) in LEAKS {
        let dir = tempfile::tempdir().unwrap();
        let (filled, _) = fill(text);
        project(dir.path(), *home, &filled);
        let got = found(dir.path());
        if got != *want {
            wrong.push(format!("{text}: {got:?}, not {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_no_leak_is_silent() {
    assert!(SILENT.len() >= 60);
    let mut wrong = Vec::new();
    for (home, text) in SILENT {
        let dir = tempfile::tempdir().unwrap();
        project(dir.path(), *home, &fill(text).0);
        let got = found(dir.path());
        if !got.is_empty() {
            wrong.push(format!("{text}: {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_output_shows_a_credential() {
    // all of one home in one project: the binary runs a few times, not a few hundred
    for home in [0, 1, 2] {
        let (mut all, mut values) = (String::new(), Vec::new());
        for (at, text, _) in LEAKS {
            if *at as usize == home && !text.starts_with("ONBUILD") {
                let text = text.replace("[env]\n", "").replace("[build.args]\n", "");
                let (text, new) = fill(&text);
                all += &format!("{text}\n");
                values.extend(new);
            }
        }
        let (at, prefix) = [(Dockerfile, ""), (Script, ""), (Manifest, "[env]\n")][home];
        let mut names = 0;
        let all: String = if home == 2 {
            all.lines()
                .map(|line| {
                    names += 1;
                    format!("K{names}_{line}\n")
                })
                .collect()
        } else {
            all
        };
        let dir = tempfile::tempdir().unwrap();
        project(dir.path(), at, &format!("{prefix}{all}"));
        fs::write(dir.path().join(".env"), "A=1\n").unwrap();
        for args in [
            &["lint"][..],
            &["lint", "--format", "short"],
            &["lint", "--format", "json"],
            &["lint", "--format", "github"],
            &["lint", "--format", "sarif"],
            &["lint", "--format", "gitlab"],
            &["lint", "--format", "checkstyle"],
            &["lint", "--format", "junit"],
            &["lint", "--format", "markdown"],
            &["lint", "--diff", "--unsafe"],
            &["lint", "--fix", "--unsafe"],
        ] {
            let run = run(dir.path(), args);
            let shown = run.shown();
            assert_eq!(run.code, Some(1), "{args:?}\n{}", &shown[..shown.len().min(2000)]);
            for value in &values {
                assert!(!shown.contains(value.as_str()), "{args:?} shows {value}");
            }
        }
    }
}

#[test]
fn a_removal_is_named_also_under_the_name_that_the_copy_gives() {
    for (copy, remove, named) in [
        ("COPY prod.env /app/.env", "RUN rm /app/.env", true),
        ("COPY prod.env /app/", "RUN rm -f /app/prod.env", true),
        ("COPY ./prod.env /app/settings", "RUN cd /app && rm settings", true),
        ("COPY prod.env /app/.env", "RUN rm /app/other", false),
        ("COPY prod.env more.txt /app/", "RUN rm -rf /app/app", false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let text = format!("FROM alpine:3.22\n{copy}\n{remove}\n");
        fs::write(dir.path().join("Dockerfile"), text).unwrap();
        fs::write(dir.path().join("more.txt"), "x\n").unwrap();
        fs::write(dir.path().join("prod.env"), "DB_PASSWORD=s4mpl3Pw81\n").unwrap();
        let project = open(dir.path(), &OpenOptions::default()).unwrap();
        let outcome = lint::run(&project, &Options::at("2026-11-24".parse().unwrap()));
        let leak = outcome.findings.iter().find(|finding| finding.code == "SG204").unwrap();
        let related = leak.related.iter().any(|related| related.message.contains("removed here"));
        assert_eq!(related, named, "{copy} {remove}");
    }
}

/// A query may hold a token that looks like none.
#[test]
fn a_download_is_named_without_the_query_of_its_address() {
    let dir = tempfile::tempdir().unwrap();
    let dockerfile = "FROM debian:13-slim\nARG V=\n\
        RUN curl -fsSL \"https://a.internal/tool-${V:?unset}.tgz?token=hush-hush/hush\" | tar -xz\n\
        RUN A=$(uname -m) && curl -fsSL https://a.internal/$(uname -m).tgz?token=hush | tar -xz\n\
        ADD https://a.internal/data.zip?token=hush-hush/hush#hush /\n";
    fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
    let args = ["lint", "--select", "SG807", "--format", "json", "."];
    let told = run(dir.path(), &args).stdout;
    for name in ["`tool-${V:?unset}.tgz` is", "`$(uname -m).tgz` is", "`data.zip` is"] {
        assert!(told.contains(name), "{name}\n{told}");
    }
    assert!(!told.contains("hush"), "{told}");
}

/// No detector knows a password by its looks, and a text that is cut is not hidden either.
#[test]
fn a_script_of_the_manifest_is_named_without_its_command() {
    let token = body(3, 36);
    for command in [
        format!("curl -H 'Authorization: Bearer {token}' https://a.internal/x"),
        "curl -u admin:hush-hush https://a.internal/x && node setup.js".to_owned(),
        "hush-hush `a` ::error::\u{1b}[31m\n##[error]".to_owned(),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let dockerfile = "FROM node:24-alpine\nWORKDIR /app\nCOPY . .\nRUN npm ci\n";
        let manifest = serde_json::json!({ "scripts": { "postinstall": command } });
        fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
        fs::write(dir.path().join("package.json"), manifest.to_string()).unwrap();
        fs::write(dir.path().join("package-lock.json"), "{}").unwrap();
        let told = run(dir.path(), &["lint", "--select", "SG301", "--format", "json", "."]).stdout;
        assert!(told.contains("runs the script `postinstall` of `package.json`"), "{told}");
        for part in [&token[..8], "hush", "curl", "::error", "##["] {
            assert!(!told.contains(part), "{command}: {part}\n{told}");
        }
    }
}

/// A password that every example has, or that is too short to be looked for, is one all the same.
#[test]
fn no_finding_tells_what_logs_in_within_a_url() {
    let dir = tempfile::tempdir().unwrap();
    let dockerfile = "# syntax=docker/dockerfile:1\n\
        FROM debian:13-slim\n\
        COPY --from=https://u:pw9@files.acme.io /d /d\n\
        WORKDIR https://u:pw9@files.acme.io\n\
        ADD https://u:pw9@files.acme.io /a\n\
        ADD https://u:p/w9@files-arm64 /b\n\
        COPY https://u:pw9@files.acme.io/c /c\n\
        RUN git clone https://u:pw9@files.acme.io\n\
        RUN wget -O /usr/local/bin/a https://u:pw9@files-arm64\n\
        RUN [\"curl\", \"https://u:pw9@files.acme.io/$A\"]\n\
        CMD curl https://u:pw9@files.acme.io\n";
    fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
    fs::write(dir.path().join("blaxel.toml"), "region = \"https://u:pw9@files.acme.io\"\n")
        .unwrap();
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let mut options = Options::at("2026-11-24".parse().unwrap());
    options.policy.selection.select = Some(vec![Selector::All]);
    let findings = lint::run(&project, &options).findings;
    for code in ["SG116", "SG308", "SG501", "SG609", "SG711", "SG718", "SG724", "SG729", "SG807"] {
        assert!(findings.iter().any(|finding| finding.code == code), "{code}");
    }
    for finding in findings {
        let texts = [&finding.message, &finding.why].into_iter().chain(finding.help.as_ref());
        for text in texts.chain(finding.fix.as_ref().map(|fix| &fix.title)) {
            assert!(!text.contains("w9"), "{}: {text}", finding.code);
        }
    }
}

/// Writes files of a project, and the folders that they lie in.
fn write_all(root: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn following_the_advice_about_files_of_credentials_silences_it() {
    let secret = "SIGNING=Kq82mZx91pLssd83Kd\n";
    let public = "PORT=3000\n";
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("Dockerfile", "FROM node:24-alpine\nCOPY . /app\n"),
        (".dockerignore", ".env.p*\n!.env.prod\n!home/.netrc\n.env.a\n!apps"),
        (".env.prod", secret),
        ("apps/.env.a^b*[c]?\\d #e", secret),
        ("apps/.env.a", secret),
        ("apps/.env.z ", secret),
        ("home/.netrc", "machine files.internal\n"),
        ("apps/.env.\"w\\*", public),
        ("#/.env", public),
    ];
    write_all(dir.path(), &files);
    let lint = |args: &[&str]| {
        let all = [&["lint", "--select", "SG205,SG208,SG511", "--format", "json"], args].concat();
        run(dir.path(), &all).stdout
    };
    lint(&["--fix", "--unsafe", "."]);
    let found: serde_json::Value = serde_json::from_str(&lint(&["."])).unwrap();
    let left: Vec<&serde_json::Value> = found["findings"].as_array().unwrap().iter().collect();
    let [finding] = left[..] else { panic!("{found:#}") };
    // The one that is left is about files of public values.
    let help = finding["help"].as_str().unwrap();
    let list = help.strip_prefix("add ").and_then(|rest| rest.split_once(" to the list")).unwrap();
    let settings = format!("[context]\ninclude = [{}]\n", list.0);
    fs::write(dir.path().join("sandgate.toml"), settings).unwrap();
    let found: serde_json::Value = serde_json::from_str(&lint(&["."])).unwrap();
    assert_eq!(found["findings"], serde_json::json!([]));
}

#[test]
fn many_files_of_credentials_and_many_keys_are_looked_at_once() {
    const MANY: usize = 2_000;
    let dir = tempfile::tempdir().unwrap();
    let mut dockerfile = "FROM node:24-alpine\nCOPY . /app\n".to_owned();
    for number in 0..MANY {
        let folder = dir.path().join(format!("d{number}"));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(".netrc"), "machine files.internal\n").unwrap();
        dockerfile += &format!("RUN cat d{number}/.netrc && rm x{number}\n");
    }
    let keys: Vec<String> = (0..MANY)
        .map(|number| format!("cd /x && openssl genrsa -out k{number}.pem && rm k{number}.pem"))
        .collect();
    dockerfile += &format!("RUN {} && openssl genrsa -out /left\n", keys.join(" && "));
    let logins: Vec<String> = (0..MANY).map(|number| format!("docker login h{number}")).collect();
    dockerfile += &format!("RUN {} && docker logout\n", logins.join(" && "));
    fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let mut options = Options::at("2026-11-24".parse().unwrap());
    let rules = ["SG205", "SG207"].map(|code| Selector::parse(code).unwrap());
    options.policy.selection.select = Some(rules.into());
    let findings = lint::run(&project, &options).findings;
    let told: Vec<(&str, bool)> =
        findings.iter().map(|finding| (finding.code, finding.fix.is_some())).collect();
    // Each file is named by a RUN, so that no line can be added; each key but one is removed.
    assert_eq!(told, [("SG205", false), ("SG207", false)]);
}

#[test]
fn a_line_that_goes_leaves_every_other_byte_of_the_ignore_file() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        ("Dockerfile", "FROM node:24-alpine\nCOPY a /a\nCOPY b /b\n"),
        ("a/.env.prod", "DB_HOST=db.internal\n"),
        ("b/.netrc", "machine files.internal\n"),
        ("b/c/.netrc", "machine files.internal\n"),
    ];
    write_all(dir.path(), &files);
    let ignore = dir.path().join(".dockerignore");
    let fixed = |text: &[u8]| {
        fs::write(&ignore, text).unwrap();
        run(dir.path(), &["lint", "--select", "SG205", "--fix", "--unsafe", "."]);
        fs::read(&ignore).unwrap()
    };
    // No byte that is not UTF-8 changes.
    let want = b"caf\xe9\r\n**/.env*\r\n**/.netrc\r\n# \xff\r\n";
    let text =
        b"caf\xe9\r\n**/.env*\r\n!a/.env.prod\r\n**/.netrc\r\n# \xff\r\n!b/.netrc\r\n!b/c/.netrc";
    assert_eq!(fixed(text).escape_ascii().to_string(), want.escape_ascii().to_string());
    // What is added stands on a line of its own, behind the last one that is left.
    let text = b"\xe9\n**/.env*\nb/.netrc\n!b/.netrc";
    let want = b"\xe9\n**/.env*\nb/.netrc\nb/c/.netrc\n";
    assert_eq!(fixed(text).escape_ascii().to_string(), want.escape_ascii().to_string());

    // The fixes of two COPYs do not stand in each other's way.
    fs::write(&ignore, "**/.env*\n!a/.env.prod\n**/.netrc\n!b/.netrc\n!b/c/.netrc\n").unwrap();
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let mut options = Options::at("2026-11-24".parse().unwrap());
    options.policy.selection.select = Some(vec![Selector::One("SG205")]);
    let findings = lint::run(&project, &options).findings;
    let choice = lint::fix::Choice { unsafe_too: true, only: None };
    let changes = lint::fix::plan(&project, &findings, choice);
    assert_eq!((findings.len(), changes.fixed), (2, 2));
}
