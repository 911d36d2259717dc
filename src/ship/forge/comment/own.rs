//! The one text of a job among those that others wrote, on any forge: which it is, what was stored of it, and which were
//! made beside it.

use jiff::{SignedDuration, Timestamp};

use super::marker;

/// A second text of the same key that is older than this belongs to a job that was killed.
const ORPHANED: SignedDuration = SignedDuration::from_mins(10);
/// How often is looked for a text whose making is in doubt, before it is made again.
pub(in crate::ship::forge) const DOUBTS: u32 = 2;

/// A text as a forge keeps it.
pub(in crate::ship::forge) trait Post {
    /// Ascending in the order in which they were made.
    fn id(&self) -> u64;
    /// Markdown.
    fn body(&self) -> &str;
    /// When it was made, by the forge's clock.
    fn created(&self) -> Option<Timestamp>;
    /// Its page, where the forge says which that is.
    fn url(&self) -> Option<String> {
        None
    }
}

/// What a job knows of its text.
pub(in crate::ship::forge) struct Own<'a> {
    key: &'a str,
    /// By which it knows a text that it made itself.
    word: String,
    /// What it wrote last, and what the forge made of that.
    stored: Option<(String, String)>,
    /// To be deleted once the text says everything.
    pub(in crate::ship::forge) duplicates: Vec<u64>,
}

impl<'a> Own<'a> {
    pub(in crate::ship::forge) fn new(key: &'a str) -> Self {
        let word = format!("{:016x}", fastrand::u64(..));
        Self { key, word, stored: None, duplicates: Vec::new() }
    }

    /// The first line of a text that this job makes.
    pub(in crate::ship::forge) fn line(&self) -> String {
        marker::own(self.key, &self.word)
    }

    /// A text of this key: its first line, and what stands below.
    pub(in crate::ship::forge) fn marked<'p>(
        &self,
        post: &'p impl Post,
    ) -> Option<marker::Marked<'p>> {
        marker::read(post.body(), self.key)
    }

    /// Whether this job made it.
    pub(in crate::ship::forge) fn made(&self, post: &impl Post) -> bool {
        self.marked(post).is_some_and(|marked| marked.by == Some(self.word.as_str()))
    }

    /// The text, which is the first that was made; those beside it that may go are remembered.
    pub(in crate::ship::forge) fn first<P: Post>(&mut self, mut ours: Vec<P>) -> Option<P> {
        ours.sort_by_key(Post::id);
        let mut ours = ours.into_iter();
        let first = ours.next();
        let now = Timestamp::now();
        let old = |one: &P| one.created().is_some_and(|at| now.duration_since(at) > ORPHANED);
        self.duplicates =
            ours.filter(|one| self.made(one) || old(one)).map(|one| one.id()).collect();
        first
    }

    /// Whether a text says what is wanted, in its own words or in those that the forge made of ours.
    pub(in crate::ship::forge) fn says(&self, there: &str, wanted: &str) -> bool {
        let plain = |text: &str| text.replace('\r', "").trim_end().to_owned();
        plain(there) == plain(wanted)
            || self.stored.as_ref().is_some_and(|(sent, got)| sent == wanted && got == there)
    }

    /// Remembers what the forge made of what was sent.
    pub(in crate::ship::forge) fn remember(&mut self, sent: &str, post: &impl Post) {
        let got = self.marked(post).map(|got| got.text.to_owned());
        self.stored = got.map(|got| (sent.to_owned(), got));
    }
}

/// A text of a first line and what stands below; its length in characters where that is more than `most`.
pub(in crate::ship::forge) fn body(line: &str, text: &str, most: usize) -> Result<String, usize> {
    let body = format!("{line}\n{text}");
    let length = body.chars().count();
    if length > most { Err(length) } else { Ok(body) }
}
