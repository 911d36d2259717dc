//! The build log while a deploy waits.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use reqwest::Method;
use serde_json::Value;

use super::client::{Client, Reply};
use crate::ship::Reporter;

/// Lines of one page.
const PAGE: usize = 1000;
/// Most pages of one look.
const PAGES: usize = 20;
/// The severities that the platform knows; it wants them all named.
const SEVERITIES: &str = "all,UNKNOWN,TRACE,DEBUG,INFO,WARNING,ERROR,FATAL";

/// The log of one sandbox from one instant on.
///
/// Lines come newest first, late, and more than once. Each is told once; a line is held back for
/// one look, so that what comes a little late still stands in its place.
pub(super) struct Logs {
    name: String,
    since: Timestamp,
    seen: BTreeSet<(Timestamp, String)>,
    held: BTreeSet<(Timestamp, String)>,
    told: Vec<String>,
}

impl Logs {
    /// The log from `since` on, by the platform's clock.
    pub(super) fn new(name: &str, since: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            since,
            seen: BTreeSet::new(),
            held: BTreeSet::new(),
            told: Vec::new(),
        }
    }

    /// Everything that was told, in the order it was.
    pub(super) fn told(&self) -> &[String] {
        &self.told
    }

    /// Reads what is new. A log that cannot be read is no fault of the deploy.
    pub(super) async fn look(&mut self, client: &Client, reporter: &mut dyn Reporter) {
        let ready = std::mem::take(&mut self.held);
        for page in 0..PAGES {
            let Some(lines) = self.page(client, page).await else { break };
            let full = lines.len() >= PAGE;
            for line in lines {
                if line.0 >= self.since && self.seen.insert(line.clone()) {
                    self.held.insert(line);
                }
            }
            if !full {
                break;
            }
        }
        let newest = ready.last().map(|(at, _)| *at);
        // A line that came late goes before those that waited.
        let mut out = ready;
        if let Some(newest) = newest {
            let late: Vec<_> = self.held.iter().filter(|(at, _)| *at < newest).cloned().collect();
            for line in late {
                self.held.remove(&line);
                out.insert(line);
            }
        }
        self.tell(out, client, reporter);
    }

    /// Tells what is still held back.
    pub(super) fn finish(&mut self, client: &Client, reporter: &mut dyn Reporter) {
        let rest = std::mem::take(&mut self.held);
        self.tell(rest, client, reporter);
    }

    fn tell(
        &mut self,
        lines: BTreeSet<(Timestamp, String)>,
        client: &Client,
        reporter: &mut dyn Reporter,
    ) {
        for (_, line) in lines {
            for line in line.lines() {
                // A secret may be cut by colours: they go first.
                let line = client.redact(&settled(line));
                reporter.log(&line);
                self.told.push(line);
            }
        }
    }

    async fn page(&self, client: &Client, page: usize) -> Option<Vec<(Timestamp, String)>> {
        let shown =
            |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let start = shown(self.since);
        // The clocks differ; the end of the window only has to lie behind every line.
        let end = shown(
            Timestamp::now().checked_add(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MAX),
        );
        let (limit, offset) = (PAGE.to_string(), (page * PAGE).to_string());
        let query = [
            ("start", start.as_str()),
            ("end", end.as_str()),
            ("resourceType", "sandboxes"),
            ("workloadIds", self.name.as_str()),
            ("type", "all"),
            ("severity", SEVERITIES),
            ("limit", limit.as_str()),
            ("offset", offset.as_str()),
            ("interval", "60"),
            ("workspace", client.workspace()),
            ("traceId", ""),
            ("search", ""),
            ("taskId", ""),
            ("executionId", ""),
        ];
        let call = client.tried(Method::GET, &["observability", "logs"], &query, None, 1);
        let Ok(Ok(Reply::Answer(answer))) =
            // The next look comes soon: the log must not keep anybody from seeing the status.
            tokio::time::timeout(client.pace().look * 5, call).await
        else {
            return None;
        };
        let value = answer.json().ok()?;
        let lines = value[&self.name]["logs"].as_array()?;
        Some(lines.iter().filter_map(line).collect())
    }
}

/// A line as a terminal would leave it: without colours and other sequences, and what stands
/// behind the last carriage return.
fn settled(line: &str) -> String {
    let plain = anstream::adapter::strip_str(line).to_string();
    let shown = plain.split('\r').rfind(|part| !part.trim().is_empty());
    shown.unwrap_or_default().to_owned()
}

fn line(value: &Value) -> Option<(Timestamp, String)> {
    Some((value["timestamp"].as_str()?.parse().ok()?, value["message"].as_str()?.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::settled;

    #[test]
    fn a_line_is_what_a_terminal_would_leave() {
        for (line, want) in [
            ("plain", "plain"),
            ("", ""),
            ("10 %\r50 %\r100 %", "100 %"),
            ("done\r", "done"),
            ("\u{1b}[31mred\u{1b}[0m text", "red text"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("1 %\r\u{1b}[K2 %\u{1b}[K\r", "2 %"),
        ] {
            assert_eq!(settled(line), want, "{line:?}");
        }
    }
}
