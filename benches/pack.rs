//! The single read: digest alone, and digest with the archive.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::fs;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sandgate::{
    pack,
    project::{OpenOptions, open},
};

fn archive(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("Dockerfile"), "FROM scratch\nCOPY . /app\n").unwrap();
    fs::create_dir(dir.path().join("src")).unwrap();
    for file in 0..1000 {
        let line = format!("export const value{file} = compute({file}, \"text {file}\");\n");
        fs::write(dir.path().join(format!("src/{file}.js")), line.repeat(1 + file % 200)).unwrap();
    }
    let project = open(dir.path(), &OpenOptions::default()).unwrap();
    let plan = pack::plan(&project, Vec::new()).unwrap();
    let contents = pack::digest(&plan, 0).unwrap();
    let mut group = criterion.benchmark_group("pack 1,000 files");
    group.throughput(Throughput::Bytes(contents.content_bytes)).sample_size(20);
    for threads in [1, 2] {
        group.bench_function(format!("digest, {threads} threads"), |bencher| {
            bencher.iter(|| pack::digest(&plan, threads).unwrap());
        });
        group.bench_function(format!("archive, {threads} threads"), |bencher| {
            bencher.iter(|| {
                let mut out = tempfile::tempfile().unwrap();
                pack::write(&plan, threads, &mut out).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, archive);
criterion_main!(benches);
