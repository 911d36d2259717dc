//! Which pull request a pushed commit may have come from, as its message tells. Whoever writes messages can write any
//! number: it is only where to look first.

/// The numbers in the first line, likeliest first: `Merge pull request #12 from …`, then `(#12)` from the end, where a
/// squash merge puts its own.
pub fn numbers(message: &str) -> Vec<u64> {
    let line = message.lines().next().unwrap_or_default();
    let digits = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        text[..end].parse().ok().filter(|number: &u64| *number > 0)
    };
    if let Some(rest) = line.strip_prefix("Merge pull request #") {
        return digits(rest).into_iter().collect();
    }
    let closed =
        |rest: &&str| rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(')');
    let mut found: Vec<u64> = line.split("(#").skip(1).filter(closed).filter_map(digits).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn the_message_names_them() {
        for (message, want) in [
            ("Merge pull request #12 from o/branch\n\nTitle (#3)", vec![12]),
            ("Add a thing (#7)\n\n* a commit (#6)", vec![7]),
            ("Revert \"Add a thing (#7)\" (#9)", vec![9, 7]),
            ("Fix #8", vec![]),
            ("Odd (#x) (#5 ) (#0) (#99999999999999999999999)", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(numbers(message), want, "{message}");
        }
    }
}
