//! How fast Dockerfiles are read, beside another parser on the same text.

use std::{collections::BTreeMap, fmt::Write as _, hint::black_box};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sandgate::project::{
    dockerfile::{parse, resolve},
    path::ContextPath,
    source::Source,
};

/// About 4 MB with every usual instruction.
fn large() -> String {
    let mut text = String::from("ARG VERSION=24\n");
    for n in 0..8000 {
        let _ = write!(
            text,
            "# stage {n}\nFROM --platform=linux/amd64 node:${{VERSION}}-alpine AS stage{n}\nWORKDIR /srv/app\n\
             ENV NODE_ENV=production PORT=\"80 80\"\nRUN --mount=type=cache,target=/root/.npm apk add --no-cache \\\n    \
             # tools\n    git \\\n    bash=5.2 \\\n    && npm ci --omit=dev \\\n    && rm -rf /var/cache/apk\n\
             COPY --chown=node:node package.json package-lock.json ./\nRUN <<EOF\nset -e\nnpm run build\nEOF\n\
             EXPOSE 8080/tcp\nENTRYPOINT [\"node\", \"server.js\"]\n\n"
        );
    }
    text
}

fn benches(c: &mut Criterion) {
    let text = large();
    let mut group = c.benchmark_group("dockerfile");
    group.throughput(Throughput::Bytes(text.len() as u64)).sample_size(20);
    let source = |text: &str| Source::new(ContextPath::new("Dockerfile"), text.as_bytes().to_vec());
    group.bench_function("parse", |b| b.iter(|| parse(source(black_box(&text)))));
    group.bench_function("parse and resolve", |b| {
        b.iter(|| {
            let file = parse(source(black_box(&text)));
            resolve(&file, &BTreeMap::new()).stages.len()
        });
    });
    group.bench_function("parse-dockerfile", |b| {
        b.iter(|| parse_dockerfile::parse(black_box(&text)).map(|file| file.instructions.len()));
    });
    group.finish();
}

criterion_group!(parsing, benches);
criterion_main!(parsing);
