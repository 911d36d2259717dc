//! `sandgate push`.

use clap::Args;

use super::Ship;

/// `sandgate push`.
#[derive(Debug, Args)]
pub struct Push {
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub ship: Ship,
    /// Where it is built [default: `build.region` of blaxel.toml, else the platform's choice]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Memory of the builder in MB [default: `build.memoryMb` of blaxel.toml, else the platform's]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..=32_768))]
    pub memory: Option<u32>,
    /// Disk of the builder in MB [default: `build.volumeMb` of blaxel.toml, else the platform's]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(0..=131_072))]
    pub volume: Option<u32>,
}
