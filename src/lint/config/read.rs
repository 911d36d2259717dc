//! TOML to [`Config`], with the place of everything that cannot be used.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use semver::VersionReq;
use serde::Deserialize as _;
use serde_json::{Map, Value as Json};

use super::{
    Config, Problem,
    preset::{self, Preset},
    wire,
};
use crate::{
    lint::{
        diagnostic::Severity,
        policy::{FailOn, Override},
        select::{Selector, meant},
    },
    project::{
        context::Rules,
        manifest::{Data, Table, Value, closest, read_toml},
        source::{Source, Span},
    },
};

/// A file with more faults than this is no configuration.
const MOST_FAULTS: usize = 50;

/// Reads a `sandgate.toml`.
pub fn read(source: &Source) -> (Config, Vec<Problem>) {
    let (table, issues) = read_toml(source);
    let mut problems: Vec<Problem> = issues
        .into_iter()
        .map(|issue| Problem { span: issue.span, what: issue.message, help: issue.help })
        .collect();
    let file = typed(&table, &mut problems);
    let mut reader = Reader { table: &table, problems: &mut problems };
    let config = reader.config(file);
    problems.sort_by_key(|problem| problem.span.start);
    (config, problems)
}

/// The values by their types. One of the wrong type is told and left out, and the rest read again.
fn typed(table: &Table, problems: &mut Vec<Problem>) -> wire::File {
    let mut json = Json::Object(table.to_json());
    for path in lists_for_tables(&json) {
        let what = format!("`{}` is an array; a table is expected", named(&path));
        problems.push(Problem { span: place(table, &path), what, help: None });
        remove(&mut json, &path, true);
    }
    for _ in 0..MOST_FAULTS {
        let mut unknown: Vec<Vec<Step>> = Vec::new();
        let mut note = |path: serde_ignored::Path<'_>| unknown.push(steps_of_ignored(&path));
        let reader = serde_ignored::Deserializer::new(&json, &mut note);
        let mut track = serde_path_to_error::Track::new();
        let reader = serde_path_to_error::Deserializer::new(reader, &mut track);
        match wire::File::deserialize(reader) {
            Ok(file) => {
                problems.extend(unknown.iter().map(|path| unknown_key(table, path)));
                return file;
            }
            Err(fault) => {
                let path = steps_of_fault(&track.path());
                let fault = fault.to_string();
                let expected =
                    fault.split_once(", expected ").map(|(_, expected)| wanted(expected));
                let is_table = expected.as_deref() == Some("a table");
                let what = match (find(table, &path), expected) {
                    (Some(found), Some(expected)) => {
                        format!("`{}` is {}; {expected} is expected", named(&path), found.kind())
                    }
                    _ => fault,
                };
                problems.push(Problem { span: place(table, &path), what, help: None });
                if path.is_empty() || !remove(&mut json, &path, is_table) {
                    break;
                }
            }
        }
    }
    wire::File::default()
}

/// Arrays where tables are expected: serde would take their values for those of the table, one after the other.
fn lists_for_tables(json: &Json) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    for key in ["lint", "context", "promotion"] {
        if json[key].is_array() {
            found.push(vec![Step::Key(key.into())]);
        }
    }
    let overrides = json["lint"]["overrides"].as_array().into_iter().flatten();
    for (index, _) in overrides.enumerate().filter(|(_, value)| value.is_array()) {
        let key = |name: &str| Step::Key(name.into());
        found.push(vec![key("lint"), key("overrides"), Step::Index(index)]);
    }
    found
}

