//! `sandgate sim`.

use std::path::PathBuf;

use clap::Args;

/// `sandgate sim`.
#[derive(Debug, Args)]
pub struct Sim {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// How the platform behaves; `help` lists the names
    #[arg(long, default_value = "happy", value_name = "NAME")]
    pub scenario: String,
    /// A fault on the way, such as `POST /sandboxes#1=reset-after`; `help` explains
    #[arg(long = "fault", value_name = "CALL=KIND")]
    pub faults: Vec<String>,
    /// Write every call to this file, one JSON object a line, without secrets
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Accept only this API key [default: any]
    #[arg(long, env = "SANDGATE_SIM_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: Option<String>,
    /// A key that is not an admin's: it cannot share images, end shares, nor answer those of others
    #[arg(long, env = "SANDGATE_SIM_MEMBER_KEY", hide_env_values = true, value_name = "KEY")]
    pub member_key: Option<String>,
    /// A workspace that there is, and its account; no others are [default: every name, and `partner` of
    /// another account]
    #[arg(long = "workspace", value_name = "NAME[=ACCOUNT]")]
    pub workspaces: Vec<String>,
    /// Begin with a small world in the first workspace: images with tags, a sandbox, shares
    #[arg(long)]
    pub furnished: bool,
    /// Simulate nothing: pass every call on to a real platform, and write down what passes, without secrets
    #[arg(long, value_name = "FILE", requires = "upstream", conflicts_with = "replay")]
    pub record: Option<PathBuf>,
    /// The platform whose exchange is recorded: the address of its API, as in `BL_API_URL`
    #[arg(long, value_name = "URL", requires = "record")]
    pub upstream: Option<String>,
    /// Simulate nothing: answer as a recorded exchange says
    #[arg(long, value_name = "FILE")]
    pub replay: Option<PathBuf>,
}
