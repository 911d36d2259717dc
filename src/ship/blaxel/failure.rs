//! A failed build or rollout, told as a compiler would.

use crate::error::Error;

/// How many lines of the log are kept.
const TAIL: usize = 20;

/// Why a build or rollout failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// `build` or `rollout`.
    pub phase: &'static str,
    /// The instruction that failed, as the builder shows it.
    pub step: Option<String>,
    /// Line of the uploaded Dockerfile, from 1.
    pub dockerfile_line: Option<usize>,
    /// The cause, one sentence.
    pub cause: String,
    /// The last lines of the log.
    pub log_tail: Vec<String>,
    /// The lines of the Dockerfile around it, with a mark; made by the caller, who has the file.
    pub excerpt: Option<String>,
}

impl Failure {
    /// Reads what a failed event says (`message`) beside the log.
    pub(super) fn read(phase: &'static str, message: &str, log: &[String]) -> Self {
        let all: Vec<&str> = message.lines().chain(log.iter().map(String::as_str)).collect();
        let dockerfile_line = all.iter().find_map(|line| {
            let rest = line.trim().strip_prefix("Dockerfile:")?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        let step = all.iter().find_map(|line| {
            let (_, step) = line.split_once(">>> ")?;
            Some(step.trim().to_owned())
        });
        let solved = all.iter().find_map(|line| {
            let at = line.find("failed to solve: ")?;
            Some(line[at + "failed to solve: ".len()..].trim().to_owned())
        });
        let cause = solved.unwrap_or_else(|| {
            let first = message.lines().map(str::trim).find(|line| !line.is_empty());
            first.unwrap_or("the platform gave no reason").to_owned()
        });
        let log_tail = log[log.len().saturating_sub(TAIL)..].to_vec();
        Self { phase, step, dockerfile_line, cause, log_tail, excerpt: None }
    }

    pub(super) fn tell(self, error: Error) -> Error {
        let mut error = error.because(self.cause);
        if let Some(line) = self.dockerfile_line {
            error = error.at(format!("Dockerfile:{line}"));
        }
        if let Some(excerpt) = self.excerpt {
            error = error.because(excerpt);
        } else if let Some(step) = self.step {
            error = error.because(format!("step: {step}"));
        }
        if !self.log_tail.is_empty() {
            error = error.because(format!("the end of the log:\n{}", self.log_tail.join("\n")));
        }
        if self.phase == "rollout" {
            error.help("the image is built but does not come up as a sandbox: `sandgate lint -v` shows how it starts")
        } else {
            error.help("fix the step and run it again; what was deployed before still runs")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn the_builders_words_are_taken_apart() {
        let message = "Dockerfile:12\n--------------------\n  11 |\n  12 | >>> RUN npm run build\n--------------------\n\
                       error: failed to solve: process \"/bin/sh -c npm run build\" did not complete successfully: exit code: 1";
        let failure = Failure::read("build", message, &["a".to_owned()]);
        assert_eq!(failure.dockerfile_line, Some(12));
        assert_eq!(failure.step.as_deref(), Some("RUN npm run build"));
        assert!(failure.cause.starts_with("process \"/bin/sh"), "{}", failure.cause);
        assert_eq!(failure.log_tail, ["a"]);
        let failure = Failure::read("rollout", "STARTUP TCP probe failed", &[]);
        assert_eq!(
            (failure.dockerfile_line, failure.cause.as_str()),
            (None, "STARTUP TCP probe failed")
        );
        assert_eq!(Failure::read("build", "", &[]).cause, "the platform gave no reason");
    }
}
