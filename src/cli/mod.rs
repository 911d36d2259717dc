//! What can be typed. Types alone, no behaviour.

#[cfg(feature = "remote")]
mod ci;
#[cfg(feature = "remote")]
mod deploy;
#[cfg(feature = "remote")]
mod image;
mod later;
mod plan;
#[cfg(feature = "remote")]
mod platform;
#[cfg(feature = "remote")]
mod preview;
#[cfg(feature = "remote")]
mod promote;
#[cfg(feature = "remote")]
mod push;
#[cfg(feature = "remote")]
mod sandbox;
#[cfg(feature = "remote")]
mod ship;
#[cfg(feature = "remote")]
mod sim;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use self::later::Later;
pub use self::plan::{Action, Plan, PlanFormat};
#[cfg(feature = "remote")]
pub use self::{
    ci::{Ci, CiCommand, Feedback, Report, When},
    deploy::Deploy,
    image::{
        Accept, Decline, Image, ImageDelete, ImageGet, ImageNamed, Pending, Prune, Share, Unshare,
    },
    platform::{Call, DataFormat, Platform, ResultFormat},
    preview::{Preview, PreviewCreate, PreviewDelete, PreviewName},
    promote::{Audit, Promote},
    push::Push,
    sandbox::{Sandbox, SandboxCreate, SandboxDelete, SandboxGet, SandboxLogs},
    ship::{Logins, Ship},
    sim::Sim,
};

/// The gate that every sandbox image passes on its way to users.
#[derive(Debug, Parser)]
#[command(name = "sandgate", version, about, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// When to use colour
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN", help_heading = "Everywhere")]
    pub color: Color,
    /// Say less on standard error
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Everywhere")]
    pub quiet: bool,
    /// Say more on standard error
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub verbose: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Check a project: Dockerfile, build context, entrypoint, blaxel.toml
    Lint(Later<Lint>),
    /// Accept what is found today, so that only new findings fail
    Baseline(Later<Baseline>),
    /// Print the page of a rule
    Explain(Later<Explain>),
    /// List the rules
    Rules,
    /// Show what would be uploaded, what would not, and because of which line
    Context(Later<Context>),
    /// Write the deterministic archive and print its digest
    Pack(Later<Pack>),
    /// Tell which images have to be built, why and in which order, as a matrix for CI
    Plan(Later<Plan>),
    /// Build an image on the platform, wait for the truth, and print its ID
    #[cfg(feature = "remote")]
    Push(Later<Push>),
    /// Build the image and the sandbox on the platform, and wait for the truth
    #[cfg(feature = "remote")]
    Deploy(Later<Deploy>),
    /// Images on the platform: look, delete, share
    #[cfg(feature = "remote")]
    #[command(subcommand)]
    Image(Later<Image>),
    /// Sandboxes on the platform: create from an image, look, delete
    #[cfg(feature = "remote")]
    #[command(subcommand)]
    Sandbox(Later<Sandbox>),
    /// Let other workspaces use an image: share it, verify it, and tell what to pin; or take that back
    #[cfg(feature = "remote")]
    Promote(Later<Promote>),
    /// Compare what is shared where with what sandgate.toml declares
    #[cfg(feature = "remote")]
    Audit(Later<Audit>),
    /// A sandbox and a URL for one pull request
    #[cfg(feature = "remote")]
    #[command(subcommand)]
    Preview(Later<Preview>),
    /// What a CI job does: decide from the event, act, and tell it where it is read
    #[cfg(feature = "remote")]
    Ci(Later<Ci>),
    /// One report of what CI jobs did, from their records
    #[cfg(feature = "remote")]
    Report(Later<Report>),
    /// Run the embedded platform
    #[cfg(feature = "remote")]
    Sim(Later<Sim>),
}

