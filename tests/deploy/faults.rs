//! Every fault at every call of a deploy: it succeeds, or it ends with one fault, soon. `docs/faults.md` is this table;
//! `BLESS=1` writes it anew.

use std::{
    fs,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use sandgate::sim::Scenario;

use crate::{
    common::root,
    library::{DOCKERFILE, Deploy, FAST, get, image, platform},
    proxy::{Call, Fault, Proxy},
};

const CALLS: &[(Call, &str)] = &[
    (Call::Baseline, "read before the deploy"),
    (Call::Put, "update"),
    (Call::Post, "create"),
    (Call::Upload, "upload"),
    (Call::Poll, "look at the sandbox"),
];

const FAULTS: &[(Fault, &str)] = &[
    (Fault::Closed, "connection closed, not delivered"),
    (Fault::Lost, "delivered, answer lost"),
    (Fault::Cut, "delivered, connection ends in the answer"),
    (Fault::Half, "delivered, half of the JSON"),
    (Fault::Status(500), "500"),
    (Fault::Status(502), "502"),
    (Fault::Html504, "delivered, HTML 504"),
    (Fault::Status(408), "408"),
    (Fault::Status(429), "429"),
    (Fault::Later(429), "429 with Retry-After"),
    (Fault::Portal, "200 from a login page"),
    (Fault::Stall, "delivered, no answer in time"),
];

/// One deploy with one fault; what came of it, as a cell.
fn cell(call: Call, met: Fault, always: bool) -> String {
    let running = platform(Scenario::Happy);
    if call == Call::Put {
        // An update needs something to update.
        Deploy::to(&running.base_url).run().0.unwrap();
    }
    let proxy = Proxy::new(running.address, call, met, always);
    let changed = format!("{DOCKERFILE}EXPOSE 3000\n");
    let files = [("Dockerfile", changed.as_str())];
    let mut deploy = Deploy::to(&proxy.url);
    deploy.files = &files;
    deploy.pace = FAST;
    if met == Fault::Stall {
        deploy.pace.answer = Duration::from_millis(600);
    }
    if always && call == Call::Poll {
        deploy.timeout = Duration::from_secs(2);
    }
    let (result, told) = deploy.run();
    let place = format!("{call:?} {met:?} always={always}: {result:?} {told:?}");
    assert!(proxy.broken() > 0, "the fault was never met: {place}");
    assert!(proxy.created() <= 1, "created twice: {place}");
    assert!(get(running.address, "/sandboxes").as_array().unwrap().len() <= 1, "{place}");
    match result {
        Ok(deployed) => {
            let sandbox = get(running.address, "/sandboxes/box");
            assert_eq!(sandbox["spec"]["runtime"]["image"], image(&deployed), "{place}");
            assert_eq!(sandbox["status"], "DEPLOYED", "{place}");
            "deployed".to_owned()
        }
        Err(fault) => {
            assert!(!told.statuses.iter().any(|status| status == "DEPLOYED"), "{place}");
            let exit = fault.exit() as u8;
            let error = fault.into_error();
            let causes = error.causes.join("\n");
            assert!(!causes.is_empty(), "{place}");
            if matches!(met, Fault::Status(_) | Fault::Later(_)) {
                assert!(causes.contains("broken on the way"), "{place}");
            }
            assert!(error.help.is_some(), "{place}");
            format!("exit {exit}: {}", error.what)
        }
    }
}

fn table() -> String {
    let jobs: Vec<(usize, usize, bool)> = (0..CALLS.len())
        .flat_map(|call| {
            (0..FAULTS.len()).flat_map(move |fault| [(call, fault, false), (call, fault, true)])
        })
        .collect();
    let cells = Mutex::new(vec![String::new(); jobs.len()]);
    let next = AtomicUsize::new(0);
    // They wait more than they work.
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                while let Some(&(call, fault, always)) =
                    jobs.get(next.fetch_add(1, Ordering::SeqCst))
                {
                    let text = cell(CALLS[call].0, FAULTS[fault].0, always);
                    let at = (call * FAULTS.len() + fault) * 2 + usize::from(always);
                    cells.lock().unwrap()[at] = text;
                }
            });
        }
    });
    let cells = cells.into_inner().unwrap();
    let mut out = String::from(
        "# What a deploy does about faults on the way\n\n\
         Each row is two deploys against the embedded platform, with something in between that breaks one kind of call: the\n\
         first such call alone, or every one. Whatever happened, the platform holds at most one sandbox and created it once.\n\
         Written by `BLESS=1 cargo test --test deploy faults`, and checked by the tests.\n",
    );
    for (call, name) in CALLS {
        out += &format!(
            "\n## At the {name}\n\n| Fault | The first call | Every call |\n| --- | --- | --- |\n"
        );
        let call = CALLS.iter().position(|known| known.0 == *call).unwrap();
        for (fault, (_, name)) in FAULTS.iter().enumerate() {
            let at = (call * FAULTS.len() + fault) * 2;
            out += &format!("| {name} | {} | {} |\n", cells[at], cells[at + 1]);
        }
    }
    out
}

#[test]
fn every_fault_at_every_call_ends_well_or_with_one_clear_fault() {
    let table = table();
    let path = root().join("docs/faults.md");
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &table).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    for (known, new) in known.lines().zip(table.lines()) {
        assert_eq!(known, new, "BLESS=1 writes docs/faults.md anew");
    }
    assert_eq!(known, table);
}
