//! `sandgate deploy`.

use clap::Args;

use super::Ship;

/// `sandgate deploy`.
#[derive(Debug, Args)]
pub struct Deploy {
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub ship: Ship,
    /// Where it runs [default: blaxel.toml, else the platform's choice]
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Memory in MB [default: blaxel.toml, else 4096]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..))]
    pub memory: Option<u32>,
    /// A port to open, with http, tcp, udp or tls: 3000/tls. It comes to those of blaxel.toml
    #[arg(long = "port", value_name = "PORT[/PROTOCOL]")]
    pub ports: Vec<String>,
    /// A volume and the path that it is mounted at, `:ro` where it is only read. It comes to those of blaxel.toml, and
    /// takes the place of one with its name or its path; a volume needs --region, or `region` there
    #[arg(long = "volume", value_name = "NAME:/PATH[:ro]")]
    pub volumes: Vec<String>,
    /// An environment variable of the sandbox; without a value it is this process's own
    #[arg(short, long = "env", value_name = "NAME[=VALUE]")]
    pub envs: Vec<String>,
    /// Where environment variables changed: delete the sandbox with its files, processes and previews, and create it
    /// anew. Without it that is an error, since the platform cannot change them
    #[arg(long)]
    pub recreate: bool,
    /// A label of the sandbox; labels that it has already are kept
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<String>,
}
