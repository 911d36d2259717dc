//! The table: a row for each call, a column for each fault.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use sandgate::sim::Kind;
use snapbox::{Data, assert_data_eq};

use crate::flows::Flow;

/// How many are played at once.
const AT_ONCE: usize = 32;
/// Statuses, beside the faults that have a name.
const STATUSES: [&str; 13] = [
    "408",
    "408-after",
    "409",
    "429",
    "429-retry",
    "500",
    "500-after",
    "502",
    "502-html-after",
    "503-retry",
    "504-html",
    "504-html-after",
    "401",
];
/// Faults that are worth their time for ever, too.
const LASTING: [&str; 7] =
    ["reset-before", "stall-before", "500", "429", "504-html", "portal", "redirect"];

const HEAD: &str = "\
# Faults

What becomes of a deploy, a push and a promotion when one of their calls meets a fault on the way. The table is written by
`tests/faults/`, which plays every row against the simulator (`docs/simulator.md` says what the faults are). `ok` is a run that ends as
if there had been no fault; else the exit code and what is said. In every row there is one build and one share afterwards at most,
what is told of is what is there, and the run ends in bounded time.
";

fn kinds() -> Vec<&'static str> {
    Kind::named().map(|(name, _)| name).chain(STATUSES).collect()
}

/// What became of a flow, in a word.
async fn played(flow: Flow, call: &str, which: &str, kind: &str, deadline: Duration) -> String {
    match flow.play(&format!("{call}{which}={kind}"), deadline).await {
        Ok(()) => "ok".to_owned(),
        Err(ended) => format!("{} {ended}", ended.exit() as u8),
    }
}

async fn table(title: &str, kinds: &[&'static str], once: bool, deadline: Duration) -> String {
    let mut cells = Vec::new();
    for flow in Flow::ALL {
        for (call, number) in flow.calls() {
            // The first look that the fault is for is met by every later one, too.
            let which = if once { format!("#{number}") } else { format!("#{number}+") };
            cells.extend(kinds.iter().map(|kind| (flow, *call, *number, which.clone(), *kind)));
        }
    }
    let count = cells.len();
    let played = stream::iter(cells).map(async |(flow, call, number, which, kind)| {
        let ended = played(flow, call, &which, kind, deadline).await;
        (flow, call, number, kind, ended)
    });
    let rows: Vec<_> = played.buffered(AT_ONCE).collect().await;
    let mut out = format!("## {title}\n\n{count} runs.\n\n");
    let mut last = None;
    for (flow, call, number, kind, ended) in rows {
        if last != Some((flow, call, number)) {
            last = Some((flow, call, number));
            let nth = ["", "first", "second"][number as usize];
            out.push_str(&format!("\n### {}: the {nth} `{call}`\n\n", flow.name()));
        }
        out.push_str(&format!("- `{kind}`: {ended}\n"));
    }
    out
}

#[tokio::test]
async fn every_call_meets_every_fault() {
    let once = table("Once", &kinds(), true, Duration::from_secs(60)).await;
    let always = table("From then on", &LASTING, false, Duration::from_secs(5)).await;
    let text = format!("{HEAD}\n{once}\n{always}");
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    assert_data_eq!(text, Data::read_from(&page, None).raw());
}
