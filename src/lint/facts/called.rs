//! Which programs RUNs call at all: most rules about one need look no further.

use super::{Facts, RunCommand};

impl Facts<'_> {
    /// Whether a command of any RUN calls one of these programs, each of which has a bit below.
    pub fn calls(&self, programs: &[&str]) -> bool {
        debug_assert!(programs.iter().all(|name| bit(name) != 0), "{programs:?}");
        let called = *self.called.get_or_init(|| {
            let commands = self.runs.values().flat_map(|run| &run.commands);
            commands.filter_map(RunCommand::program).fold(0, |called, name| called | bit(name))
        });
        programs.iter().any(|name| called & bit(name) != 0)
    }
}

/// The bit of a program that rules ask for; none for the others.
fn bit(program: &str) -> u32 {
    match program {
        "bun" => 1,
        "cargo" => 1 << 1,
        "chmod" => 1 << 2,
        "chown" => 1 << 3,
        "chpasswd" => 1 << 4,
        "curl" => 1 << 5,
        "gem" => 1 << 6,
        "git" => 1 << 7,
        "go" => 1 << 8,
        "npm" => 1 << 9,
        "passwd" => 1 << 10,
        "pipx" => 1 << 11,
        "pnpm" => 1 << 12,
        "rm" => 1 << 13,
        "useradd" => 1 << 14,
        "usermod" => 1 << 15,
        "uv" => 1 << 16,
        "wget" => 1 << 17,
        "yarn" => 1 << 18,
        _ => 0,
    }
}
