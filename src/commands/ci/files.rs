//! What was found, as files that others read.

use crate::{
    cli,
    error::Error,
    report::{self, Format, Report},
};

/// Writes those that are asked for.
pub(super) fn save(args: &cli::Ci, report: &Report<'_>) -> Result<(), Error> {
    let feedback = &args.feedback;
    for (path, format) in
        [(&feedback.sarif_file, Format::Sarif), (&feedback.code_quality, Format::Gitlab)]
    {
        let path = path.as_ref().filter(|path| !path.as_os_str().is_empty() && !args.dry_run);
        if let Some(path) = path {
            crate::commands::save(path, |out| report::write(report, format, out))?;
        }
    }
    Ok(())
}
