//! `sandgate ci`, and `sandgate report`.

use std::path::PathBuf;

use clap::{
    ArgAction, Args, ValueEnum,
    builder::{BoolishValueParser, OsStringValueParser, TypedValueParser},
};

use super::{FailOn, Platform};

/// A path that may be empty, as the variable of an input that was not given is.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// `sandgate ci`. Every option can come from the environment, which is how the Action gives them: nothing of it is pasted
/// into a script. Lists are parted by commas or line ends.
#[derive(Debug, Args)]
pub struct Ci {
    /// Folders, with every sandbox project below them
    #[arg(
        env = "SANDGATE_PATHS",
        hide_env_values = true,
        default_value = ".",
        value_name = "PATH"
    )]
    pub paths: Vec<String>,
    /// What to do
    #[arg(long, env = "SANDGATE_COMMAND", hide_env_values = true, value_enum, default_value_t = CiCommand::Auto, value_name = "WHAT")]
    pub command: CiCommand,
    /// What happened: the payload of GitHub's event, as JSON
    #[arg(long, env = "GITHUB_EVENT_PATH", hide_env_values = true, value_name = "FILE")]
    pub event: Option<PathBuf>,
    /// The name of that event
    #[arg(long, env = "GITHUB_EVENT_NAME", hide_env_values = true, value_name = "NAME")]
    pub event_name: Option<String>,
    /// Print the decision, every call, the comment, the summary and the outputs, and call nobody
    #[arg(long, env = "SANDGATE_DRY_RUN", hide_env_values = true, action = ArgAction::Set, default_value_t = false, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub dry_run: bool,
    /// The workflow answers for the commit: promote although the event does not say that it is on a production branch
    #[arg(long, env = "SANDGATE_TRUSTED", hide_env_values = true, action = ArgAction::Set, default_value_t = false, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub trusted: bool,
    /// Branches whose commits go to production [default: the default branch]
    #[arg(
        long = "production-branch",
        env = "SANDGATE_PRODUCTION_BRANCHES",
        hide_env_values = true,
        value_name = "BRANCH"
    )]
    pub production: Vec<String>,
    /// Label by which a maintainer lets the commit of a fork be built under `pull_request_target`
    #[arg(long, env = "SANDGATE_LABEL", hide_env_values = true, value_name = "LABEL")]
    pub label: Option<String>,
    /// Number of the pull request, where the event names none
    #[arg(long, env = "SANDGATE_PR_NUMBER", hide_env_values = true, value_name = "NUMBER")]
    pub pr_number: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub platform: Platform,
    /// Workspaces that production uses, ACCOUNT/WORKSPACE in another account
    #[arg(long, env = "SANDGATE_PROMOTE_TO", hide_env_values = true, value_name = "WORKSPACE")]
    pub promote_to: Vec<String>,
    /// Promote this image, sandbox/NAME:TAG, that an earlier job built
    #[arg(long, env = "SANDGATE_IMAGE", hide_env_values = true, value_name = "IMAGE")]
    pub image: Option<String>,
    /// Wait this long for an admin of another account to accept (90s, 30m, 1h)
    #[arg(long, env = "SANDGATE_WAIT_APPROVAL", hide_env_values = true, value_name = "DURATION")]
    pub wait_approval: Option<String>,
    /// Workspaces that no build may reach through a share, but for one that is promoted there
    #[arg(
        long = "protected-workspace",
        env = "SANDGATE_PROTECTED_WORKSPACES",
        hide_env_values = true,
        value_name = "WORKSPACE"
    )]
    pub protected: Vec<String>,
    /// Name of the image, where there is one project [default: blaxel.toml, else the folder's name]
    #[arg(long, env = "SANDGATE_NAME", hide_env_values = true, value_name = "NAME")]
    pub name: Option<String>,
    /// Build arguments, NAME=VALUE
    #[arg(
        long = "build-arg",
        env = "SANDGATE_BUILD_ARGS",
        hide_env_values = true,
        value_name = "NAME=VALUE"
    )]
    pub build_args: Vec<String>,
    /// Environment variables of sandboxes, NAME=VALUE; without a value it is this process's own
    #[arg(
        long = "env",
        env = "SANDGATE_ENVS",
        hide_env_values = true,
        value_name = "NAME[=VALUE]"
    )]
    pub envs: Vec<String>,
    /// Variables that blaxel.toml may use
    #[arg(
        long = "var",
        env = "SANDGATE_VARS",
        hide_env_values = true,
        value_name = "NAME[=VALUE]"
    )]
    pub vars: Vec<String>,
    /// Build an image although a protected workspace sees it at once
    #[arg(long, env = "SANDGATE_ALLOW_PROPAGATION", hide_env_values = true, action = ArgAction::Set, default_value_t = false, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub allow_propagation: bool,
    /// Take settings and baseline from this commit or file [default: in a pull request, from its base]
    #[arg(long, env = "SANDGATE_POLICY_FROM", hide_env_values = true, value_name = "REF|FILE")]
    pub policy_from: Option<String>,
    /// Fail from this severity on [default: sandgate.toml, else error]
    #[arg(
        long,
        env = "SANDGATE_FAIL_ON",
        hide_env_values = true,
        value_enum,
        value_name = "SEVERITY"
    )]
    pub fail_on: Option<FailOn>,
    /// Only whoever has a token can open a preview
    #[arg(long, env = "SANDGATE_PREVIEW_PRIVATE", hide_env_values = true, action = ArgAction::Set, default_value_t = false, num_args = 0..=1, require_equals = true,
          default_missing_value = "true", value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub preview_private: bool,
    /// Delete a preview this long after it was created (24h, 7d)
    #[arg(
        long,
        env = "SANDGATE_PREVIEW_TTL",
        hide_env_values = true,
        default_value = "7d",
        value_name = "DURATION"
    )]
    pub preview_ttl: String,
    /// Give up on a build after this long (90s, 30m, 1h)
    #[arg(
        long,
        env = "SANDGATE_TIMEOUT",
        hide_env_values = true,
        default_value = "30m",
        value_name = "DURATION"
    )]
    pub timeout: String,
    /// Folder with the records of earlier jobs, for `report` and `plan`
    #[arg(long, env = "SANDGATE_RECORDS", hide_env_values = true, value_parser = path(), value_name = "DIR")]
    pub records: Option<PathBuf>,
    /// For `report`: what was planned, as the output `planned` has it; an image that no record tells of is told as failed
    #[arg(long, env = "SANDGATE_PLAN", hide_env_values = true, value_name = "JSON")]
    pub plan: Option<String>,
    /// For `plan`: compare with this commit, in place of the one that the event names; `none` builds every image
    #[arg(long, env = "SANDGATE_BASE", hide_env_values = true, value_name = "REF|SHA")]
    pub base: Option<String>,
    /// For `plan`: fail where images that are built upon each other need more waves than the workflow has jobs for
    #[arg(long, env = "SANDGATE_MAX_WAVES", hide_env_values = true, value_name = "COUNT", value_parser = super::plan::count)]
    pub max_waves: Option<usize>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub feedback: Feedback,
}