/// What serde expected, in the words of TOML.
fn wanted(text: &str) -> String {
    match text {
        "a sequence" => "an array".into(),
        "a map" => "a table".into(),
        text if text.starts_with("struct ") => "a table".into(),
        text => text.into(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

fn steps_of_ignored(path: &serde_ignored::Path<'_>) -> Vec<Step> {
    match path {
        serde_ignored::Path::Root => Vec::new(),
        serde_ignored::Path::Seq { parent, index } => {
            let mut steps = steps_of_ignored(parent);
            steps.push(Step::Index(*index));
            steps
        }
        serde_ignored::Path::Map { parent, key } => {
            let mut steps = steps_of_ignored(parent);
            steps.push(Step::Key(key.clone()));
            steps
        }
        serde_ignored::Path::Some { parent }
        | serde_ignored::Path::NewtypeStruct { parent }
        | serde_ignored::Path::NewtypeVariant { parent } => steps_of_ignored(parent),
    }
}

fn steps_of_fault(path: &serde_path_to_error::Path) -> Vec<Step> {
    path.iter()
        .filter_map(|segment| match segment {
            serde_path_to_error::Segment::Seq { index } => Some(Step::Index(*index)),
            serde_path_to_error::Segment::Map { key } => Some(Step::Key(key.clone())),
            _ => None,
        })
        .collect()
}

/// `lint.overrides[1].paths`.
fn named(path: &[Step]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) if out.is_empty() => out.push_str(key),
            Step::Key(key) => {
                out.push('.');
                out.push_str(key);
            }
            Step::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

fn find<'a>(table: &'a Table, path: &[Step]) -> Option<&'a Value> {
    let (first, rest) = path.split_first()?;
    let Step::Key(key) = first else { return None };
    let mut value = table.get(key)?;
    for step in rest {
        value = match (step, &value.data) {
            (Step::Key(key), Data::Table(table)) => table.get(key)?,
            (Step::Index(index), Data::Array(items)) => items.get(*index)?,
            _ => return None,
        };
    }
    Some(value)
}

/// The place of a value; of the nearest that is there.
fn place(table: &Table, path: &[Step]) -> Span {
    (1..=path.len())
        .rev()
        .find_map(|count| find(table, &path[..count]))
        .map_or_else(Span::default, |value| value.span)
}

/// The place of the key of a value.
fn key_place(table: &Table, path: &[Step]) -> Span {
    let Some((Step::Key(key), parents)) = path.split_last() else { return place(table, path) };
    let holder = match parents {
        [] => Some(table),
        parents => find(table, parents).and_then(Value::as_table),
    };
    holder
        .and_then(|holder| holder.entry(key))
        .map_or_else(|| place(table, path), |entry| entry.key.span)
}

/// Takes a value away, and says whether that changed anything.
fn remove(json: &mut Json, path: &[Step], is_table: bool) -> bool {
    let Some((last, parents)) = path.split_last() else { return false };
    let mut at = json;
    for step in parents {
        let next = match step {
            Step::Key(key) => at.get_mut(key),
            Step::Index(index) => at.get_mut(index),
        };
        match next {
            Some(next) => at = next,
            None => return false,
        }
    }
    match (last, at) {
        (Step::Key(key), Json::Object(map)) => map.remove(key).is_some(),
        // The places of what stands behind it stay as they are.
        (Step::Index(index), Json::Array(items)) if *index < items.len() => {
            let nothing =
                if is_table { Json::Object(Map::new()) } else { Json::String(String::new()) };
            let changes = items[*index] != nothing;
            items[*index] = nothing;
            changes
        }
        _ => false,
    }
}

fn unknown_key(table: &Table, path: &[Step]) -> Problem {
    let known = known_keys(path);
    let key = match path.last() {
        Some(Step::Key(key)) => key.as_str(),
        _ => "",
    };
    if let [Step::Key(lint), Step::Key(overrides), Step::Index(_), _] = path
        && (lint.as_str(), overrides.as_str()) == ("lint", "overrides")
        && known_keys(&path[..2]).iter().any(|one| one == key)
    {
        return Problem {
            span: key_place(table, path),
            what: format!("`{key}` cannot be set for some files alone"),
            help: Some(format!(
                "an override takes {}; set `{key}` in [lint], for all files",
                list(&known)
            )),
        };
    }
    let help = match path.last() {
        Some(Step::Key(key)) => match closest(key, known.iter().map(String::as_str)) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None => Some(format!("known here: {}", known.join(", "))),
        },
        _ => None,
    };
    Problem {
        span: key_place(table, path),
        what: format!("nothing is called `{}`", named(path)),
        help,
    }
}

