//! What fails the job, as annotations: beside the run, or at its line where one is known.

use super::{super::Done, is_bad};
use crate::{
    error::Error,
    exit::Exit,
    record::leg::{Failure, Leg},
    report,
};

/// Annotations of one level that a step shows.
const SHOWN: usize = 10;
/// The most that failed which are told: the first findings are seen, too.
const MOST: usize = 5;

/// The annotations: what failed, then what was found, as far as a step shows them.
pub(super) fn beside(done: &Done, ended: &Result<Exit, Error>) -> String {
    let found = String::from_utf8_lossy(&done.annotations);
    let failed = failures(&done.legs, ended);
    let mut out: String = failed.iter().map(|line| format!("{line}\n")).collect();
    let is_error = |line: &&str| line.starts_with("::error ");
    let errors = found.lines().filter(is_error).count();
    let room = SHOWN - failed.len();
    let shown = if errors > room { room - 1 } else { errors };
    for line in found.lines().filter(is_error).take(shown) {
        out.push_str(&format!("{line}\n"));
    }
    if errors > shown {
        let text = "there are more findings that are errors; the log and the summary tell of them";
        out.push_str(&format!("{}\n", report::failure(None, text)));
    }
    for line in found.lines().filter(|line| !is_error(line)) {
        out.push_str(&format!("{line}\n"));
    }
    out
}

/// One for each image that failed for more than its findings, else for what ended the run. A signal is no fault.
fn failures(legs: &[Leg], ended: &Result<Exit, Error>) -> Vec<String> {
    let Err(error) = ended else { return Vec::new() };
    if error.exit.is_signal() {
        return Vec::new();
    }
    let failed = || {
        legs.iter().filter(|leg| is_bad(leg)).filter_map(|leg| Some((leg, leg.failure.as_ref()?)))
    };
    let mut out: Vec<String> =
        failed().take(MOST).map(|(leg, failure)| of_image(leg, failure)).collect();
    let more = failed().count() - out.len();
    if more > 0 {
        out.pop();
        let text = format!("{} more images failed: see the summary", more + 1);
        out.push(report::failure(None, &text));
    }
    if out.is_empty() {
        out.push(report::failure(None, &text(&super::super::told::failure(error))));
    }
    out
}

fn of_image(leg: &Leg, failure: &Failure) -> String {
    let file = leg.dockerfile();
    let at = failure.line.map(|line| (file.as_str(), line));
    report::failure(at, &format!("{}: {}", leg.image, text(failure)))
}

fn text(failure: &Failure) -> String {
    let help = failure.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let step = failure.step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
    format!("{step}{}{help}", failure.cause)
}

#[cfg(test)]
mod tests {
    use super::{super::super::Done, *};
    use crate::record::Status;

    #[test]
    fn no_more_than_a_step_shows_and_what_failed_in_front() {
        let leg = |number: usize| Leg {
            image: format!("image-{number}"),
            path: "a".to_owned(),
            status: Status::Failed,
            failure: Some(Failure { cause: "no".to_owned(), line: Some(9), ..Failure::default() }),
            ..Leg::default()
        };
        let found = "::error file=x::y\n".repeat(10) + "::warning file=x::y\n";
        let of = |legs: usize| {
            let done = Done {
                legs: (0..legs).map(leg).collect(),
                annotations: found.clone().into_bytes(),
                ..Done::default()
            };
            beside(&done, &Err(Error::new(Exit::Failed, "the build failed")))
        };
        for legs in [0, 1, 5, 6, 40] {
            let told = of(legs);
            let errors = told.lines().filter(|line| line.starts_with("::error ")).count();
            assert_eq!((errors, told.lines().count()), (SHOWN, SHOWN + 1), "{told}");
        }
        assert!(of(0).starts_with("::error title=sandgate::the build failed\n"), "{}", of(0));
        let one = "::error file=a/Dockerfile,line=9,title=sandgate::image-0: no\n";
        assert!(of(1).starts_with(one), "{}", of(1));
        assert!(of(6).contains("::2 more images failed"), "{}", of(6));
    }
}
