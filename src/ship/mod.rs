//! Everything that changes the world outside. Knows no format and prints nothing: it takes a
//! [`Reporter`].

pub mod blaxel;
pub mod ci;
pub mod forge;
pub mod promote;

/// What is told while something is shipped. Texts from the platform are as they came: escape them.
pub trait Reporter {
    /// The status of what is deployed changed.
    fn status(&mut self, status: &str);
    /// A line of the build log.
    fn log(&mut self, line: &str);
    /// Something worth a remark: a retry, a reused build.
    fn note(&mut self, text: &str);
    /// So many bytes of the upload have been handed over.
    fn uploaded(&mut self, bytes: u64);
}
