//! The propagation guard in front of an upload.

use crate::{
    cli,
    commands::policy::Settled,
    error::Error,
    ship::{
        Reporter,
        blaxel::{Client, Fault, ImageName, Share, WorkspaceName},
        promote::{self, Guarded},
    },
};

/// The workspaces that no new build may reach by itself, and whether the caller allows it.
pub(super) struct Guard {
    protected: Vec<WorkspaceName>,
    allowed: bool,
}

impl Guard {
    /// Reads what the caller and the settings protect.
    pub(super) fn read(args: &cli::Ship, settled: &Settled) -> Result<Self, Error> {
        let names = args.protected.iter().chain(&settled.protected);
        let protected: Result<Vec<WorkspaceName>, Fault> = names
            .filter(|name| !name.is_empty() && !args.expected.contains(name))
            .map(|name| name.parse())
            .collect();
        Ok(Self {
            protected: protected.map_err(Fault::into_error)?,
            allowed: args.allow_propagation,
        })
    }

    /// Refuses a build that protected workspaces would see at once. Asks nobody where none is protected.
    pub(super) async fn pass(
        &self,
        client: &Client,
        name: &str,
        reporter: &mut dyn Reporter,
    ) -> Result<(), Fault> {
        if self.protected.is_empty() {
            return Ok(());
        }
        let image: ImageName = name.parse()?;
        let shown = |shares: &[Share]| {
            let names: Vec<String> = shares
                .iter()
                .map(|share| {
                    let waits = if share.is_pending() { " (not approved yet)" } else { "" };
                    format!("`{}`{waits}", share.workspace)
                })
                .collect();
            names.join(", ")
        };
        match promote::guard(client, &image, &self.protected).await {
            Guarded::Free(shares) if shares.is_empty() => (),
            Guarded::Free(shares) => {
                reporter.note(&format!(
                    "`{image}` is shared: {} will see this build at once",
                    shown(&shares)
                ));
            }
            Guarded::Reaches(shares) if self.allowed => {
                reporter.note(&format!(
                    "{} will see this build at once, as the caller allows",
                    shown(&shares)
                ));
            }
            Guarded::Reaches(shares) => {
                return Err(Fault::Refused {
                    what: format!("`{image}` is shared with the protected workspace {}", shown(&shares)),
                    why: "every new build of a shared image is seen there at once, whoever made it".into(),
                    help: "build under another --name, or give --allow-propagation where this build is meant for it".into(),
                });
            }
            Guarded::Unknown(fault) if self.allowed => {
                reporter.note(&format!(
                    "who sees `{image}` cannot be read ({}); going on, as the caller allows",
                    fault.detail()
                ));
            }
            Guarded::Unknown(fault @ Fault::Auth { status: 401, .. }) => return Err(fault),
            Guarded::Unknown(fault) => {
                return Err(Fault::Refused {
                    what: format!("nobody knows whether a protected workspace sees `{image}`"),
                    why: format!("its shares cannot be read: {}", fault.detail()),
                    help: "use a key that may read them, or give --allow-propagation".into(),
                });
            }
        }
        Ok(())
    }
}
