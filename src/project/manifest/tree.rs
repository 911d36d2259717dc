//! The values of a TOML file with the place of each.

use toml_edit::{Item, TableLike};

use super::model::Spanned;
use crate::project::source::Span;

/// Tables inside tables beyond this depth are dropped: no manifest needs them, and a hostile file
/// must not exhaust the stack.
const MAX_DEPTH: usize = 32;

/// A table: its pairs in file order.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The pairs.
    pub entries: Vec<Entry>,
}

/// A pair.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key; the span includes quotes.
    pub key: Spanned<String>,
    /// The value.
    pub value: Value,
}

/// A value and where it stands: quotes and brackets included; for a `[table]`, its header.
#[derive(Debug, Clone)]
pub struct Value {
    /// Where.
    pub span: Span,
    /// What.
    pub data: Data,
}

/// The kinds of TOML values.
#[derive(Debug, Clone)]
pub enum Data {
    /// A string.
    Text(String),
    /// An integer.
    Integer(i64),
    /// A float.
    Float(f64),
    /// A boolean.
    Bool(bool),
    /// A date or time, as written.
    Datetime(String),
    /// An array, or an array of tables.
    Array(Vec<Value>),
    /// A table, inline or not.
    Table(Table),
}

impl Table {
    /// The pair with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key.value == key)
    }

    /// The value with this key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The table with this key.
    pub fn table(&self, key: &str) -> Option<&Self> {
        self.get(key)?.as_table()
    }

    /// The string with this key.
    pub fn text(&self, key: &str) -> Option<Spanned<String>> {
        let value = self.get(key)?;
        let Data::Text(text) = &value.data else { return None };
        Some(Spanned { value: text.clone(), span: value.span })
    }

    /// The integer with this key.
    pub fn integer(&self, key: &str) -> Option<Spanned<i64>> {
        let value = self.get(key)?;
        let Data::Integer(number) = value.data else { return None };
        Some(Spanned { value: number, span: value.span })
    }

    /// As a JSON object. Dates become strings; NaN and infinities, which JSON lacks, become null.
    pub fn to_json(&self) -> serde_json::Map<String, serde_json::Value> {
        self.entries.iter().map(|entry| (entry.key.value.clone(), entry.value.to_json())).collect()
    }

    pub(super) fn read(table: &dyn TableLike) -> Self {
        Self::read_at(table, Span::default(), 0)
    }

    fn read_at(table: &dyn TableLike, place: Span, depth: usize) -> Self {
        let mut entries: Vec<Entry> = table
            .iter()
            .filter_map(|(name, item)| {
                let (key, _) = table.get_key_value(name)?;
                let span = key.span().map_or(place, |range| Span::new(range.start, range.end));
                let value = Value::read(item, span, depth + 1)?;
                Some(Entry { key: Spanned { value: name.to_owned(), span }, value })
            })
            .collect();
        entries.sort_by_key(|entry| entry.key.span.start);
        Self { entries }
    }
}

impl Value {
    /// The table, where it is one.
    pub fn as_table(&self) -> Option<&Table> {
        match &self.data {
            Data::Table(table) => Some(table),
            _ => None,
        }
    }

    /// What a message calls it.
    pub fn kind(&self) -> &'static str {
        match &self.data {
            Data::Text(_) => "a string",
            Data::Integer(_) => "an integer",
            Data::Float(_) => "a float",
            Data::Bool(_) => "a boolean",
            Data::Datetime(_) => "a date",
            Data::Array(_) => "an array",
            Data::Table(_) => "a table",
        }
    }

    /// As JSON; see [`Table::to_json`].
    pub fn to_json(&self) -> serde_json::Value {
        match &self.data {
            Data::Text(text) | Data::Datetime(text) => text.as_str().into(),
            Data::Integer(number) => (*number).into(),
            Data::Float(number) => (*number).into(),
            Data::Bool(flag) => (*flag).into(),
            Data::Array(items) => items.iter().map(Self::to_json).collect(),
            Data::Table(table) => serde_json::Value::Object(table.to_json()),
        }
    }

    /// `place` is where a value stands that has no place of its own (an implicit table).
    fn read(item: &Item, place: Span, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let span = item.span().map_or(place, |range| Span::new(range.start, range.end));
        let data = match item {
            Item::None => return None,
            Item::Table(table) => Data::Table(Table::read_at(table, span, depth)),
            Item::ArrayOfTables(tables) => Data::Array(
                tables
                    .iter()
                    .map(|table| {
                        let span =
                            table.span().map_or(span, |range| Span::new(range.start, range.end));
                        Self { span, data: Data::Table(Table::read_at(table, span, depth)) }
                    })
                    .collect(),
            ),
            Item::Value(value) => return Some(Self::of(value, span, depth)),
        };
        Some(Self { span, data })
    }

    fn of(value: &toml_edit::Value, place: Span, depth: usize) -> Self {
        let span = value.span().map_or(place, |range| Span::new(range.start, range.end));
        let data = match value {
            toml_edit::Value::String(text) => Data::Text(text.value().clone()),
            toml_edit::Value::Integer(number) => Data::Integer(*number.value()),
            toml_edit::Value::Float(number) => Data::Float(*number.value()),
            toml_edit::Value::Boolean(flag) => Data::Bool(*flag.value()),
            toml_edit::Value::Datetime(date) => Data::Datetime(date.value().to_string()),
            toml_edit::Value::Array(_) if depth > MAX_DEPTH => Data::Array(Vec::new()),
            toml_edit::Value::Array(items) => {
                Data::Array(items.iter().map(|item| Self::of(item, span, depth + 1)).collect())
            }
            toml_edit::Value::InlineTable(table) if depth <= MAX_DEPTH => {
                Data::Table(Table::read_at(table, span, depth))
            }
            toml_edit::Value::InlineTable(_) => Data::Table(Table::default()),
        };
        Self { span, data }
    }
}
