//! Whole projects: every rule and every fix over four files. No panic, fixes come to rest, and none
//! makes a Dockerfile that Docker refuses where it took it before. The files are parted by `\n===\n`.
#![no_main]

use std::{cell::RefCell, fs};

use libfuzzer_sys::fuzz_target;
use sandgate::{
    lint::{Options, Selector, fix},
    project::{OpenOptions, open},
};

const FILES: [&str; 4] = ["Dockerfile", "entrypoint.sh", ".dockerignore", "blaxel.toml"];

thread_local! {
    static DIR: RefCell<Option<tempfile::TempDir>> = const { RefCell::new(None) };
}

fn options() -> Options {
    let mut options = Options::at("2026-11-24".parse().expect("it is a date"));
    options.policy.selection.extend = vec![Selector::All];
    options
}

fuzz_target!(|data: &[u8]| {
    if data.len() > 16 << 10 {
        return;
    }
    DIR.with_borrow_mut(|slot| {
        let dir = slot.get_or_insert_with(|| tempfile::tempdir().expect("there is room"));
        let root = dir.path();
        let mut rest = data;
        for name in FILES {
            let at = rest.windows(5).position(|part| part == b"\n===\n");
            let (own, behind) = match at {
                Some(at) => (&rest[..at + 1], &rest[at + 5..]),
                None => (rest, &[][..]),
            };
            rest = behind;
            let path = root.join(name);
            if own.is_empty() && name != "Dockerfile" {
                let _ = fs::remove_file(path);
            } else {
                fs::write(path, own).expect("it can be written");
            }
        }
        for name in ["package.json", "package-lock.json", "index.js"] {
            fs::write(root.join(name), "{}").expect("it can be written");
        }
        let Ok(before) = open(root, &OpenOptions::default()) else { return };
        let errors = before.dockerfile.errors.len();
        let choice = fix::Choice { unsafe_too: true, only: None };
        let Ok(first) = fix::run(root, &OpenOptions::default(), &options(), choice) else { return };
        let errors_now = first.project.dockerfile.errors.len();
        let text = first.project.dockerfile.source.text().to_owned();
        // A corrected keyword may show what is wrong behind it.
        assert!(errors > 0 || errors_now == 0, "a fix makes it worse:\n{text}");
        let Ok(second) = fix::run(root, &OpenOptions::default(), &options(), choice) else {
            return;
        };
        assert_eq!(second.fixed, 0, "a second run fixes more:\n{text}");
        assert_eq!(second.project.dockerfile.source.text(), text);
    });
});
