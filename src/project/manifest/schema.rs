//! Every key of `blaxel.toml`, at every level, with its type.
//!
//! Source: the official CLI's configuration loader and the platform's deployment reference, read
//! in October 2026, and the resource schemas of the platform's `OpenAPI` file for the tables
//! that are passed on as they are.

/// What a key holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// A string.
    Text,
    /// A boolean.
    Bool,
    /// An integer.
    Integer,
    /// An array of strings.
    TextList,
    /// A table of strings.
    TextMap,
    /// An integer of seconds, or a string such as `30s`.
    Duration,
    /// A table.
    Table(&'static Schema),
    /// An array of tables.
    Tables(&'static Schema),
    /// A table of tables with names of the user's choice.
    Named(&'static Schema),
    /// Anything.
    Any,
}

/// A table.
#[derive(Debug)]
pub(super) struct Schema {
    /// Its dotted path; empty for the root.
    pub(super) path: &'static str,
    /// Its keys.
    pub(super) keys: &'static [(&'static str, Kind)],
    /// Whether the table is passed on to the platform, which may know keys that are not listed.
    pub(super) open: bool,
}

impl Schema {
    pub(super) fn kind(&self, key: &str) -> Option<Kind> {
        self.keys.iter().find(|(name, _)| *name == key).map(|(_, kind)| *kind)
    }
}

pub(super) static ROOT: Schema = Schema {
    path: "",
    open: false,
    keys: &[
        ("type", Kind::Text),
        ("name", Kind::Text),
        // read by nobody, written by the platform's own example
        ("description", Kind::Any),
        ("workspace", Kind::Text),
        ("image", Kind::Text),
        ("region", Kind::Text),
        ("public", Kind::Bool),
        ("protocol", Kind::Text),
        ("functions", Kind::TextList),
        ("models", Kind::TextList),
        ("agents", Kind::TextList),
        ("entrypoint", Kind::Table(&ENTRYPOINT)),
        ("env", Kind::TextMap),
        ("labels", Kind::TextMap),
        ("function", Kind::Named(&FUNCTION)),
        ("agent", Kind::Named(&AGENT)),
        ("job", Kind::Named(&JOB)),
        ("skipRoot", Kind::Bool),
        ("runtime", Kind::Table(&RUNTIME)),
        ("triggers", Kind::Tables(&TRIGGERS)),
        ("volumes", Kind::Tables(&VOLUMES)),
        ("policies", Kind::TextList),
        ("defaultSize", Kind::Integer),
        ("directory", Kind::Text),
        ("memory", Kind::Integer),
        ("port", Kind::Integer),
        ("githubRunner", Kind::Table(&GITHUB_RUNNER)),
        ("build", Kind::Table(&BUILD)),
    ],
};

/// The keys at the top level.
pub fn root_keys() -> impl Iterator<Item = &'static str> {
    ROOT.keys.iter().map(|(key, _)| *key)
}

/// The keys of `[build]`.
pub fn build_keys() -> impl Iterator<Item = &'static str> {
    BUILD.keys.iter().map(|(key, _)| *key)
}

/// Keys of the root that only an `application` has, and where a sandbox has them.
pub(super) static APPLICATION_ONLY: &[(&str, &str)] =
    &[("memory", "runtime"), ("port", "runtime.ports")];

static ENTRYPOINT: Schema =
    Schema { path: "entrypoint", open: false, keys: &[("prod", Kind::Text), ("dev", Kind::Text)] };

static PACKAGE: &[(&str, Kind)] =
    &[("path", Kind::Text), ("port", Kind::Integer), ("type", Kind::Text)];
static FUNCTION: Schema = Schema { path: "function.NAME", open: false, keys: PACKAGE };
static AGENT: Schema = Schema { path: "agent.NAME", open: false, keys: PACKAGE };
static JOB: Schema = Schema { path: "job.NAME", open: false, keys: PACKAGE };

static RUNTIME: Schema = Schema {
    path: "runtime",
    open: true,
    keys: &[
        ("memory", Kind::Integer),
        ("generation", Kind::Text),
        ("storageMb", Kind::Integer),
        ("ports", Kind::Tables(&PORTS)),
        ("ttl", Kind::Text),
        ("expires", Kind::Any),
        ("timeout", Kind::Duration),
        ("maxConcurrentTasks", Kind::Integer),
        ("maxRetries", Kind::Integer),
        ("extraArgs", Kind::Any),
        ("envs", Kind::Any),
        ("image", Kind::Text),
        ("dockerConfig", Kind::Any),
        ("skipBuild", Kind::Any),
        ("minScale", Kind::Integer),
        ("maxScale", Kind::Integer),
        ("transport", Kind::Text),
        ("diskPercent", Kind::Integer),
        ("terminationGracePeriodSeconds", Kind::Integer),
        ("standbyGracePeriodSeconds", Kind::Integer),
    ],
};

static PORTS: Schema = Schema {
    path: "runtime.ports",
    open: true,
    keys: &[("name", Kind::Text), ("target", Kind::Integer), ("protocol", Kind::Text)],
};

static TRIGGERS: Schema = Schema {
    path: "triggers",
    open: true,
    keys: &[
        ("id", Kind::Text),
        ("type", Kind::Text),
        ("enabled", Kind::Bool),
        ("configuration", Kind::Table(&TRIGGER)),
        // the short form, without a `configuration` table
        ("path", Kind::Text),
        ("schedule", Kind::Text),
        ("timeout", Kind::Duration),
        ("tasks", Kind::Any),
        ("authenticationType", Kind::Text),
        ("callbackUrl", Kind::Text),
        ("callbackSecret", Kind::Text),
        ("retry", Kind::Integer),
    ],
};

static TRIGGER: Schema = Schema {
    path: "triggers.configuration",
    open: true,
    keys: &[
        ("path", Kind::Text),
        ("schedule", Kind::Text),
        ("timeout", Kind::Duration),
        ("tasks", Kind::Any),
        ("authenticationType", Kind::Text),
        ("callbackUrl", Kind::Text),
        ("callbackSecret", Kind::Text),
        ("retry", Kind::Integer),
    ],
};

static VOLUMES: Schema = Schema {
    path: "volumes",
    open: true,
    keys: &[
        ("name", Kind::Text),
        ("mountPath", Kind::Text),
        ("type", Kind::Text),
        ("sizeMb", Kind::Integer),
        ("readOnly", Kind::Bool),
    ],
};

static GITHUB_RUNNER: Schema = Schema { path: "githubRunner", open: true, keys: &[] };

static BUILD: Schema = Schema {
    path: "build",
    open: false,
    keys: &[
        ("args", Kind::TextMap),
        ("slim", Kind::Bool),
        ("experimental", Kind::Bool),
        ("memoryMb", Kind::Integer),
        ("volumeMb", Kind::Integer),
        ("region", Kind::Text),
        ("cacheDrive", Kind::Text),
        ("dockerfile", Kind::Text),
    ],
};

/// Tables in which a misplaced key is looked for, the likeliest first.
pub(super) static PLACES: &[&Schema] = &[&RUNTIME, &ROOT, &BUILD, &PORTS, &VOLUMES];

/// Where a key belongs, as a person says it: "in `[runtime]`", "at the top level".
pub(super) fn place_name(path: &str) -> String {
    match path {
        "" => "at the top level, before the first table".to_owned(),
        "runtime.ports" | "volumes" | "triggers" => format!("in `[[{path}]]`"),
        path => format!("in `[{path}]`"),
    }
}
