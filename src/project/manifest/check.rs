//! Keys and types of a file against the schema.

use super::{
    model::{Edit, Issue, IssueKind},
    schema::{APPLICATION_ONLY, Kind, PLACES, ROOT, Schema, place_name},
    tree::{Data, Entry, Table, Value},
};

/// Every unknown key and wrong type, in file order.
pub(super) fn check(root: &Table) -> Vec<Issue> {
    let application =
        root.text("type").is_some_and(|kind| !matches!(kind.value.as_str(), "" | "sandbox"));
    let mut checker = Checker { application, issues: Vec::new() };
    checker.table(root, &ROOT);
    let mut issues = checker.issues;
    issues.sort_by_key(|issue| issue.span);
    issues
}

struct Checker {
    /// Another type than a sandbox: the keys of the root that a sandbox lacks are fine.
    application: bool,
    issues: Vec<Issue>,
}

impl Checker {
    fn table(&mut self, table: &Table, schema: &'static Schema) {
        for entry in &table.entries {
            let key = entry.key.value.as_str();
            match schema.kind(key) {
                Some(kind) => {
                    if schema.path.is_empty() && !self.application {
                        self.application_key(entry);
                    }
                    let path = if schema.path.is_empty() {
                        key.to_owned()
                    } else {
                        format!("{}.{key}", schema.path)
                    };
                    self.value(&path, &entry.value, kind);
                }
                None => self.unknown(entry, table, schema),
            }
        }
    }

    fn application_key(&mut self, entry: &Entry) {
        let key = entry.key.value.as_str();
        if let Some((_, home)) = APPLICATION_ONLY.iter().find(|(name, _)| *name == key) {
            self.issues.push(Issue {
                kind: IssueKind::UnknownKey,
                span: entry.key.span,
                message: format!("`{key}` at the top level is read for applications only"),
                suggestion: None,
                help: Some(format!("for a sandbox it belongs {}", place_name(home))),
                edit: None,
            });
        }
    }

    fn unknown(&mut self, entry: &Entry, table: &Table, schema: &'static Schema) {
        let key = entry.key.value.as_str();
        let mut issue = Issue {
            kind: IssueKind::UnknownKey,
            span: entry.key.span,
            message: if schema.path.is_empty() {
                format!("unknown key `{key}`")
            } else {
                format!("unknown key `{key}` in `{}`", schema.path)
            },
            suggestion: None,
            help: None,
            edit: None,
        };
        let application = self.application;
        let offered = move |place: &Schema, name: &str| {
            application
                || !place.path.is_empty()
                || !APPLICATION_ONLY.iter().any(|(only, _)| *only == name)
        };
        let elsewhere = || PLACES.iter().filter(|place| place.path != schema.path);
        let home = elsewhere().find_map(|place| {
            place.kind(key).filter(|_| offered(place, key)).map(|kind| (place.path, kind))
        });
        let here = schema.keys.iter().map(|(name, _)| *name).filter(|name| offered(schema, name));
        if let Some((home, kind)) = home {
            let dot = if home.is_empty() { "" } else { "." };
            issue.help = Some(match kind {
                Kind::Table(_) | Kind::TextMap => {
                    format!("`{key}` is a table of its own: write `[{home}{dot}{key}]`")
                }
                Kind::Tables(_) => format!("write each as `[[{home}{dot}{key}]]`"),
                _ => format!("`{key}` belongs {}", place_name(home)),
            });
        } else if let Some(name) = closest(key, here).or_else(|| synonym(schema, key)) {
            issue.suggestion = Some(name.to_owned());
            issue.help = Some(format!("did you mean `{name}`?"));
            let fits = schema.kind(name).is_some_and(|kind| fits(kind, &entry.value));
            if fits && table.entry(name).is_none() {
                issue.edit = Some(Edit { span: entry.key.span, text: name.to_owned() });
            }
        } else if let Some((name, home)) = elsewhere().find_map(|place| {
            closest(key, place.keys.iter().map(|(name, _)| *name)).map(|name| (name, place.path))
        }) {
            issue.help = Some(format!("did you mean `{name}`? It belongs {}", place_name(home)));
        } else if schema.open {
            // the table is passed on; the platform may know more than this list
            issue.kind = IssueKind::UndocumentedKey;
            issue.message = format!("`{}.{key}` is not documented", schema.path);
        }
        self.issues.push(issue);
    }

