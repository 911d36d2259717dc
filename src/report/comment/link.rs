//! Links: only to places that are known, made from parts that cannot leave them.

use crate::escape::{code, url_path};

/// Where links lead.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// The forge: `https://github.com`.
    pub server: Option<String>,
    /// Whether that is a GitLab, which has its pages elsewhere.
    pub gitlab: bool,
    /// `OWNER/NAME`; on GitLab with as many groups as there are.
    pub repository: Option<String>,
    /// Domains of the platform, below which its URLs lie.
    pub platform: Vec<String>,
    /// Whether what is reported comes from this run: a stranger's URLs are shown nowhere.
    pub own: bool,
}

impl Links {
    /// A file at a commit, at a line.
    pub(super) fn file(&self, commit: Option<&str>, path: &str, line: Option<usize>) -> String {
        let at = line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"));
        let shown = code(&at);
        let (Some(base), Some(commit)) = (self.base(), commit.filter(|one| is_hex(one))) else {
            return shown;
        };
        // A folder above the repository has no page there.
        if path.split('/').any(|part| part == ".." || part == ".") || path.starts_with('/') {
            return shown;
        }
        let anchor = line.map(|line| format!("#L{line}")).unwrap_or_default();
        format!("[{shown}]({base}{}/blob/{commit}/{}{anchor})", self.apart(), url_path(path))
    }

    /// A commit.
    pub(super) fn commit(&self, commit: &str) -> String {
        let short: String = commit.chars().take(7).collect();
        match self.base().filter(|_| is_hex(commit)) {
            Some(base) => format!("[{}]({base}{}/commit/{commit})", code(&short), self.apart()),
            None => code(&short),
        }
    }

    /// A page of the forge, or of the platform; nothing where it is neither.
    pub(super) fn page(&self, shown: &str, url: &str) -> Option<String> {
        self.allows(url).then(|| format!("[{shown}]({url})"))
    }

    /// Where a row leads: to a page of the forge, which has a log, or to what was built.
    pub(super) fn more(&self, url: &str) -> Option<String> {
        let forge = self.server.as_deref().is_some_and(|server| url.starts_with(server));
        self.page(if forge { "log" } else { "open" }, url)
    }

    /// What stands between a repository and its pages.
    fn apart(&self) -> &'static str {
        if self.gitlab { "/-" } else { "" }
    }

    fn base(&self) -> Option<String> {
        let (server, repository) = (self.server.as_ref()?, self.repository.as_ref()?);
        let plain = |part: &str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        };
        let count = repository.split('/').count();
        let good = repository.split('/').all(plain) && (count == 2 || self.gitlab && count > 2);
        good.then(|| format!("{}/{repository}", server.trim_end_matches('/')))
    }

    fn allows(&self, url: &str) -> bool {
        // Nothing that ends a link, and nothing that reads as another host.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#=&%+,@".contains(&b);
        if !url.bytes().all(plain) {
            return false;
        }
        let server = self.server.as_deref().map(|server| server.trim_end_matches('/'));
        if server.is_some_and(|server| {
            url.strip_prefix(server).is_some_and(|rest| rest.starts_with('/'))
        }) {
            return true;
        }
        let Some(rest) =
            url.strip_prefix("https://").or_else(|| url.strip_prefix("http://127.0.0.1:"))
        else {
            return false;
        };
        let local = url.starts_with("http:");
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let host = &rest[..end];
        if !self.own || host.contains('@') {
            return false;
        }
        local
            || self.platform.iter().any(|domain| {
                host == domain
                    || host.strip_suffix(domain.as_str()).is_some_and(|rest| rest.ends_with('.'))
            })
    }
}

fn is_hex(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::Links;

    #[test]
    fn a_link_leads_where_it_says() {
        let links = Links {
            server: Some("https://github.com".into()),
            repository: Some("o/r".into()),
            platform: vec!["blaxel.ai".into()],
            own: true,
            ..Links::default()
        };
        for (url, allowed) in [
            ("https://github.com/o/r/actions/runs/1", true),
            ("https://github.com.evil.example/x", false),
            ("https://github.com@evil.example/x", false),
            ("https://app.blaxel.ai/x?y=1", true),
            ("https://blaxel.ai", true),
            ("https://evilblaxel.ai/", false),
            ("https://evil.example/.blaxel.ai/", false),
            ("https://blaxel.ai@evil.example/", false),
            ("javascript:alert(1)", false),
            ("https://app.blaxel.ai/a) [b](https://evil.example", false),
            ("http://127.0.0.1:80/x", true),
        ] {
            assert_eq!(links.page("x", url).is_some(), allowed, "{url}");
        }
        let stranger = Links { own: false, ..links.clone() };
        assert!(stranger.page("x", "https://app.blaxel.ai/x").is_none());
        let sha = "0123456789abcdef0123456789abcdef01234567";
        let shown = links.file(Some(sha), "a b/(c)#d", Some(3));
        assert!(
            shown.ends_with(&format!("](https://github.com/o/r/blob/{sha}/a%20b/%28c%29%23d#L3)"))
        );
        assert!(!links.file(Some(sha), "../../x", None).contains("]("));
        assert!(!links.file(Some("main"), "x", None).contains("]("));
        let nested = Links { repository: Some("g/sub/p".into()), ..links };
        assert!(!nested.commit(sha).contains("]("));
        let nested = Links { gitlab: true, ..nested };
        assert!(
            nested.commit(sha).ends_with(&format!("](https://github.com/g/sub/p/-/commit/{sha})"))
        );
        assert!(nested.file(Some(sha), "a", Some(3)).contains(&format!("/-/blob/{sha}/a#L3")));
    }
}
