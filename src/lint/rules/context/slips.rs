//! Names that were meant to be others.

/// One letter apart, and not because they are numbered or of two kinds.
pub(super) fn is_slip(given: &str, known: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let stem = |text: &str| text.rsplit_once('.').map_or_else(String::new, |(stem, _)| stem.into());
    given.len() >= 5
        && known.len() >= 5
        && is_one_edit(given, known)
        && letters(given) != letters(known)
        && (stem(given).is_empty() || stem(given) != stem(known))
}

/// Whether a letter more, less or another one, or two that changed places, makes one of the other.
fn is_one_edit(a: &str, b: &str) -> bool {
    if a.len().abs_diff(b.len()) > 4 {
        return false;
    }
    let same = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let head: usize = same.map(|(c, _)| c.len_utf8()).sum();
    let (a, b) = (&a[head..], &b[head..]);
    let same = a.chars().rev().zip(b.chars().rev()).take_while(|(a, b)| a == b);
    let tail: usize = same.map(|(c, _)| c.len_utf8()).sum();
    let mut a = a[..a.len() - tail].chars();
    let mut b = b[..b.len() - tail].chars();
    match (a.next(), a.next(), a.next(), b.next(), b.next(), b.next()) {
        (Some(_), None, _, None, _, _)
        | (None, _, _, Some(_), None, _)
        | (Some(_), None, _, Some(_), None, _) => true,
        (Some(a1), Some(a2), None, Some(b1), Some(b2), None) => a1 == b2 && a2 == b1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_edit_is_told_from_more() {
        for (a, b, want) in [
            ("confg", "config", true),
            ("config", "confg", true),
            ("asstes", "assets", true),
            ("assats", "assets", true),
            ("aaaaa", "aaaa", true),
            ("é", "e", true),
            ("assets", "assets", false),
            ("astess", "assets", false),
            ("confi", "config2", false),
            ("abc", "cba", false),
        ] {
            assert_eq!(is_one_edit(a, b), want, "{a} {b}");
            let distance = strsim::damerau_levenshtein(a, b);
            assert_eq!(distance == 1, want, "{a} {b}");
        }
    }
}
