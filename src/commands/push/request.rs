//! What is pushed, from the command line and `blaxel.toml`.

use crate::{
    cli,
    commands::shipping::From,
    error::Error,
    ship::blaxel::{BUILD_SETTINGS, Request},
};

/// Reads what is pushed. What is typed wins over the file.
pub(super) fn read(args: &cli::Push, from: &From<'_>) -> Result<Request, Error> {
    let mut request = from.read()?;
    let typed = [
        ("region", args.region.clone()),
        ("memoryMb", args.memory.map(|memory| memory.to_string())),
        ("volumeMb", args.volume.map(|volume| volume.to_string())),
    ];
    for (key, value) in typed {
        let label = BUILD_SETTINGS.iter().find(|(known, _)| *known == key).map(|(_, label)| *label);
        if let (Some(label), Some(value)) = (label, value) {
            request.labels.insert(label.to_owned(), value);
        }
    }
    Ok(request)
}
