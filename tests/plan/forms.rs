//! The forms of a plan: what each CI system reads, and that nothing of the repository is more than data in it.

use std::fs;

use sandgate::{
    repo::affected::{Asked, Image, Plan, decide},
    report::plan::{Jobs, Uncarried, outputs as outputs_of},
};
use serde_json::Value;
use snapbox::{Data, assert_data_eq};

use crate::{
    common::{Run, finish, root},
    repository::{Repository, SANDBOX},
};

const FORMS: [&str; 7] = ["human", "json", "paths", "github", "gitlab", "buildkite", "circleci"];

fn snapshot(name: &str, text: &str) {
    let path = root().join(format!("tests/snapshots/plan/{name}.txt"));
    assert_data_eq!(
        text.replace(env!("CARGO_PKG_VERSION"), "VERSION"),
        Data::read_from(&path, None).raw()
    );
}

#[test]
fn every_form_is_what_its_snapshot_says() {
    let repository = Repository::three();
    repository.change("images/base/base.txt", "2\n");
    for form in FORMS {
        let run = repository.run(&["--base", "HEAD~1", "--format", form]);
        snapshot(form, &run.shown());
        let run = repository.run(&["--base", "HEAD", "--format", form]);
        snapshot(&format!("nothing.{form}"), &run.shown());
    }
    for form in ["gitlab", "circleci"] {
        let args = [
            "--base",
            "HEAD~1",
            "--run",
            "./ci/build \"$SANDGATE_PATHS\"",
            "--job-image",
            "acme/ci:1",
        ];
        let run = repository.run(&[&args[..], &["--format", form]].concat());
        snapshot(&format!("own.{form}"), &run.shown());
    }
    let all = repository.run(&["--help"]);
    snapshot("help", &all.shown());
}

#[test]
fn github_gets_its_outputs_and_people_a_table() {
    let repository = Repository::three();
    let file = repository.dir.join("output");
    fs::write(&file, "before=1\n").unwrap();
    let run = |args: &[&str]| {
        let mut command =
            repository.command(&[&["--all", "--format", "github"][..], args].concat());
        finish(command.env("GITHUB_OUTPUT", &file).env("GITHUB_ACTIONS", "true"))
    };
    let table = run(&[]);
    assert!(table.stdout.starts_with("IMAGE  PATH"), "{}", table.shown());
    let text = fs::read_to_string(&file).unwrap();
    let lines = outputs(&text);
    let names: Vec<&str> = lines.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        names,
        [
            "before",
            "matrix",
            "count",
            "has-work",
            "waves",
            "wave-count",
            "planned",
            "matrix-0",
            "has-wave-0",
            "matrix-1",
            "has-wave-1"
        ]
    );
    assert_eq!(lines[1].1.parse::<Value>().unwrap()["include"].as_array().unwrap().len(), 3);
    // With -o, both have them.
    fs::write(&file, "").unwrap();
    let written = run(&["-o", "plan.txt"]);
    assert_eq!(written.stdout, "");
    let own = fs::read_to_string(repository.dir.join("plan.txt")).unwrap();
    assert_eq!(own, fs::read_to_string(&file).unwrap());
    let mut command = repository.command(&["--all", "--format", "github"]);
    let run = finish(command.env("GITHUB_OUTPUT", repository.dir.join("no/such/file")));
    assert_eq!(run.code, Some(2), "{}", run.shown());
    assert!(run.stderr.contains("GITHUB_OUTPUT"), "{}", run.shown());
    // Another form leaves it alone.
    fs::write(&file, "").unwrap();
    let mut command = repository.command(&["--all", "--format", "json"]);
    finish(command.env("GITHUB_OUTPUT", &file));
    assert_eq!(fs::read_to_string(&file).unwrap(), "");
}

/// The outputs as GitHub's runner reads them: a line each.
fn outputs(text: &str) -> Vec<(&str, &str)> {
    text.lines().map(|line| line.split_once('=').unwrap()).collect()
}

/// Names that would be more than data somewhere.
const EVIL: [&str; 14] = [
    "a b",
    "a'b\"c",
    "$(touch ran)",
    "`touch ran`",
    "${{ github.token }}",
    "a;touch ran;",
    "-rf",
    "--output=ran",
    "${HOME}$HOME",
    "a\\nmatrix=b",
    "::add-mask::a",
    "a|b&c>d#e",
    "<!-- --> {{ x }} %{y}",
    "é日本\u{202e}x",
];