    fn value(&mut self, path: &str, value: &Value, kind: Kind) {
        match (kind, &value.data) {
            (Kind::Any, _)
            | (Kind::Text | Kind::Duration, Data::Text(_))
            | (Kind::Bool, Data::Bool(_))
            | (Kind::Integer | Kind::Duration, Data::Integer(_)) => {}
            (Kind::TextList, Data::Array(items)) => {
                for item in items {
                    self.value(path, item, Kind::Text);
                }
            }
            (Kind::TextMap, Data::Table(table)) => {
                for entry in &table.entries {
                    let path = format!("{path}.{}", entry.key.value);
                    self.value(&path, &entry.value, Kind::Text);
                }
            }
            (Kind::Table(schema), Data::Table(table)) => self.table(table, schema),
            (Kind::Tables(schema), Data::Array(items)) => {
                for item in items {
                    match &item.data {
                        Data::Table(table) => self.table(table, schema),
                        _ => self.wrong_element(path, item),
                    }
                }
            }
            (Kind::Named(schema), Data::Table(table)) => {
                for entry in &table.entries {
                    match &entry.value.data {
                        Data::Table(inner) => self.table(inner, schema),
                        _ => {
                            let path = format!("{path}.{}", entry.key.value);
                            self.wrong(&path, &entry.value, kind);
                        }
                    }
                }
            }
            _ => self.wrong(path, value, kind),
        }
    }

    fn wrong(&mut self, path: &str, value: &Value, kind: Kind) {
        let wanted = match kind {
            Kind::Text => "a string",
            Kind::Bool => "a boolean",
            Kind::Integer => "an integer",
            Kind::TextList => "an array of strings",
            Kind::TextMap => "a table of strings",
            Kind::Duration => "a duration",
            Kind::Table(_) | Kind::Named(_) => "a table",
            Kind::Tables(_) => "an array of tables",
            Kind::Any => "a value",
        };
        let edit = match (kind, &value.data) {
            (Kind::Text, Data::Integer(number)) => Some(format!("\"{number}\"")),
            (Kind::Text, Data::Bool(flag)) => Some(format!("\"{flag}\"")),
            (Kind::Integer, Data::Text(text)) => integer_in(path, text),
            (Kind::Integer, Data::Float(number)) if number.fract() == 0.0 && *number < 1e9 => {
                Some(format!("{number:.0}"))
            }
            (Kind::Bool, Data::Text(text)) if matches!(text.as_str(), "true" | "false") => {
                Some(text.clone())
            }
            _ => None,
        };
        let help = match (&edit, kind) {
            // the value of a variable may be a secret, so it is not repeated
            (Some(_), Kind::Text) => Some("put it in quotes".to_owned()),
            (Some(text), _) => Some(format!("write `{text}`")),
            (None, Kind::Tables(_)) => Some(format!("start each with a line `[[{path}]]`")),
            (None, Kind::Table(_)) => Some(format!("write it as a table: `[{path}]`")),
            (None, Kind::TextList) => Some("write it as `[\"…\"]`".to_owned()),
            (None, Kind::Duration) => Some("write seconds, or `30s`, `5m`, `1h`".to_owned()),
            (None, _) => None,
        };
        self.type_issue(path, value, wanted, help, edit);
    }

    fn wrong_element(&mut self, path: &str, item: &Value) {
        let edit = match (&item.data, path) {
            (Data::Integer(port), "runtime.ports") => Some(format!("{{ target = {port} }}")),
            (Data::Text(port), "runtime.ports") => {
                port.trim().parse::<u16>().ok().map(|port| format!("{{ target = {port} }}"))
            }
            _ => None,
        };
        let help = edit.as_ref().map(|text| format!("write `{text}`"));
        self.type_issue(path, item, "a table", help, edit);
    }

