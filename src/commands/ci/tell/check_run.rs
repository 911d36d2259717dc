//! The check run: every finding, of any number.

use crate::{
    escape,
    record::leg::{Finding, Leg},
    report::comment::{self, Page},
    ship::forge::github::{
        Client, Fault,
        checks::{self, Annotation, Conclusion, Level, New},
    },
};

use super::is_bad;

/// Makes it.
pub(super) async fn tell(
    client: &Client,
    sha: &str,
    page: &Page,
    legs: &[Leg],
) -> Result<(), Fault> {
    let Some(first) = legs.first() else { return Ok(()) };
    let bad = legs.iter().any(is_bad);
    let annotations: Vec<Annotation> =
        legs.iter().flat_map(|leg| &leg.lint.findings).filter_map(annotation).collect();
    // Each job of a matrix has its own.
    let images: Vec<&str> = legs.iter().map(|leg| leg.image.as_str()).collect();
    let images = images.join(",");
    let id = format!("{}/{}/{images}", first.run.id, first.run.attempt);
    let name = match legs {
        [one] => format!("sandgate ({})", one.image),
        _ => "sandgate".to_owned(),
    };
    let new = New {
        name: &name,
        sha,
        id: &id,
        details_url: first.run.url.as_deref(),
        conclusion: if bad { Conclusion::Failure } else { Conclusion::Success },
        title: &comment::title(legs),
        summary: &comment::summary(page, legs),
        annotations: &annotations,
    };
    checks::create(client, &new).await.map(drop)
}

fn annotation(finding: &Finding) -> Option<Annotation> {
    let line = u32::try_from(finding.line.unwrap_or(1)).ok()?;
    let help = finding.help.as_ref().map(|help| format!("\n{help}")).unwrap_or_default();
    Some(Annotation {
        path: finding.path.clone(),
        start_line: line,
        end_line: line,
        columns: None,
        level: match finding.severity.as_str() {
            "error" => Level::Failure,
            "warning" => Level::Warning,
            _ => Level::Notice,
        },
        title: finding.code.clone(),
        message: escape::terminal(&format!("{}{help}", finding.message), true).into_owned(),
    })
}