#[test]
fn paths_are_data_in_every_form() {
    let repository = Repository::new();
    for name in EVIL {
        repository.write(&format!("{name}/Dockerfile"), SANDBOX);
        repository.write(&format!("{name}/blaxel.toml"), &format!("name = \"i{}\"\n", name.len()));
    }
    repository.commit("begin");
    // Typed one by one, so that none has a folder in front of it.
    let paths: Vec<String> = EVIL.iter().map(|name| format!("./{name}")).collect();
    let run = |form: &str| {
        let mut all = vec!["--all", "--format", form];
        all.extend(paths.iter().map(String::as_str));
        let run = repository.run(&all);
        assert_eq!(run.code, Some(0), "{}", run.shown());
        run
    };
    let carried = |text: &str| {
        let mut names: Vec<String> =
            text.lines().map(|path| path.strip_prefix("./").unwrap_or(path).to_owned()).collect();
        names.sort();
        names
    };
    let mut want: Vec<String> = EVIL.map(str::to_owned).to_vec();
    want.sort();

    let github = run("github");
    let lines = outputs(&github.stdout);
    assert_eq!(lines.len(), 8, "{}", github.shown());
    let matrix: Value = lines[0].1.parse().unwrap();
    let rows = matrix["include"].as_array().unwrap().iter();
    let rows: Vec<&str> = rows.map(|row| row["path"].as_str().unwrap()).collect();
    assert_eq!(carried(&rows.join("\n")), want);
    assert!(rows.iter().all(|row| !row.starts_with('-') && !row.starts_with(':')));

    let gitlab: Value = run("gitlab").stdout.parse().unwrap();
    let mut found = Vec::new();
    for (name, job) in gitlab.as_object().unwrap() {
        let Some(plain) = name.strip_prefix("sandgate: ") else { continue };
        assert!(plain.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{name}");
        let paths = &job["variables"]["SANDGATE_PATHS"];
        assert_eq!(paths["expand"], false);
        assert_eq!(job["script"], serde_json::json!(["sandgate ci"]));
        found.push(paths["value"].as_str().unwrap().to_owned());
    }
    assert_eq!(carried(&found.join("\n")), want);

    let buildkite: Value = run("buildkite").stdout.parse().unwrap();
    let mut found = Vec::new();
    for step in buildkite["steps"].as_array().unwrap() {
        let path = step["env"]["SANDGATE_PATHS"].as_str().unwrap();
        // Each is doubled: the agent makes one of two.
        assert_eq!(path.replace("$$", "").matches('$').count(), 0, "{path}");
        found.push(path.replace("$$", "$"));
        assert_eq!(step["command"], "sandgate ci");
    }
    assert_eq!(carried(&found.join("\n")), want);

    let circleci: Value = run("circleci").stdout.parse().unwrap();
    let jobs = circleci["workflows"]["sandgate"]["jobs"].as_array().unwrap().iter();
    let found: Vec<&str> = jobs.map(|job| job["sandgate"]["paths"].as_str().unwrap()).collect();
    assert_eq!(carried(&found.join("\n")), want);
    assert_eq!(carried(&run("paths").stdout), want);
    assert!(!repository.dir.join("ran").exists());
}

#[test]
fn paths_that_would_not_arrive_are_refused_and_json_has_them() {
    for (name, why) in [
        ("a\nb", "line end"),
        ("a\u{1b}[31mb", "control character"),
        ("a,b", "comma"),
        ("a ", "space"),
    ] {
        let repository = Repository::new();
        repository.write(&format!("{name}/Dockerfile"), SANDBOX);
        repository.commit("begin");
        for form in FORMS {
            let run = repository.run(&["--all", "--format", form]);
            if matches!(form, "json" | "human") {
                assert_eq!(run.code, Some(0), "{}", run.shown());
                assert!(!run.stdout.contains('\u{1b}'), "{}", run.shown());
                if form == "json" {
                    let plan: Value = run.stdout.parse().unwrap();
                    assert_eq!(plan["images"][0]["path"], name);
                }
                continue;
            }
            assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.shown());
            assert!(run.stderr.contains(why) && run.stderr.contains("rename"), "{}", run.shown());
            assert!(!run.stderr.contains('\u{1b}'), "{}", run.shown());
        }
    }
    let repository = Repository::new();
    for name in ["a##[error]b", "a<<b"] {
        repository.write(&format!("{name}/Dockerfile"), SANDBOX);
    }
    repository.commit("begin");
    let refused =
        |path: &str, form: &str| repository.run(&["--all", "--format", form, path]).code == Some(2);
    assert!(refused("a##[error]b", "paths") && !refused("a<<b", "paths"));
    assert!(refused("a<<b", "circleci") && !refused("a##[error]b", "circleci"));
    // What GitHub's runner reads wherever it stands is written otherwise, and means the same.
    for form in ["json", "github", "gitlab", "buildkite"] {
        let run = repository.run(&["--all", "--format", form]);
        assert_eq!(run.code, Some(0), "{}", run.shown());
        assert!(!run.stdout.contains("##["), "{}", run.shown());
        assert!(run.stdout.contains("a#\\u0023[error]b"), "{}", run.shown());
    }
}

