//! The commands of a note: a line that begins with `/` and a word. They are obeyed, and are no part of the text.
//!
//! GitLab leaves alone what stands in code. Which text that is differs between its versions, so that here every line counts.

/// The text without its commands, and these.
pub(super) fn obeyed(body: &str) -> (String, Vec<String>) {
    // Carriage returns are taken out first.
    let body = body.replace('\r', "");
    let (commands, text): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| is_command(line));
    let commands = commands.iter().map(|line| line[1..].trim().to_owned()).collect();
    (text.join("\n").trim_end().to_owned(), commands)
}

fn is_command(line: &str) -> bool {
    line.strip_prefix('/').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::obeyed;

    #[test]
    fn commands_are_taken_out_and_told() {
        let (text, commands) =
            obeyed("hello\n/close\n /not\n```\n/label ~\"a b\"\n```\n\r/merge\n");
        assert_eq!(text, "hello\n /not\n```\n```");
        assert_eq!(commands, ["close", "label ~\"a b\"", "merge"]);
        assert_eq!(obeyed("/ x\n/\n//y"), ("/ x\n/\n//y".to_owned(), Vec::new()));
    }
}
