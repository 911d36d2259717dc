//! What the record of an earlier run knows.

use std::path::Path;

use crate::record::{Built, Record};

/// Longest record that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The image that an earlier run recorded for the same deploy key, in the file that this run writes anew.
pub(super) fn image(path: &Path, record: &Record) -> Option<String> {
    use std::io::Read as _;
    let file = std::fs::File::open(path).ok()?;
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    let earlier = Built::read(&text).ok()?;
    let same = earlier.deploy_key.is_some() && earlier.deploy_key == record.deploy_key;
    (same && earlier.simulated == record.simulated).then_some(earlier.image)
}