    fn type_issue(
        &mut self,
        path: &str,
        value: &Value,
        wanted: &str,
        help: Option<String>,
        edit: Option<String>,
    ) {
        let subject = if wanted == "a table" && path == "runtime.ports" {
            "an entry of `runtime.ports`".to_owned()
        } else {
            format!("`{path}`")
        };
        self.issues.push(Issue {
            kind: IssueKind::Type,
            span: value.span,
            message: format!("{subject} is {}, not {wanted}", value.kind()),
            suggestion: None,
            help,
            edit: edit.map(|text| Edit { span: value.span, text }),
        });
    }
}

/// Whether a value is of the kind, so that renaming its key is all it takes.
fn fits(kind: Kind, value: &Value) -> bool {
    match kind {
        Kind::Any => true,
        Kind::Text => matches!(value.data, Data::Text(_)),
        Kind::Bool => matches!(value.data, Data::Bool(_)),
        Kind::Integer => matches!(value.data, Data::Integer(_)),
        Kind::Duration => matches!(value.data, Data::Integer(_) | Data::Text(_)),
        Kind::TextList => matches!(value.data, Data::Array(_)),
        // each further `[[table]]` would have to be renamed too
        Kind::Tables(_) => matches!(&value.data, Data::Array(items) if items.len() == 1),
        Kind::TextMap | Kind::Table(_) | Kind::Named(_) => matches!(value.data, Data::Table(_)),
    }
}

/// What other platforms call a table of the root.
fn synonym(schema: &Schema, key: &str) -> Option<&'static str> {
    match key {
        _ if !schema.path.is_empty() => None,
        "environment" | "variables" | "vars" => Some("env"),
        "resources" => Some("runtime"),
        _ => None,
    }
}

/// The integer that a string was meant to be. Sizes understand `4GB` and `512Mi`.
fn integer_in(path: &str, text: &str) -> Option<String> {
    let text = text.trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: i64 = text[..digits].parse().ok()?;
    if digits == text.len() {
        return Some(number.to_string());
    }
    let megabytes = path.ends_with("memory") || path.ends_with("Mb");
    let factor = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "m" | "mb" | "mi" | "mib" => 1,
        "g" | "gb" | "gi" | "gib" => 1024,
        _ => return None,
    };
    megabytes.then(|| number.checked_mul(factor)).flatten().map(|mb| mb.to_string())
}

/// The one name that `key` was probably meant to be; `None` where no name or several are close.
pub fn closest<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| -> String {
        text.chars().filter(|c| !"_- .".contains(*c)).flat_map(char::to_lowercase).collect()
    };
    let key = plain(key);
    if key.chars().count() > 64 {
        return None;
    }
    let limit = match key.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        _ => 2,
    };
    let mut best: Option<(usize, &str)> = None;
    let mut tie = false;
    for name in names {
        let distance = strsim::osa_distance(&key, &plain(name));
        if distance > limit {
            continue;
        }
        match best {
            Some((nearest, _)) if nearest < distance => {}
            Some((nearest, _)) if nearest == distance => tie = true,
            _ => {
                best = Some((distance, name));
                tie = false;
            }
        }
    }
    best.filter(|_| !tie).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_close_name_is_found_and_a_tie_is_not() {
        let names = || ["memory", "memoryMb", "name", "type"].into_iter();
        for (key, want) in [
            ("memroy", Some("memory")),
            ("memory_mb", Some("memoryMb")),
            ("Name", Some("name")),
            ("nmae", Some("name")),
            ("colour", None),
            ("x", None),
        ] {
            assert_eq!(closest(key, names()), want, "{key}");
        }
        assert_eq!(closest("tipe", ["type", "tape"].into_iter()), None);
    }

    #[test]
    fn sizes_with_units_become_megabytes() {
        for (path, text, want) in [
            ("runtime.memory", "4096", Some("4096")),
            ("runtime.memory", "4GB", Some("4096")),
            ("runtime.memory", "512 Mi", Some("512")),
            ("runtime.ports.target", "3000", Some("3000")),
            ("runtime.ports.target", "3G", None),
            ("runtime.memory", "lots", None),
            ("runtime.memory", "99999999999999999999", None),
            ("runtime.memory", "9223372036854775807G", None),
        ] {
            assert_eq!(integer_in(path, text).as_deref(), want, "{path} {text}");
        }
    }
}
