//! The header `Link`: whether a list goes on.
//!
//! Its addresses are never called: the next page is asked for by number where the first was asked for, so that a header
//! leads no token to another host.

use reqwest::header::HeaderMap;

/// Whether there is a next page; `None` where nothing is said of pages.
pub(super) fn goes_on(headers: &HeaderMap) -> Option<bool> {
    let mut said = None;
    for value in headers.get_all("link") {
        let Ok(text) = value.to_str() else { continue };
        for link in links(text) {
            said = Some(said == Some(true) || is_next(link));
        }
    }
    said
}

/// The links of a header: they are apart by commas, which may stand in an address, too.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let mut inside = false;
    let parts = text.split(move |c| {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            _ => {}
        }
        c == ',' && !inside
    });
    parts.map(str::trim).filter(|link| link.starts_with('<') && link.contains('>'))
}

fn is_next(link: &str) -> bool {
    let Some((_, parameters)) = link.split_once('>') else { return false };
    parameters.split(';').any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else { return false };
        let relations = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel")
            && relations.split_ascii_whitespace().any(|one| one.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_next_page_is_one() {
        let next = r#"<https://x/?page=2>; rel="next", <https://x/?page=5>; rel="last""#;
        let last = r#"<https://x/?page=1>; rel="first", <https://x/?page=4>; rel="prev""#;
        for (text, expected) in [
            (next, Some(true)),
            (last, Some(false)),
            ("<https://x/?a=1,2>; rel=next", Some(true)),
            (r#"<https://x/?q=;rel="next">; rel="prev""#, Some(false)),
            (r#"<https://x>; title="a"; REL="last NEXT""#, Some(true)),
            ("", None),
            ("nonsense", None),
            ("<", None),
            ("<>", Some(false)),
        ] {
            let headers = [("link".parse().unwrap(), text.parse().unwrap())].into_iter().collect();
            assert_eq!(goes_on(&headers), expected, "{text}");
        }
        assert_eq!(goes_on(&HeaderMap::new()), None);
    }
}