/// "`a`, `b` and `c`".
fn list(names: &[String]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("`{}` and `{last}`", all.join("`, `")),
        names => format!("`{}`", names.join("`, `")),
    }
}

/// The keys that may stand beside the one at `path`.
fn known_keys(path: &[Step]) -> Vec<String> {
    let schema = schemars::schema_for!(wire::File);
    let root = schema.as_value();
    let mut at = root;
    let resolve = |value: &'_ Json| -> Option<String> {
        value["$ref"].as_str()?.strip_prefix("#/$defs/").map(str::to_owned)
    };
    for step in &path[..path.len().saturating_sub(1)] {
        at = match step {
            Step::Key(key) => &at["properties"][key],
            Step::Index(_) => &at["items"],
        };
        if let Some(name) = resolve(at) {
            at = &root["$defs"][name];
        }
    }
    at["properties"].as_object().map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

struct Reader<'a> {
    table: &'a Table,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn config(&mut self, file: wire::File) -> Config {
        let lint = file.lint;
        let at = |key: &str| vec![Step::Key("lint".into()), Step::Key(key.into())];
        let required = file.required_version.and_then(|text| {
            let path = [Step::Key("required-version".into())];
            match VersionReq::parse(&text) {
                Ok(wanted) => Some((wanted, place(self.table, &path))),
                Err(err) => {
                    let what = format!("`{text}` is no requirement of a version: {err}");
                    self.problem(&path, what, Some("write it as `>=0.1` or `0.1`".into()));
                    None
                }
            }
        });
        let preset = lint.preset.as_deref().map_or(Preset::Default, |name| {
            Preset::parse(name).unwrap_or_else(|| {
                self.choice(&at("preset"), name, &preset::NAMES);
                Preset::Default
            })
        });
        let fail_on = lint.fail_on.as_deref().and_then(|name| {
            let found = match name {
                "error" => Some(FailOn::Error),
                "warning" => Some(FailOn::Warning),
                "info" => Some(FailOn::Info),
                "never" => Some(FailOn::Never),
                _ => None,
            };
            if found.is_none() {
                self.choice(&at("fail-on"), name, &["error", "warning", "info", "never"]);
            }
            found
        });
        let overrides = lint
            .overrides
            .into_iter()
            .enumerate()
            .map(|(index, one)| {
                let at = |key: &str| {
                    let mut path = at("overrides");
                    path.extend([Step::Index(index), Step::Key(key.into())]);
                    path
                };
                let mut path = at("paths");
                path.pop();
                if one.paths.is_empty() && !self.is_told(&at("paths")) {
                    self.problem(
                        &path,
                        "the override names no `paths`".into(),
                        Some("name files by globs: paths = [\"examples/**\"]".into()),
                    );
                }
                Override {
                    paths: self.globs(&at("paths"), &one.paths),
                    extend: self.selectors(&at("extend-select"), &one.extend_select),
                    ignore: self.selectors(&at("ignore"), &one.ignore),
                    severity: self.severities(&at("severity"), one.severity),
                }
            })
            .collect();
        Config {
            required,
            preset,
            select: lint.select.map(|list| self.selectors(&at("select"), &list)),
            extend_select: self.selectors(&at("extend-select"), &lint.extend_select),
            ignore: self.selectors(&at("ignore"), &lint.ignore),
            no_suppress: self.selectors(&at("no-suppress"), &lint.no_suppress),
            severity: self.severities(&at("severity"), lint.severity),
            fail_on,
            baseline: lint.baseline.filter(|path| !path.is_empty()),
            overrides,
            include: self.patterns(file.context.include),
            promote_to: self.workspaces("to", true, file.promotion.to),
            protected: self.workspaces("protected", false, file.promotion.protected),
        }
    }

    /// Names of workspaces, with an account before them where that is allowed.
    fn workspaces(&mut self, key: &str, accounts: bool, names: Vec<String>) -> Vec<String> {
        let mut out = Vec::new();
        for (index, name) in names.into_iter().enumerate() {
            let parts: Vec<&str> = name.split('/').collect();
            let is_name = |part: &&str| {
                !part.is_empty()
                    && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            };
            if parts.len() <= 1 + usize::from(accounts) && parts.iter().all(is_name) {
                out.push(name);
            } else {
                let path =
                    [Step::Key("promotion".into()), Step::Key(key.into()), Step::Index(index)];
                if self.is_told(&path) {
                    continue;
                }
                let help = if accounts {
                    "write it as `prod`, or `ACCOUNT/prod`"
                } else {
                    "write it as `prod`"
                };
                self.problem(
                    &path,
                    format!("`{}` is no workspace", name.escape_debug()),
                    Some(help.into()),
                );
            }
        }
        out
    }

    /// Patterns as in an ignore file; one that Docker would refuse is told and left out.
    fn patterns(&mut self, patterns: Vec<String>) -> Vec<String> {
        let mut out = Vec::new();
        for (index, pattern) in patterns.into_iter().enumerate() {
            let path = || {
                let key = |name: &str| Step::Key(name.into());
                [key("context"), key("include"), Step::Index(index)]
            };
            let (_, bad) = Rules::read(pattern.as_bytes());
            if pattern.contains('\n') {
                self.problem(
                    &path(),
                    format!("`{}` holds a line end", pattern.escape_debug()),
                    None,
                );
            } else if let Some((_, why)) = bad.first() {
                let help = "write it like a line of .dockerignore".into();
                self.problem(&path(), format!("`{pattern}` is no pattern: {why}"), Some(help));
            } else if !pattern.is_empty() {
                out.push(pattern);
            }
        }
        out
    }

    fn problem(&mut self, path: &[Step], what: String, help: Option<String>) {
        self.problems.push(Problem { span: place(self.table, path), what, help });
    }

    /// Whether something is told of a value already: one of the wrong type is no name either.
    fn is_told(&self, path: &[Step]) -> bool {
        let span = place(self.table, path);
        self.problems.iter().any(|problem| problem.span == span)
    }

    fn choice(&mut self, path: &[Step], name: &str, known: &[&str]) {
        let what = format!("`{}` cannot be `{name}`", named(path));
        self.problem(path, what, Some(format!("it is one of {}", known.join(", "))));
    }

    fn selectors(&mut self, path: &[Step], names: &[String]) -> Vec<Selector> {
        let mut out = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let mut path = path.to_vec();
            path.push(Step::Index(index));
            match Selector::parse(name) {
                Some(selector) => out.push(selector),
                None if self.is_told(&path) => (),
                None => self.problem(&path, no_rule(name), Some(meant(name))),
            }
        }
        out
    }

    fn severities(
        &mut self,
        path: &[Step],
        map: std::collections::BTreeMap<String, String>,
    ) -> Vec<(Selector, Severity)> {
        let mut out = Vec::new();
        for (name, severity) in map {
            let mut path = path.to_vec();
            path.push(Step::Key(name.clone()));
            let selector = Selector::parse(&name);
            let level = match severity.as_str() {
                "error" => Some(Severity::Error),
                "warning" => Some(Severity::Warning),
                "info" => Some(Severity::Info),
                _ => None,
            };
            if selector.is_none() {
                let span = key_place(self.table, &path);
                let problem = Problem { span, what: no_rule(&name), help: Some(meant(&name)) };
                self.problems.push(problem);
            }
            if level.is_none() {
                self.choice(&path, &severity, &["error", "warning", "info"]);
            }
            out.extend(selector.zip(level));
        }
        out
    }

    fn globs(&mut self, path: &[Step], globs: &[String]) -> GlobSet {
        let mut set = GlobSetBuilder::new();
        for (index, glob) in globs.iter().enumerate() {
            match GlobBuilder::new(glob.trim_start_matches("./")).literal_separator(true).build() {
                Ok(glob) => {
                    set.add(glob);
                }
                Err(err) => {
                    let mut path = path.to_vec();
                    path.push(Step::Index(index));
                    let what = format!("`{glob}` is no glob: {}", err.kind());
                    self.problem(&path, what, None);
                }
            }
        }
        set.build().unwrap_or_else(|_| GlobSet::empty())
    }
}

fn no_rule(name: &str) -> String {
    format!("no rule is called `{name}`")
}
