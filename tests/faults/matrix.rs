//! The table: a row for each call, a column for each fault.

use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use sandgate::sim::Kind;
use snapbox::{Data, assert_data_eq};

use crate::flows::{Flow, stalls};

/// How many are played at once of those that keep the machine busy, and of those that wait.
const BUSY: usize = 8;
const WAITING: usize = 32;
/// The deadline of a flow that lasts as long as it may, and that of all others, which no busy machine meets.
const SHORT: Duration = Duration::from_secs(10);
const LONG: Duration = Duration::from_mins(2);
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
if there had been no fault; every other one says how it ends. In every row there is one build and one share afterwards at most,
what is told of is what is there, and the run ends in bounded time.
";

fn kinds() -> Vec<&'static str> {
    Kind::named().map(|(name, _)| name).chain(STATUSES).collect()
}

/// What became of a flow, in a word.
async fn played(flow: Flow, call: &str, which: &str, kind: &str, deadline: Duration) -> String {
    match flow.play(&format!("{call}{which}={kind}"), deadline).await {
        Ok(()) => "ok".to_owned(),
        Err(ended) => format!("exit {}: {ended}", ended.exit() as u8),
    }
}

/// A flow, a fault, the call that meets it, which of them, and whether it lasts until the deadline.
type Cell = (Flow, &'static str, &'static str, String, bool);

/// A table for each flow: a row for each fault, a column for each call.
async fn table(title: &str, kinds: &[&'static str], once: bool) -> String {
    let mut cells = Vec::new();
    for flow in Flow::ALL {
        for kind in kinds {
            for (call, number) in flow.calls() {
                let which = if once { format!("#{number}") } else { format!("#{number}+") };
                // What is never answered, or looked at until it is well, ends with the deadline.
                let endless = !once && (kind.parse().is_ok_and(stalls) || *number == 2);
                cells.push((flow, *kind, *call, which, endless));
            }
        }
    }
    let mut out = format!("## {title}\n\n{} runs.\n", cells.len());
    // One that waits takes nothing from the others, which would starve it.
    let (waiting, busy): (Vec<_>, Vec<_>) = cells
        .into_iter()
        .enumerate()
        .partition(|(_, (_, kind, .., endless))| *endless || kind.parse().is_ok_and(stalls));
    let play = async |(at, (flow, kind, call, which, endless)): (usize, Cell)| {
        let deadline = if endless { SHORT } else { LONG };
        (at, played(flow, call, &which, kind, deadline).await)
    };
    let waiting = stream::iter(waiting).map(play).buffer_unordered(WAITING);
    let busy = stream::iter(busy).map(play).buffer_unordered(BUSY);
    let (mut ended, more) = tokio::join!(waiting.collect::<Vec<_>>(), busy.collect::<Vec<_>>());
    ended.extend(more);
    ended.sort_unstable();
    let mut cells = ended.into_iter().map(|(_, text)| text);
    for flow in Flow::ALL {
        let calls = flow.calls();
        out.push_str(&format!("\n### {}\n\n| Fault |", flow.name()));
        for (call, number) in calls {
            let nth = ["", "first", "second"][*number as usize];
            out.push_str(&format!(" {nth} `{call}` |"));
        }
        out.push_str(&format!("\n|{}\n", " --- |".repeat(calls.len() + 1)));
        for kind in kinds {
            let row: Vec<String> = cells.by_ref().take(calls.len()).collect();
            out.push_str(&format!("| `{kind}` | {} |\n", row.join(" | ")));
        }
    }
    out
}

#[tokio::test]
async fn every_call_meets_every_fault() {
    let once = table("Once", &kinds(), true).await;
    let always = table("From then on", &LASTING, false).await;
    let text = format!("{HEAD}\n{once}\n{always}");
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    assert_data_eq!(text, Data::read_from(&page, None).raw());
}
