//! Values of flags that the builder refuses.

/// What `RUN --network=` takes.
pub(super) const NETWORKS: &[&str] = &["default", "none", "host"];

/// What `RUN --security=` takes.
pub(super) const SECURITIES: &[&str] = &["insecure", "sandbox"];

/// Why the builder refuses a mode of `--chmod`; `None` where it takes it, and for what variables
/// have a part in.
///
/// It takes octal digits up to 7777, and the letters of chmod(1).
pub(super) fn bad_mode(mode: &str) -> Option<String> {
    if mode.is_empty() || mode.contains('$') {
        return None;
    }
    if mode.starts_with(|c: char| c.is_ascii_digit()) {
        let is_octal = mode.bytes().all(|b| (b'0'..=b'7').contains(&b))
            && u64::from_str_radix(mode, 8).is_ok_and(|bits| bits <= 0o7777);
        return (!is_octal).then(|| "a mode has octal digits (0 to 7), up to 7777".into());
    }
    for clause in mode.split(',') {
        let actions = clause.trim_start_matches(['u', 'g', 'o', 'a']);
        match actions.chars().next() {
            Some('+' | '-' | '=') => (),
            Some(other) => {
                return Some(format!("`{other}` is none of `u`, `g`, `o`, `a`"));
            }
            None => {
                return Some("it does not say what: `+`, `-` or `=`, and letters of `rwx`".into());
            }
        }
        if let Some(other) = actions.chars().find(|c| !"+-=rwxXstugo".contains(*c)) {
            return Some(format!("`{other}` is none of `r`, `w`, `x`, `X`, `s`, `t`"));
        }
    }
    None
}

/// `30` where a duration needs a unit.
pub(super) fn lacks_unit(duration: &str) -> bool {
    !duration.is_empty()
        && duration.bytes().all(|b| b.is_ascii_digit())
        && duration.bytes().any(|b| b != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_chmod_takes() {
        for (mode, good) in [
            ("755", true),
            ("0755", true),
            ("7777", true),
            ("00755", true),
            ("u+x", true),
            ("+x", true),
            ("go=rX,u+rwx", true),
            ("u=g", true),
            ("a-w+x", true),
            ("u=", true),
            ("$MODE", true),
            ("", true),
            ("9999", false),
            ("0o755", false),
            ("17777", false),
            ("755x", false),
            ("u+q", false),
            ("rwx", false),
            ("u", false),
            ("u+x,", false),
            ("w+x", false),
        ] {
            assert_eq!(bad_mode(mode).is_none(), good, "{mode}");
        }
    }
}
