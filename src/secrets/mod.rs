//! Detectors of credentials. Pure.
//!
//! `detectors` holds the token formats as data, `engine` finds them, `checks` verifies what can be
//! verified offline. `assignments`, `forms`, `urls` and `blocks` find credentials by where they
//! stand, `names` and `value` decide whether a name promises one and a value is one, `words` holds the
//! sets of words that they ask for. `commands` knows the
//! options of programs that take one. `credential_file` names files that hold them, `environment`
//! knows those of them that hold nothing but public values. `allow` reads the marks by which people
//! say that a line is fine.

mod allow;
mod assignments;
mod blocks;
mod checks;
mod commands;
mod credential_file;
mod detectors;
mod engine;
mod environment;
mod forms;
mod names;
mod urls;
mod value;
mod words;

#[cfg(test)]
mod tests;

use std::ops::Range;

pub use self::{
    allow::allowed_lines,
    commands::of_command,
    credential_file::{CredentialFile, credential_file},
    environment::is_public_env,
    urls::{name_of_url, without_query, without_user_info},
};

/// How sure it is that a hit is a credential in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Half of a pair: worth hiding, nothing alone.
    Half,
    /// A key of a provider's test environment.
    Test,
    /// Its name and its look say so.
    Likely,
    /// The format of a provider.
    Shape,
    /// A checksum or its structure was verified.
    Verified,
}

/// A credential in a text. It never carries the value, so it can be shown and logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Bytes of the value in the text, on character boundaries.
    pub span: Range<usize>,
    /// The detector, kebab-case.
    pub detector: &'static str,
    /// What it is, for messages: "GitHub token".
    pub what: &'static str,
    /// The name that it is given to, where there is one.
    pub name: Option<String>,
    /// How sure that is.
    pub confidence: Confidence,
}

/// What kind of text is searched; decides how `name = value` is written in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A Dockerfile or shell script: `NAME=value`, quoted or not.
    Shell,
    /// Configuration: also `name: value` and `name = value`.
    Config,
    /// A program: values only in quotes.
    Source,
}

/// Finds credentials in `text`. Sorted by place; hits do not overlap.
pub fn scan(text: &str, kind: Kind) -> Vec<Hit> {
    let mut found = engine::Found::default();
    engine::literals(text, &mut found);
    blocks::keys(text, &mut found);
    urls::user_info(text, &mut found);
    forms::headers(text, &mut found);
    assignments::pairs(text, kind, &mut found);
    forms::pairs(text, kind, &mut found);
    found.into_hits()
}

/// Finds only the formats of providers that nobody publishes, private keys, and headers that a proxy
/// sends: for texts that are read for nothing else, where a name or a look would be too little.
/// Sorted by place; hits do not overlap.
pub fn tokens(text: &str) -> Vec<Hit> {
    let mut found = engine::Found::default();
    engine::literals(text, &mut found);
    blocks::keys(text, &mut found);
    forms::headers(text, &mut found);
    let mut hits = found.into_hits();
    // Those of Google are in every web page that uses one, and a web token says not what it opens.
    hits.retain(|hit| {
        hit.confidence >= Confidence::Shape
            && !matches!(hit.detector, "google-key" | "json-web-token")
    });
    hits
}

/// What `value` is, if it is a credential: by its own format, or because `name` promises one and
/// it looks like one.
pub fn looks_secret(name: &str, value: &str) -> Option<Hit> {
    let mut found = engine::Found::default();
    engine::literals(value, &mut found);
    blocks::keys(value, &mut found);
    urls::user_info(value, &mut found);
    // a text in a value (`{"token": "…"}`, `Password=…;`), not the value itself
    assignments::pairs(value, Kind::Shell, &mut found);
    if found.is_empty() {
        assignments::judge(name, value, 0..value.len(), &mut found);
    }
    let mut hits = found.into_hits();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.confidence));
    hits.into_iter()
        .next()
        .filter(|hit| hit.detector != "google-key" || !names::is_published(name))
        .map(|hit| Hit { name: Some(name.to_owned()), ..hit })
}

/// Whether `name` is one under which people keep credentials.
pub fn promises_secret(name: &str) -> bool {
    names::promise(name).is_some()
}
