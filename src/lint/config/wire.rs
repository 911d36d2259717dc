//! `sandgate.toml` as it is written. `docs/sandgate.schema.json` is made from these types.

use std::collections::{BTreeMap, BTreeSet};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;

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
    #[schemars(with = "Option<PresetName>")]
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
    #[schemars(with = "BTreeMap<String, SeverityName>", transform = by_rule)]
    pub(super) severity: BTreeMap<String, String>,
    /// From which severity on a run fails.
    #[schemars(with = "Option<FailOnName>")]
    pub(super) fail_on: Option<String>,
    /// The file that lists accepted findings, relative to this one; `sandgate baseline` writes it.
    pub(super) baseline: Option<String>,
    /// For some files: rules that run there too, rules that do not, and severities; later ones win. All other settings hold for
    /// every file.
    pub(super) overrides: Vec<Override>,
}

/// Which rules run for some files, and how severe they are there. No other setting can differ.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case")]
#[schemars(deny_unknown_fields, extend("required" = ["paths"]))]
pub(super) struct Override {
    /// Globs, relative to this file: `examples/**`, `**/Dockerfile.dev`.
    #[schemars(length(min = 1))]
    pub(super) paths: Vec<String>,
    /// Rules that run there too.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) extend_select: Vec<String>,
    /// Rules that do not run there.
    #[schemars(with = "Vec<RuleName>")]
    pub(super) ignore: Vec<String>,
    /// Severities there, by rule.
    #[schemars(with = "BTreeMap<String, SeverityName>", transform = by_rule)]
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
    #[schemars(inner(regex(pattern = r"^[0-9A-Za-z_.-]+(/[0-9A-Za-z_.-]+)?$")))]
    pub(super) to: Vec<String>,
    /// Workspaces that no new build reaches by itself: where the image is shared with one of them, `push` and `deploy` refuse
    /// it unless the caller allows it.
    #[schemars(inner(regex(pattern = r"^[0-9A-Za-z_.-]+$")))]
    pub(super) protected: Vec<String>,
}

/// A rule: its code, its name, the first characters of codes, `default` or `ALL`.
struct RuleName;

impl JsonSchema for RuleName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "RuleName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // What an editor offers.
        let mut names: Vec<String> = vec!["ALL".into(), "default".into(), "SG".into()];
        let mut families = BTreeSet::new();
        let mut decades: BTreeMap<&str, String> = BTreeMap::new();
        for rule in rules::all() {
            let (decade, last) = rule.code.split_at(4);
            families.insert(&rule.code[2..3]);
            decades.entry(&decade[2..]).or_default().push_str(last);
            names.extend([&rule.code[..3], rule.code, rule.name].map(str::to_owned));
        }
        names.sort();
        names.dedup();
        // Codes and what they begin with are taken in capital and small letters, for which schemas have no flag.
        let families: String = families.into_iter().collect();
        let start = "^[Ss][Gg]";
        let mut any_of = vec![
            json!({ "enum": names }),
            json!({ "pattern": "^[Aa][Ll][Ll]$" }),
            json!({ "pattern": "^[Dd][Ee][Ff][Aa][Uu][Ll][Tt]$" }),
            json!({ "pattern": format!("{start}[{families}]?$") }),
        ];
        any_of.extend(
            decades
                .iter()
                .map(|(decade, last)| json!({ "pattern": format!("{start}{decade}[{last}]?$") })),
        );
        json_schema!({
            "type": "string",
            "description": "A rule: its code, its name, the first characters of codes, `default` or `ALL`.",
            "anyOf": any_of,
        })
    }
}

/// The keys of a table are rules, too.
fn by_rule(schema: &mut Schema) {
    schema.insert("propertyNames".into(), json!({ "$ref": "#/$defs/RuleName" }));
}

/// The settings to start from.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema is made from it")]
enum PresetName {
    /// The rules that are on by default; errors fail.
    Default,
    /// Every rule but those about style and pinned packages; warnings fail.
    Strict,
    /// As `strict`; moving and outdated bases are errors, and neither a broken start nor a credential can be suppressed.
    Release,
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
