//! What is told of a run that ended before it was known what it is about: a value that cannot be, an event that cannot be read.

use super::append;
use crate::{escape, report, settings, shell::Shell};

/// Says so beside the run, in its summary, and as its output `status`.
pub(in crate::commands) fn unread(what: &str, help: Option<&str>, shell: &mut Shell) {
    if !shell.is_github() {
        return;
    }
    let told = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    shell.command(&report::failure(None, &format!("{what}{told}")));
    let github = settings::github();
    let status = [("status".to_owned(), "error".to_owned())];
    let mut summary = format!("### ❌ {}\n\n", escape::markdown(what));
    if let Some(help) = help {
        summary.push_str(&format!("**What to do:** {}\n\n", escape::markdown(help)));
    }
    for (file, text) in [(github.output, super::outputs::file(&status)), (github.summary, summary)]
    {
        // The run failed already, and says why.
        let _ = file.map(|path| append(&path, &text));
    }
}
