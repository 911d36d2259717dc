//! What `sandgate deploy` and `sandgate push` take alike.

use std::path::PathBuf;

use clap::Args;

use super::{FailOn, Platform, ResultFormat, Rules, Source};

/// What is shipped, from where, and how long it may take.
#[derive(Debug, Args)]
pub struct Ship {
    /// Project folder
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// Name of the sandbox and its image [default: blaxel.toml, else the folder's name]
    #[arg(short, long)]
    pub name: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub platform: Platform,
    /// Give up after this long (90s, 30m, 1h)
    #[arg(long, default_value = "30m", value_name = "DURATION")]
    pub timeout: String,
    /// Send this finished image instead of building one: from a registry, with its host (ghcr.io/acme/app:1), or for
    /// a deploy of the platform (sandbox/app:TAG) [default: `image` of blaxel.toml]
    #[arg(long, value_name = "REF")]
    pub image: Option<String>,
    /// With a finished image: import it as it is
    #[arg(long)]
    pub skip_build: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub logins: Logins,
    /// Build arguments, one NAME=VALUE a line; --build-arg wins over them, they over blaxel.toml
    #[arg(long, value_name = "FILE")]
    pub build_env_file: Option<PathBuf>,
    /// Generation of the runtime [default: blaxel.toml, else the platform's]
    #[arg(long, value_name = "NAME")]
    pub generation: Option<String>,
    /// Let blaxel.toml use this variable (`$NAME`, `${NAME:default}`, `$secrets.NAME`); without a value it is the
    /// environment's
    #[arg(long = "var", value_name = "NAME[=VALUE]")]
    pub vars: Vec<String>,
    /// Print every request and every file that would be sent, without secrets, and call nobody
    #[arg(long)]
    pub dry_run: bool,
    /// End once the platform has taken the upload: exit code 0 then says accepted, not built
    #[arg(long)]
    pub no_wait: bool,
    /// Write what happened here, as JSON
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Form of the result on standard output
    #[arg(long, value_enum, default_value_t = ResultFormat::Human, value_name = "FORMAT")]
    pub format: ResultFormat,
    /// Refuse to build an image that this workspace sees through a share, since it would see the new build at once
    /// [default: sandgate.toml]
    #[arg(
        long = "protected-workspace",
        env = "SANDGATE_PROTECTED_WORKSPACES",
        value_delimiter = ',',
        value_name = "WORKSPACE"
    )]
    pub protected: Vec<String>,
    /// Workspaces that the build is meant for: it is promoted there next
    #[arg(skip)]
    pub expected: Vec<String>,
    /// Build it although a protected workspace sees it at once
    #[arg(long)]
    pub allow_propagation: bool,
    /// Refuse it from this severity on [default: sandgate.toml, else error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub rules: Rules,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub source: Source,
}

/// Who may read the image in its registry. Only the login for that registry is sent.
#[derive(Debug, Clone, Default, Args)]
pub struct Logins {
    /// Login for a registry; others on this machine can see it: --registry-cred-stdin or `SANDGATE_REGISTRY_CRED` hide it
    #[arg(long = "registry-cred", visible_alias = "registry-creds", value_name = "REG=USER:PASS")]
    pub registry_cred: Vec<String>,
    /// Read logins from standard input, one REG=USER:PASS a line
    #[arg(long)]
    pub registry_cred_stdin: bool,
    /// Take logins from the `auths` of this Docker configuration [default: .docker/config.json of the project]
    #[arg(long, value_name = "FILE")]
    pub docker_config: Option<PathBuf>,
    /// Take the login from your own Docker configuration too, credential helpers included
    #[arg(long)]
    pub user_docker_config: bool,
}
