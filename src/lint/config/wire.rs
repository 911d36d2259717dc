//! `sandgate.toml` as it is written. `docs/sandgate.schema.json` is made from these types.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::lint::rules;

/// sandgate.toml: how the images of this folder and those below are judged.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(title = "sandgate.toml", deny_unknown_fields)]
pub(super) struct File {
    /// Versions of sandgate that may read this file, such as `>=0.1`. Another version says so and
    /// fails, so that an editor, a hook and CI agree.
    pub(super) required_version: Option<String>,
    /// What is found, and what fails a run.
    pub(super) lint: Lint,
    /// What is sent to the builder.
    pub(super) context: Context,
    /// Where the image goes from here.
    pub(super) promotion: Promotion,
}

/// What is found, and what fails a run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub(super) struct Lint {
    /// The settings to start from. `default`: the rules that are on by default, errors fail.
    /// `strict`: every rule but those about style and pinned packages, warnings fail. `release`: as `strict`, moving and
    /// outdated bases are errors, and neither a broken start nor a credential can be suppressed.
    pub(super) preset: Option<String>,
    /// Rules that run instead of the default ones: codes, names, prefixes such as `SG3`, `default`,
    /// `ALL`.
    #[schemars(with = "Option<Vec<RuleName>>")]
    pub(super) select: Option<Vec<String>>,
    /// Rules that run too.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) extend_select: Vec<String>,
    /// Rules that do not run. Where a rule is both wanted and ignored, the entry that says more wins.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) ignore: Vec<String>,
    /// Rules that no comment and no baseline can silence.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) no_suppress: Vec<String>,
    /// Severities instead of the rules' own, by rule.
    #[schemars(with = "BTreeMap<String, SeverityName>")]
    pub(super) severity: BTreeMap<String, String>,
    /// From which severity on a run fails.
    #[schemars(with = "Option<FailOnName>")]
    pub(super) fail_on: Option<String>,
    /// The file that lists accepted findings, relative to this one; `sandgate baseline` writes it.
    pub(super) baseline: Option<String>,
    /// Other settings for some files; later ones win.
    pub(super) overrides: Vec<Override>,
}

/// Other settings for some files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(deny_unknown_fields, extend("required" = ["paths"]))]
pub(super) struct Override {
    /// Globs, relative to this file: `examples/**`, `**/Dockerfile.dev`.
    pub(super) paths: Vec<String>,
    /// Rules that run there too.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) extend_select: Vec<String>,
    /// Rules that do not run there.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) ignore: Vec<String>,
    /// Severities there, by rule.
    #[schemars(with = "BTreeMap<String, SeverityName>")]
    pub(super) severity: BTreeMap<String, String>,
}

/// What is sent to the builder.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub(super) struct Context {
    /// Files that are sent although they are always left out (.git, .env, private keys); patterns as
    /// in .dockerignore, relative to the project.
    pub(super) include: Vec<String>,
}

/// Where the image goes from here.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(deny_unknown_fields)]
pub(super) struct Promotion {
    /// Workspaces that the image is meant to be shared with, `ACCOUNT/WORKSPACE` in another account. `sandgate audit`
    /// compares them with what is shared; where `sandgate promote` goes is the caller's to say.
    pub(super) to: Vec<String>,
    /// Workspaces that no new build reaches by itself: where the image is shared with one of them, `push` and `deploy` refuse
    /// it unless the caller allows it.
    pub(super) protected: Vec<String>,
}

/// A rule: its code, its name, the first characters of codes, `default` or `ALL`.
struct RuleName;

impl JsonSchema for RuleName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut names: Vec<String> = vec!["ALL".into(), "default".into(), "SG".into()];
        for rule in rules::all() {
            names.push(rule.code[..3].into());
            names.push(rule.code.into());
            names.push(rule.name.into());
        }
        names.sort();
        names.dedup();
        json_schema!({
            "type": "string",
            "description": "A rule: its code, its name, the first characters of codes, `default` or `ALL`.",
            "anyOf": [{ "enum": names }, { "pattern": "^[Ss][Gg][0-9]{0,3}$" }],
        })
    }
}

/// A severity.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema is made from it")]
enum SeverityName {
    /// The build or the sandbox surely fails, or something leaks.
    Error,
    /// It costs or will break.
    Warning,
    /// Advice.
    Info,
}

/// What fails a run.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema is made from it")]
enum FailOnName {
    /// Errors.
    Error,
    /// Errors and warnings.
    Warning,
    /// Every finding.
    Info,
    /// Nothing.
    Never,
}
