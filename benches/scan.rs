//! The walk and the ignore file over a tree of 5,000 files.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::{fs, path::Path};

use criterion::{Criterion, criterion_group, criterion_main};
use sandgate::project::{OpenOptions, context::Rules, open};

const IGNORE: &str = "**/*.log\n.git\nnode_modules/**/test\n*.tmp\n!keep.tmp\ndocs/*.md\n";

fn make(root: &Path) {
    fs::write(root.join("Dockerfile"), "FROM scratch\nCOPY . /app\n").unwrap();
    fs::write(root.join(".dockerignore"), IGNORE).unwrap();
    for package in 0..100 {
        for part in ["lib", "test"] {
            let dir = root.join(format!("node_modules/package-{package}/{part}"));
            fs::create_dir_all(&dir).unwrap();
            for file in 0..25 {
                fs::write(dir.join(format!("file-{file}.js")), "module.exports = 1;\n").unwrap();
            }
        }
    }
}

fn scan(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    make(dir.path());
    criterion.bench_function("open 5,000 files", |bencher| {
        bencher.iter(|| open(dir.path(), &OpenOptions::default()).unwrap());
    });
    let (rules, _) = Rules::read(IGNORE.as_bytes());
    criterion.bench_function("decide one path", |bencher| {
        bencher.iter(|| rules.is_ignored("node_modules/package-7/lib/file-3.js"));
    });
}

criterion_group!(benches, scan);
criterion_main!(benches);
