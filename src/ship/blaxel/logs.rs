//! The log of a sandbox or an image, from one instant on: while a build is waited for, and later.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use reqwest::Method;
use serde_json::Value;

use super::{
    client::{Client, Reply},
    fault::Fault,
};
use crate::ship::Reporter;

/// Lines of one page.
const PAGE: usize = 1000;
/// Most pages of one look.
const PAGES: usize = 100;
/// The severities that the platform knows; it wants them all named.
const SEVERITIES: &str = "all,UNKNOWN,TRACE,DEBUG,INFO,WARNING,ERROR,FATAL";

/// The log of one sandbox, or of the build of its image, from one instant on.
///
/// Lines come newest first, late, and more than once. Each is told once; a line is held back for
/// one look, so that what comes a little late still stands in its place.
#[derive(Debug)]
pub struct Logs {
    name: String,
    since: Timestamp,
    until: Option<Timestamp>,
    seen: BTreeSet<(Timestamp, String)>,
    held: BTreeSet<(Timestamp, String)>,
    told: Vec<String>,
}

impl Logs {
    /// The log of the sandbox `name` from `since` on, by the platform's clock.
    pub fn new(name: &str, since: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            since,
            until: None,
            seen: BTreeSet::new(),
            held: BTreeSet::new(),
            told: Vec::new(),
        }
    }

    /// The log up to and with `until`, by the platform's clock. Without it there is no end.
    #[must_use]
    pub fn until(self, until: Timestamp) -> Self {
        Self { until: Some(until), ..self }
    }

    /// Everything that was told, in the order it was.
    pub fn told(&self) -> &[String] {
        &self.told
    }

    /// Reads what is new, and tells what was held back before.
    ///
    /// # Errors
    /// The log cannot be read; what was read before that is not lost. It is no fault of what is waited for.
    pub async fn look(
        &mut self,
        client: &Client,
        reporter: &mut dyn Reporter,
    ) -> Result<(), Fault> {
        let ready = std::mem::take(&mut self.held);
        let read = self.read(client).await;
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
        read
    }

    /// Tells what is still held back.
    pub fn finish(&mut self, client: &Client, reporter: &mut dyn Reporter) {
        let rest = std::mem::take(&mut self.held);
        self.tell(rest, client, reporter);
    }

    /// Takes what is new, page by page. Lines that come meanwhile push others to the next page: they are met
    /// twice there, and none is missed.
    async fn read(&mut self, client: &Client) -> Result<(), Fault> {
        for page in 0..PAGES {
            let lines = self.page(client, page).await?;
            let full = lines.len() >= PAGE;
            let mut fresh = false;
            for line in lines {
                let inside = line.0 >= self.since && self.until.is_none_or(|until| line.0 <= until);
                if inside && self.seen.insert(line.clone()) {
                    self.held.insert(line);
                    fresh = true;
                }
            }
            // Behind a page that is known, everything is: the newest come first.
            if !full || !fresh {
                break;
            }
        }
        Ok(())
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

    async fn page(&self, client: &Client, page: usize) -> Result<Vec<(Timestamp, String)>, Fault> {
        let shown =
            |at: Timestamp| at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let start = shown(self.since);
        // The clocks differ; the end of the window only has to lie behind every line.
        let ahead = Timestamp::now().checked_add(SignedDuration::from_hours(1));
        let end = self.until.map_or(ahead, |at| at.checked_add(SignedDuration::from_secs(1)));
        let end = shown(end.unwrap_or(Timestamp::MAX));
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
        // The next look comes soon: the log must not keep anybody from seeing the status.
        let limit = client.pace().look * 5;
        let answer = match tokio::time::timeout(limit, call).await {
            Ok(Ok(Reply::Answer(answer))) => answer.json()?,
            Ok(Ok(Reply::Unsure(fault)) | Err(fault)) => return Err(fault),
            Err(_) => {
                let call = "GET observability/logs".to_owned();
                return Err(Fault::Network { call, why: "no answer in time".into() });
            }
        };
        // While there are no lines, the name is missing.
        let lines = answer[&self.name]["logs"].as_array();
        Ok(lines.into_iter().flatten().filter_map(line).collect())
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
