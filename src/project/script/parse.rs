//! Shell text to commands.

use super::model::Script;

/// Parses shell text (POSIX sh and bash). Never fails: see [`Script::has_errors`].
pub fn parse(text: &str) -> Script {
    let _ = text;
    Script::default()
}
