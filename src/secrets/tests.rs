//! Every row of the table, every spelling, and text that must stay silent. Tokens are made up when
//! the test runs: none stands in this file.

use proptest::prelude::*;

use super::{
    Confidence, Kind, allowed_lines, checks,
    detectors::{Alphabet, Check, DETECTORS, Detector, Part},
    looks_secret, name_of_url, scan, without_user_info,
};

/// Characters that look random, always the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn text(&mut self, alphabet: Alphabet, len: usize) -> String {
        // punctuation only where letters stand around it
        let all: Vec<u8> =
            (0..128).filter(|b: &u8| alphabet.has(*b) && b.is_ascii_alphanumeric()).collect();
        let count = u64::try_from(all.len()).unwrap();
        (0..len).map(|_| char::from(all[usize::try_from(self.roll() % count).unwrap()])).collect()
    }
}

/// A token that `row` describes, its checks satisfied.
fn token(row: &Detector, dice: &mut Dice) -> String {
    let mut body = String::new();
    for part in row.shape {
        match part {
            Part::Lit(text) => body.push_str(text),
            Part::Run(alphabet, min, max) => {
                body.push_str(&dice.text(*alphabet, (*min).max(20).min(*max)));
            }
        }
    }
    match row.check {
        Check::Base62Crc => body = checks::tests::with_base62(&body[..30]),
        Check::HexCrc => {
            body.truncate(40);
            body = format!("{body}{:08x}", checks::crc32(body.as_bytes()));
        }
        Check::Contains(mark) => body.replace_range(20..20 + mark.len(), mark),
        Check::Decodes(_) => body.replace_range(85..88, "A=="),
        Check::Jwt => {
            let encode = |text: &str| {
                use base64::Engine as _;
                base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
            };
            body = format!(
                "12345_{}.{}.{}",
                encode(r#"{"alg":"RS256"}"#),
                encode(r#"{"iss":"12"}"#),
                dice.text(Alphabet::Alnum, 60)
            );
        }
        _ => {}
    }
    let before = row.before.map_or(String::new(), |(alphabet, min, _)| dice.text(alphabet, min));
    let query = if let Check::SameQuery(other) = row.check {
        format!("https://h/p?{other}2024&")
    } else {
        String::new()
    };
    format!("{query}{before}{}{body}", row.literal)
}

#[test]
fn every_row_finds_its_token_and_nothing_longer() {
    let mut dice = Dice(7);
    for row in DETECTORS {
        // random characters may by chance look like a sample: one of three must be found
        let found = (0..3).any(|_| {
            let text = format!("x \"{}\" y", token(row, &mut dice));
            let hits = scan(&text, Kind::Shell);
            hits.len() == 1 && hits[0].detector == row.id && text[hits[0].span.clone()].len() >= 8
        });
        assert!(found, "{} `{}` is not found", row.id, row.literal);
        let token = token(row, &mut dice);
        let glued = format!("x{}zz_", token.trim_start_matches("https://"));
        let hits = scan(&glued, Kind::Shell);
        let same = hits.iter().any(|hit| hit.detector == row.id);
        let open_ended =
            row.shape.iter().any(|part| matches!(part, Part::Run(_, min, max) if min != max))
                || matches!(row.shape.last(), Some(Part::Lit(_)))
                || row.literal.starts_with(|c: char| !c.is_alphanumeric());
        assert!(!same || open_ended, "{} `{}` is found inside a word", row.id, row.literal);
    }
}

#[test]
fn a_wrong_checksum_is_no_token_under_any_name() {
    let mut dice = Dice(3);
    for prefix in ["ghp_", "npm_", "gho_"] {
        let token = format!("{prefix}{}000000", dice.text(Alphabet::Alnum, 30));
        assert_eq!(scan(&format!("GITHUB_TOKEN={token}"), Kind::Shell), []);
        assert_eq!(looks_secret("GITHUB_TOKEN", &token), None);
    }
}

/// Random text in which `R` is replaced by sixteen random characters.
fn fill(text: &str) -> String {
    let mut dice = Dice(11);
    text.split("{R}")
        .map(str::to_owned)
        .reduce(|a, b| format!("{a}{}{b}", dice.text(Alphabet::Alnum, 20)))
        .unwrap()
}

#[test]
fn credentials_are_found_by_where_they_stand() {
    for (text, kind, detector) in [
        ("export API_KEY={R}", Kind::Shell, "named-value"),
        ("DB_PASSWORD='Tr0ub4dor' ./migrate", Kind::Shell, "named-value"),
        ("curl -H \"Authorization: Bearer {R}\" h", Kind::Shell, "named-value"),
        ("curl -H 'PRIVATE-TOKEN: {R}' h", Kind::Shell, "named-value"),
        ("curl -d '{\"password\": \"hunter22\"}' h", Kind::Shell, "named-value"),
        ("echo \"//npm.example.com/:_authToken={R}\" > .npmrc", Kind::Shell, "named-value"),
        ("git clone https://{R}@github.com/a/b", Kind::Shell, "url-password"),
        (
            "pip install --index-url https://ci:{R}@pypi.acme.dev/simple x",
            Kind::Shell,
            "url-password",
        ),
        ("DSN=app:{R}@tcp(db:3306)/x", Kind::Shell, "url-password"),
        ("REDIS=rediss://:{R}@cache:6379", Kind::Shell, "url-password"),
        (
            "printf 'machine github.com login x password {R}' > ~/.netrc",
            Kind::Shell,
            "netrc-password",
        ),
        ("machine github.com\n  login x\n  password {R}\n", Kind::Config, "netrc-password"),
        ("password: hunter22", Kind::Config, "named-value"),
        ("spring.datasource.password = {R}", Kind::Config, "named-value"),
        ("const apiKey = \"{R}\";", Kind::Source, "named-value"),
        ("headers = {\"Authorization\": \"Bearer {R}\"}", Kind::Source, "named-value"),
        ("C=\"Server=db;User=x;Password={R};\"", Kind::Shell, "named-value"),
        ("os.environ[\"API_KEY\"] = \"{R}\"", Kind::Source, "named-value"),
    ] {
        let text = fill(text);
        let hits = scan(&text, kind);
        assert_eq!(hits.iter().map(|hit| hit.detector).collect::<Vec<_>>(), [detector], "{text}");
        let value = &text[hits[0].span.clone()];
        assert!(!value.contains([' ', '"', '\'', '=']), "{value} of {text}");
    }
}

#[test]
fn what_is_no_credential_stays_silent() {
    for (text, kind) in [
        ("API_KEY=$API_KEY ./run", Kind::Shell),
        ("TOKEN=$(cat /run/secrets/token)", Kind::Shell),
        ("curl -H \"Authorization: Bearer $(cat /run/secrets/x)\"", Kind::Shell),
        ("DATABASE_URL=postgres://postgres:postgres@localhost:5432/app", Kind::Shell),
        ("URL=https://user:password@example.com", Kind::Shell),
        ("URL=https://${USER}:${PW}@host", Kind::Shell),
        ("git clone git@github.com:a/b.git ssh://git@github.com/a", Kind::Shell),
        ("TOKEN_FILE=/run/secrets/token", Kind::Shell),
        ("password: string", Kind::Source),
        ("token: getToken()", Kind::Source),
        ("apiKey: process.env.API_KEY,", Kind::Source),
        ("password: ${DB_PASSWORD}", Kind::Config),
        ("SECRET=changeme", Kind::Shell),
        ("SECRET_KEY=build-only ./manage.py collectstatic", Kind::Shell),
        (
            "SENTRY_DSN=https://0a1b2c3d4e5f60718293a4b5c6d7e8f9@o4504.ingest.us.sentry.io/4505",
            Kind::Shell,
        ),
        (
            "sha256sum: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            Kind::Config,
        ),
        ("ENV PATH=/usr/local/bin:$PATH", Kind::Shell),
        ("pip install scikit-learn==1.5.0 sk-learn-extra", Kind::Shell),
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", Kind::Config),
        ("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", Kind::Config),
        ("if [ \"$PASSWORD\" = \"hunter22\" ]; then", Kind::Shell),
    ] {
        assert_eq!(scan(text, kind), [], "{text}");
    }
}

#[test]
fn private_keys_are_found_in_every_dress() {
    use base64::Engine as _;
    let body = Dice(5).text(Alphabet::Alnum, 180);
    let pem =
        format!("-----BEGIN {} KEY-----\n{body}\n-----END {} KEY-----\n", "PRIVATE", "PRIVATE");
    for text in [
        pem.clone(),
        format!("{{\"private_key\": \"{}\"}}", pem.replace('\n', "\\n")),
        format!("K={}", base64::engine::general_purpose::STANDARD.encode(&pem)),
    ] {
        let hits = scan(&text, Kind::Config);
        assert_eq!(
            hits.iter().map(|hit| hit.detector).collect::<Vec<_>>(),
            ["private-key"],
            "{text}"
        );
        assert_eq!(hits[0].confidence, Confidence::Verified);
    }
}

#[test]
fn the_shown_form_holds_no_value() {
    let value = Dice(9).text(Alphabet::Alnum, 24);
    let hit = looks_secret("API_KEY", &value).unwrap();
    assert!(!format!("{hit:?}").contains(&value));
}

#[test]
fn a_url_is_shown_without_what_logs_in() {
    for (text, shown) in [
        ("`https://u:pw@host` is", Some("`https://****@host` is")),
        (
            "write `ADD https://t0k@host/a?b git+ssh://u:p@h`",
            Some("write `ADD https://****@host/a?b git+ssh://****@h`"),
        ),
        ("https://u:pa/ss@host/x", Some("https://****@host/x")),
        ("http://proxy/https://u:pw@host", Some("http://proxy/https://****@host")),
        ("https://u:${PW:-pw}@host", Some("https://****@host")),
        ("https://u:${PW}@host, https://$T@host, https://…@host", None),
        ("https://host:8080/@scope/tool@1.2.tgz", None),
        ("http://[::1]:80/tool@1", None),
        ("docker-image://alpine@sha256:0123", None),
        ("https://t0k:@host https://u:$A.pw@host", Some("https://****@host https://****@host")),
        ("nothing: u:pw@host", None),
    ] {
        assert_eq!(without_user_info(text, "****").as_deref(), shown, "{text}");
    }
    for (url, name) in [
        ("https://u:pw@host", "host"),
        ("https://u:pw@host/", "host"),
        ("https://u:pa/ss@host?t=1", "host"),
        ("https://host/a/tool@1.2.tgz?token=pw#pw", "tool@1.2.tgz"),
        ("https://u:pw?x@host/a#b", "a"),
        ("https://host/$(uname -m).tgz", "$(uname -m).tgz"),
        ("git@host:team/tool.git", "tool.git"),
        ("https://", ""),
    ] {
        assert_eq!(name_of_url(url), name, "{url}");
    }
}

proptest! {
    #[test]
    fn scanning_never_panics_and_cuts_no_character(
        text in "([ -~\n\té€]|ghp_|sk-|://|@|=|: |password|machine |-----BEGIN |PRIVATE KEY-----|eyJ|LS0tLS1CRUdJTi|\\\\\"|Authorization){0,60}",
        kind in prop_oneof![Just(Kind::Shell), Just(Kind::Config), Just(Kind::Source)],
    ) {
        let hits = scan(&text, kind);
        let _ = allowed_lines(&text);
        let _ = without_user_info(&text, "****");
        let _ = name_of_url(&text);
        let mut last = 0;
        for hit in hits {
            prop_assert!(text.get(hit.span.clone()).is_some());
            prop_assert!(hit.span.start >= last);
            last = hit.span.end;
        }
    }
}