#[test]
fn a_dockerfile_of_another_name_is_refused_where_a_path_is_all_that_is_told() {
    let repository = Repository::three();
    repository.write("images/web/Dockerfile.dev", SANDBOX);
    let paths = ["--all", "images/web/Dockerfile", "images/web/Dockerfile.dev"];
    for form in FORMS {
        let run = repository.run(&[&paths[..], &["--format", form]].concat());
        if matches!(form, "json" | "human") {
            assert_eq!(run.code, Some(0), "{}", run.shown());
            continue;
        }
        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.shown());
        let told = "`images/web` has a Dockerfile of another name";
        assert!(run.stderr.contains(told), "{}", run.shown());
        let run = repository.run(&["--all", "images/web/Dockerfile", "--format", form]);
        assert_eq!(run.code, Some(0), "{}", run.shown());
    }
    let plan = repository.plan(&paths);
    assert_eq!(plan.json["images"][1]["dockerfile"], "Dockerfile.dev");
}

#[test]
fn what_a_job_runs_arrives_as_it_is_written() {
    let repository = Repository::three();
    for empty in ["", " "] {
        let run = repository.run(&["--all", "--format", "gitlab", "--run", empty]);
        assert!(run.code == Some(2) && run.stderr.contains("write a command"), "{}", run.shown());
    }
    let run = repository.run(&["--all", "--format", "circleci", "--run", "cat <<EOF\nEOF"]);
    let config: Value = run.stdout.parse().unwrap();
    let step = &config["jobs"]["sandgate"]["steps"][1]["run"]["command"];
    assert_eq!(step, "cat \\<<EOF\nEOF");
}

/// As many images as are asked for, all of them built.
fn planned(count: usize, name: impl Fn(usize) -> String) -> Plan {
    let images = (0..count).map(|at| Image {
        name: name(at),
        path: format!("images/{at}"),
        digest: Some(format!("sha256:{at:064}")),
        ..Image::default()
    });
    decide(images.collect(), &Asked { all: true, ..Asked::default() }).unwrap()
}

#[test]
fn each_matrix_is_held_to_the_limits_by_itself() {
    // All outputs together are larger than a megabyte, none by itself.
    let made = outputs_of(&planned(256, |at| format!("i{at:0200}")), &Jobs::default()).unwrap();
    assert_eq!(made.warnings, [""; 0]);
    assert!(made.lines[0].1.contains("digest"));
    let made = outputs_of(&planned(256, |at| format!("i{at:0600}")), &Jobs::default()).unwrap();
    assert!(made.warnings[0].contains("no `reason` and no `digest`"), "{:?}", made.warnings);
    assert!(!made.lines[0].1.contains("digest"));
    let refused = outputs_of(&planned(256, |at| format!("i{at:02000}")), &Jobs::default());
    assert_eq!(refused, Err(Uncarried::TooLarge("matrix".into())));
    let jobs = Jobs { most: 3000, ..Jobs::default() };
    let made = outputs_of(&planned(300, |at| format!("i{at}")), &jobs).unwrap();
    assert!(made.warnings[0].contains("300 rows, and GitHub makes at most 256"));
}

#[test]
fn file_names_in_reasons_are_data_too() {
    let repository = Repository::three();
    for name in ["::error::x", "##[error]x", "a\nmatrix=b", "\u{1b}[31m", "$(touch ran)"] {
        fs::write(repository.dir.join("images/web").join(name.replace('/', "_")), "1").unwrap();
        repository.commit("evil");
        for form in FORMS {
            let mut command = repository.command(&["--base", "HEAD~1", "--format", form]);
            let run: Run = finish(command.env("GITHUB_ACTIONS", "true"));
            assert_eq!(run.code, Some(0), "{}", run.shown());
            for stream in [&run.stdout, &run.stderr] {
                assert!(!stream.contains("##[") && !stream.contains('\u{1b}'), "{}", run.shown());
                let obeyed = |line: &str| line.trim_start().starts_with("::");
                assert!(!stream.lines().any(obeyed), "{}", run.shown());
            }
            if form == "github" {
                assert_eq!(outputs(&run.stdout).len(), 8, "{}", run.shown());
            }
        }
    }
}

