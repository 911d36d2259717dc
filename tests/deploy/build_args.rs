//! Build arguments and build settings, on their way to the builder.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read as _},
};

use sandgate::sim::Scenario;

use crate::{
    library::{get, platform},
    proxy::{Call, Fault, Proxy},
    stage::Stage,
};

/// A deploy through a proxy; gives the files of the archive and the head of the upload.
fn deployed(stage: &Stage, more: &[&str]) -> (BTreeMap<String, String>, String, serde_json::Value) {
    let running = platform(Scenario::Happy);
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    let ended = stage.run(&proxy.url, more);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let upload = proxy.seen(Call::Upload).pop().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(upload.body)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    (files, upload.head, get(running.address, "/sandboxes/box"))
}

#[test]
fn build_arguments_are_sent_and_the_callers_win() {
    let stage = Stage::new();
    let (files, _, _) = deployed(&stage, &[]);
    assert!(!files.contains_key(".env.build"), "{files:?}");
    let (files, _, _) = deployed(&stage, &["--build-arg", "B=2=3", "--build-arg", "A="]);
    assert_eq!(files[".env.build"], "A=\nB=2=3\n");
    stage.write("blaxel.toml", "name = \"box\"\n[build.args]\nA = \"file\"\nC = \"c\"\n");
    let (files, _, _) = deployed(&stage, &["--build-arg", "A=caller"]);
    assert_eq!(files[".env.build"], "A=caller\nC=c\n");
    // One that lies in the folder is not sent in its place.
    stage.write(".env.build", "OLD=1\n");
    let (files, _, _) = deployed(&stage, &[]);
    assert_eq!(files[".env.build"], "A=file\nC=c\n");
}

#[test]
fn build_arguments_that_would_end_up_in_the_image_are_refused() {
    let base = "FROM node:24-slim\n";
    let two = "FROM node:24-slim AS build\nWORKDIR /src\nCOPY . .\nRUN x\nFROM node:24-slim\n";
    let rows = [
        (format!("{base}COPY . .\n"), "", Some(2)),
        (format!("{base}COPY . .\n"), "node_modules\n", Some(2)),
        (format!("{base}COPY ./ /app/\n"), "*.log\n", Some(2)),
        (format!("{base}COPY .env* /app/\n"), "", Some(2)),
        (format!("{base}COPY index.js .env.build /app/\n"), "", Some(2)),
        (format!("{base}ADD . /app\n"), ".env*\n!.env.build\n", Some(2)),
        (format!("{two}COPY --from=build /src /app\n"), "", Some(6)),
        (format!("{base}COPY . .\n"), ".env.build\n", None),
        (format!("{base}COPY . .\n"), ".env*\n", None),
        (format!("{base}COPY . .\n"), "**\n!index.js\n", None),
        (format!("{base}COPY index.js .\n"), "", None),
        (format!("{base}COPY *.js /app/\n"), "", None),
        (format!("{two}COPY --from=build /src/dist /app\n"), "", None),
        (format!("{base}RUN --mount=type=bind,target=/src true\n"), "", None),
    ];
    // Each of them mostly waits.
    std::thread::scope(|scope| {
        for (dockerfile, ignore, line) in &rows {
            scope.spawn(|| build_arguments_are_kept_out(dockerfile, ignore, *line));
        }
    });
}

/// The line of the Dockerfile that would take the build arguments, if there is one.
fn build_arguments_are_kept_out(dockerfile: &str, ignore: &str, line: Option<usize>) {
    let stage = Stage::new();
    stage.write("Dockerfile", dockerfile);
    if !ignore.is_empty() {
        stage.write(".dockerignore", ignore);
    }
    let running = platform(Scenario::Happy);
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    let ended = stage.run(&proxy.url, &["--build-arg", "TOKEN=t0p-s3cret"]);
    let place = format!("{dockerfile}{ignore}\n{}", ended.stderr);
    assert!(!ended.stderr.contains("t0p-s3cret"), "{place}");
    let Some(line) = line else {
        assert_eq!(ended.code, Some(0), "{place}");
        return;
    };
    assert_eq!(ended.code, Some(7), "{place}");
    assert_eq!(ended.record["status"], "refused", "{place}");
    assert!(ended.stderr.contains(&format!("Dockerfile:{line}\n")), "{place}");
    assert!(ended.stderr.contains("add `.env.build` to .dockerignore"), "{place}");
    assert!(proxy.seen(Call::Baseline).is_empty(), "something was called: {place}");
    // Without build arguments there is nothing to take, unless it is asked for by name.
    let without = if dockerfile.contains(" .env.build ") { Some(3) } else { Some(0) };
    assert_eq!(stage.run(&proxy.url, &[]).code, without, "{place}");
}

#[test]
fn build_settings_become_labels_and_headers_of_the_upload() {
    let stage = Stage::new();
    stage.write(
        "blaxel.toml",
        "name = \"box\"\n[labels]\nteam = \"a\"\n[build]\nmemoryMb = 8192\nvolumeMb = 20000\nregion = \"us-pdx-1\"\n",
    );
    let (_, head, sandbox) = deployed(&stage, &[]);
    let labels = &sandbox["metadata"]["labels"];
    for (name, value) in [("memory", "8192"), ("volume", "20000"), ("region", "us-pdx-1")] {
        let label = format!("x-blaxel-build-{name}");
        assert_eq!(labels[&label], value, "{labels}");
        assert!(head.contains(&format!("x-amz-meta-{label}: {value}")), "{head}");
    }
    assert_eq!(labels["team"], "a");
    assert!(!head.contains("team"), "{head}");
}