/// How a project is read.
#[derive(Debug, Clone, Default, Args)]
pub struct Source {
    /// Dockerfile, relative to the project [default: `build.dockerfile` of blaxel.toml, else Dockerfile]
    #[arg(short = 'f', long = "dockerfile", value_name = "FILE")]
    pub dockerfile: Option<String>,
    /// Value of a build argument, for rules that resolve variables; push and deploy also send it
    #[arg(long = "build-arg", value_name = "NAME=VALUE")]
    pub build_args: Vec<String>,
    /// Today, for rules that know dates [default: SOURCE_DATE_EPOCH, else the clock]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub today: Option<String>,
    /// What becomes of symbolic links inside the project
    #[arg(long, value_enum, default_value_t = Symlinks::Follow, value_name = "HOW")]
    pub symlinks: Symlinks,
    /// Send files that are always left out (.git, .env, private keys); a pattern as in .dockerignore
    #[arg(long, value_name = "PATTERN")]
    pub include: Vec<String>,
    /// Settings [default: the nearest sandgate.toml in the project or above it]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Read no sandgate.toml and no .hadolint.yaml
    #[arg(long)]
    pub no_config: bool,
}

/// Which rules run.
#[derive(Debug, Clone, Default, Args)]
pub struct Rules {
    /// Run these rules instead of the default ones: codes, names, `SG3`, `default`, `ALL`
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub select: Vec<String>,
    /// Run these rules too
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub extend_select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    pub ignore: Vec<String>,
    /// Ask the registries of the images for sizes, platforms and settings
    #[cfg(feature = "remote")]
    #[arg(long)]
    pub online: bool,
    /// Accept the findings that this file lists; `sandgate baseline` writes it
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Take settings and baseline from this commit or file: a pull request cannot relax its own gate
    #[arg(long, value_name = "REF|FILE", conflicts_with_all = ["config", "no_config"])]
    pub policy_from: Option<String>,
}

/// `--symlinks`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Symlinks {
    /// Send what a link leads to
    #[default]
    Follow,
    /// Send links as links
    Keep,
}

/// `sandgate lint`.
#[derive(Debug, Args)]
pub struct Lint {
    /// Folders, with every sandbox project below them; Dockerfiles; or other files, for the projects
    /// that they belong to
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read the text of one file from standard input, as an editor holds it
    #[arg(long, conflicts_with_all = ["fix", "paths"])]
    pub stdin: bool,
    /// The file that standard input takes the place of
    #[arg(long, value_name = "FILE", requires = "stdin", default_value = "Dockerfile")]
    pub stdin_filename: PathBuf,
    /// Report the results of another scanner too: a SARIF file, as Trivy and Grype write it
    #[arg(long, value_name = "FILE")]
    pub import_sarif: Vec<PathBuf>,
    /// Form of the findings
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
    /// Write the findings here instead of to standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Fail from this severity on [default: sandgate.toml, else error]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,
    /// Apply safe fixes
    #[arg(long, conflicts_with = "diff")]
    pub fix: bool,
    /// Print the safe fixes as a unified diff and change nothing
    #[arg(long)]
    pub diff: bool,
    /// With --fix or --diff: also fixes that change what is built
    #[arg(long = "unsafe")]
    pub unsafe_fixes: bool,
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

/// `sandgate baseline`.
#[derive(Debug, Args)]
pub struct Baseline {
    /// Folders, with every sandbox project below them
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write the baseline here; its paths are relative to the folder of this file
    #[arg(short, long, value_name = "FILE", default_value = "sandgate-baseline.json")]
    pub output: PathBuf,
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

/// `--format` of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Excerpts, reasons and what to do
    Human,
    /// One line a finding
    Short,
    /// JSON, versioned
    Json,
    /// GitHub annotations
    Github,
    /// SARIF 2.1.0
    Sarif,
    /// GitLab code quality
    Gitlab,
    /// Checkstyle XML
    Checkstyle,
    /// JUnit XML
    Junit,
    /// Markdown, for job summaries and comments
    Markdown,
}

/// `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// The build or the sandbox surely fails, or something leaks
    Error,
    /// It costs or will break
    Warning,
    /// Advice too
    Info,
    /// Findings never fail the run
    Never,
}

/// `sandgate explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// Code or name of a rule
    pub rule: String,
}

/// `sandgate context`.
#[derive(Debug, Args)]
pub struct Context {
    /// Project folder
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// Explain why this file is sent or not
    #[arg(long, value_name = "FILE")]
    pub why: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub source: Source,
}

/// `sandgate pack`.
#[derive(Debug, Args)]
pub struct Pack {
    /// Project folder
    #[arg(default_value = ".", value_name = "PATH")]
    pub path: PathBuf,
    /// Write the archive here; without it only the digest is computed
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "clap takes a doc comment here as the help text of the command"
    )]
    pub source: Source,
}