/// Three hundred images, of which each of the last hundred stands on one of the first.
fn many() -> Repository {
    let repository = Repository::new();
    for number in 0..300 {
        let text = match number {
            0..200 => SANDBOX.to_owned(),
            _ => format!("FROM sandbox/i{:03}\n# sandbox-api\n", number - 200),
        };
        repository.write(&format!("images/i{number:03}/Dockerfile"), &text);
    }
    repository.commit("begin");
    repository
}

#[test]
fn three_hundred_images_are_shared_by_jobs_and_by_runners() {
    let repository = many();
    more_images_than_jobs_share_them(&repository);
    shards_build_everything_once_and_bases_with_what_stands_on_them(&repository);
    the_answer_is_the_same_whoever_is_first(&repository);
}

fn more_images_than_jobs_share_them(repository: &Repository) {
    let run = repository.run(&["--all", "--format", "github"]);
    assert!(run.stderr.contains("a job builds up to 2 of them"), "{}", run.stderr);
    let lines = outputs(&run.stdout);
    let rows = |line: usize| -> Vec<Value> {
        lines[line].1.parse::<Value>().unwrap()["include"].as_array().unwrap().clone()
    };
    assert_eq!((lines[1].1, lines[4].1), ("300", "2"));
    let (all, first, second) = (rows(0), rows(6), rows(8));
    assert_eq!((all.len(), first.len(), second.len()), (150, 100, 50));
    let waves: Value = lines[3].1.parse().unwrap();
    assert_eq!(waves[0]["include"], Value::from(first.clone()));
    assert_eq!(waves[1]["include"], Value::from(second));
    assert_eq!(waves[2], Value::Null);
    assert_eq!(first[0]["path"], "images/i000\nimages/i001");
    assert_eq!(first[0]["paths"], serde_json::json!(["images/i000", "images/i001"]));
    assert_eq!(first[0]["image"], "i000-and-1-more");
    let mut seen: Vec<String> = all
        .iter()
        .flat_map(|row| row["images"].as_array().unwrap())
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    seen.sort();
    assert!(
        seen.len() == 300 && seen.iter().enumerate().all(|(at, name)| *name == format!("i{at:03}"))
    );
    // One more row than a matrix may have is two a job; as many as it may have are one.
    let some: Vec<String> = (0..256).map(|number| format!("i{number:03}")).collect();
    let run = repository.run(&["--all", "--format", "github", "--only", &some.join(",")]);
    assert!(!run.stderr.contains("a job builds"), "{}", run.stderr);
    assert_eq!(
        outputs(&run.stdout)[0].1.parse::<Value>().unwrap()["include"].as_array().unwrap().len(),
        256
    );
    // Fewer where fewer are wanted, in the other forms too.
    let run = repository.run(&["--all", "--format", "buildkite", "--max-jobs", "10"]);
    let steps: Value = run.stdout.parse().unwrap();
    assert!(steps["steps"].as_array().unwrap().len() <= 10);
}

fn shards_build_everything_once_and_bases_with_what_stands_on_them(repository: &Repository) {
    let mut seen = Vec::new();
    for number in 1..=3 {
        let shard = format!("{number}/3");
        let run = repository.run(&["--all", "--format", "paths", "--shard", &shard]);
        let paths: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
        assert_eq!(paths.len(), 100, "{}", run.shown());
        for (at, path) in paths.iter().enumerate() {
            let number: usize = path[path.len() - 3..].parse().unwrap();
            if let Some(base) = number.checked_sub(200) {
                let base = format!("images/i{base:03}");
                assert!(paths[..at].contains(&base), "{path} before {base}");
            }
        }
        seen.extend(paths);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 300);
    for bad in ["0/3", "4/3", "1", "a/b", "1/0", "-1/3"] {
        let run = repository.run(&["--all", &format!("--shard={bad}")]);
        assert_eq!(run.code, Some(2), "{}", run.shown());
        assert!(run.stderr.contains("counted from 1"), "{}", run.shown());
    }
}

fn the_answer_is_the_same_whoever_is_first(repository: &Repository) {
    repository.write("images/i007/new", "1");
    let args = ["--base", "HEAD", "--format", "json"];
    let first = repository.run(&args);
    assert!(first.stdout.contains("\"count\": 2"), "{}", &first.stdout[..500]);
    for threads in ["1", "7"] {
        let mut command = repository.command(&args);
        assert_eq!(finish(command.env("RAYON_NUM_THREADS", threads)).stdout, first.stdout);
    }
}