/// Where it is told.
#[derive(Debug, Args)]
#[command(next_help_heading = "Feedback")]
pub struct Feedback {
    /// When the comment of a pull request is written
    #[arg(long, env = "SANDGATE_COMMENT", hide_env_values = true, value_enum, default_value_t = When::OnChange, value_name = "WHEN")]
    pub comment: When,
    /// What tells this comment from others of the same pull request [default: `sandgate`, one for the repository]
    #[arg(long, env = "SANDGATE_COMMENT_KEY", hide_env_values = true, value_name = "KEY")]
    pub comment_key: Option<String>,
    /// Login that the token writes as
    #[arg(
        long,
        env = "SANDGATE_COMMENT_AUTHOR",
        hide_env_values = true,
        default_value = "github-actions[bot]",
        value_name = "LOGIN"
    )]
    pub comment_author: String,
    /// Annotations at the lines of findings. Why a job failed is one in any case
    #[arg(long, env = "SANDGATE_ANNOTATIONS", hide_env_values = true, action = ArgAction::Set, default_value_t = true, value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub annotations: bool,
    /// The job's summary
    #[arg(long, env = "SANDGATE_SUMMARY", hide_env_values = true, action = ArgAction::Set, default_value_t = true, value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub summary: bool,
    /// A status of the commit for each image
    #[arg(long, env = "SANDGATE_STATUS", hide_env_values = true, action = ArgAction::Set, default_value_t = true, value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub status: bool,
    /// A check run with every finding
    #[arg(long, env = "SANDGATE_CHECK", hide_env_values = true, action = ArgAction::Set, default_value_t = false, value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub check: bool,
    /// A deployment for each image that was built
    #[arg(long, env = "SANDGATE_DEPLOYMENTS", hide_env_values = true, action = ArgAction::Set, default_value_t = true, value_parser = BoolishValueParser::new(), value_name = "BOOL")]
    pub deployments: bool,
    /// Environment of deployments [default: the workspace]; a preview has that of its pull request, and looks here for what is promoted now
    #[arg(long, env = "SANDGATE_ENVIRONMENT", hide_env_values = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// Write the findings here, as SARIF
    #[arg(long, env = "SANDGATE_SARIF_FILE", hide_env_values = true, value_parser = path(), value_name = "FILE")]
    pub sarif_file: Option<PathBuf>,
    /// Write the findings here, as the `codequality` report of GitLab
    #[arg(long, env = "SANDGATE_CODE_QUALITY", hide_env_values = true, value_parser = path(), value_name = "FILE")]
    pub code_quality: Option<PathBuf>,
    /// Write the outputs here, as variables `SANDGATE_NAME=VALUE`: the `dotenv` report of GitLab
    #[arg(long, env = "SANDGATE_DOTENV", hide_env_values = true, value_parser = path(), value_name = "FILE")]
    pub dotenv: Option<PathBuf>,
    /// Write what happened here, as JSON [default: in `RUNNER_TEMP`]
    #[arg(long, env = "SANDGATE_REPORT_FILE", hide_env_values = true, value_parser = path(), value_name = "FILE")]
    pub report_file: Option<PathBuf>,
}

/// `--command`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CiCommand {
    /// What follows from the event
    Auto,
    /// Check the projects
    Lint,
    /// Find the images that a change affects, for the matrix of a workflow
    Plan,
    /// Build, and show the build under a URL of the pull request
    Preview,
    /// Build the images
    Push,
    /// Build the images and their sandboxes
    Deploy,
    /// Build the images and their sandboxes, or take `--image`, and share them with production
    Promote,
    /// Remove the previews of the pull request
    Cleanup,
    /// Compare what is shared with what is declared
    Audit,
    /// Tell what earlier jobs did, from their records
    Report,
}

/// `--comment`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// Where there is something to know
    OnChange,
    /// Always
    Always,
    /// Where something failed
    OnFailure,
    /// Never
    Never,
}

/// `sandgate report`.
#[derive(Debug, Args)]
pub struct Report {
    /// Records that `sandgate ci` wrote, or folders with them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the report here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
