//! How the image of a project starts, hop by hop, each with its place.

use super::Section;

/// The lines that tell it; `named` says of which project. Not escaped for a terminal.
pub fn lines(section: &Section<'_>, named: bool) -> Vec<String> {
    let told = &section.outcome.start;
    let root = if section.root.is_empty() { "." } else { &section.root };
    let mut out = vec![if named {
        format!("how the sandbox in {root} starts:")
    } else {
        "how the sandbox starts:".to_owned()
    }];
    let places: Vec<String> = told
        .hops
        .iter()
        .map(|hop| {
            let path = section.path(&hop.location.file);
            match section.place(&hop.location) {
                Some(place) => format!("{path}:{}", place.start.line),
                None => path,
            }
        })
        .collect();
    let width = places.iter().map(|place| place.chars().count()).max().unwrap_or(0);
    let hops = told.hops.iter().zip(&places);
    out.extend(hops.map(|(hop, place)| format!("  {place:width$}  {}", hop.what)));
    out.push(format!("  {}", told.verdict));
    out
}
