//! What the record of an earlier run knows.

use std::path::Path;

use crate::{
    commands::record,
    record::{Built, Record},
};

/// The image that an earlier run recorded for the same deploy key, in the file that this run writes anew.
pub(super) fn image(path: &Path, record: &Record) -> Option<String> {
    let earlier = record::read(path, Built::read).ok()?;
    let same = earlier.deploy_key.is_some() && earlier.deploy_key == record.deploy_key;
    (same && earlier.simulated == record.simulated).then_some(earlier.image)
}
