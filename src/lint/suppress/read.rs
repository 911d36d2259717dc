//! Reads the comments that silence findings.

use super::{Dialect, Suppression};
use crate::{
    lint::{
        diagnostic::{Finding, Location},
        facts::Facts,
        rule::Sink,
        rules, select,
    },
    project::{
        dockerfile::{Command, Instruction, Kind},
        source::{Source, Span},
    },
};

/// Rules of other linters and ours that say the same: (theirs, ours).
const EQUIVALENTS: &[(&str, &str)] = &[
    ("DL1000", "SG701"),
    ("DL3000", "SG711"),
    ("DL3001", "SG728"),
    ("DL3006", "SG401"),
    ("DL3007", "SG402"),
    ("DL3008", "SG417"),
    ("DL3009", "SG406"),
    ("DL3011", "SG713"),
    ("DL3012", "SG714"),
    ("DL3013", "SG417"),
    ("DL3014", "SG410"),
    ("DL3015", "SG407"),
    ("DL3016", "SG806"),
    ("DL3018", "SG417"),
    ("DL3019", "SG408"),
    ("DL3020", "SG802"),
    ("DL3021", "SG710"),
    ("DL3022", "SG703"),
    ("DL3023", "SG703"),
    ("DL3024", "SG705"),
    ("DL3025", "SG111"),
    ("DL3025", "SG718"),
    ("DL3027", "SG418"),
    ("DL3028", "SG806"),
    ("DL3029", "SG114"),
    ("DL3030", "SG410"),
    ("DL3032", "SG411"),
    ("DL3033", "SG417"),
    ("DL3036", "SG411"),
    ("DL3037", "SG417"),
    ("DL3038", "SG410"),
    ("DL3040", "SG411"),
    ("DL3041", "SG417"),
    ("DL3042", "SG409"),
    ("DL3043", "SG701"),
    ("DL3044", "SG709"),
    ("DL3045", "SG712"),
    ("DL3046", "SG416"),
    ("DL3061", "SG701"),
    ("DL3062", "SG806"),
    ("DL3063", "SG706"),
    ("DL3064", "SG201"),
    ("DL3065", "SG716"),
    ("DL4000", "SG717"),
    ("DL4003", "SG110"),
    ("DL4003", "SG714"),
    ("DL4004", "SG110"),
    ("DL4004", "SG714"),
    ("DL4006", "SG723"),
    ("ConsistentInstructionCasing", "SG791"),
    ("CopyIgnoredFile", "SG502"),
    ("DuplicateStageName", "SG705"),
    ("ExposeInvalidFormat", "SG713"),
    ("ExposeProtoCasing", "SG792"),
    ("FromAsCasing", "SG791"),
    ("FromPlatformFlagConstDisallowed", "SG114"),
    ("InvalidBaseImagePlatform", "SG719"),
    ("InvalidDefaultArgInFrom", "SG707"),
    ("InvalidDefinitionDescription", "SG720"),
    ("JSONArgsRecommended", "SG111"),
    ("JSONArgsRecommended", "SG718"),
    ("LegacyKeyValueFormat", "SG793"),
    ("MaintainerDeprecated", "SG717"),
    ("MultipleInstructionsDisallowed", "SG110"),
    ("MultipleInstructionsDisallowed", "SG714"),
    ("NoEmptyContinuation", "SG702"),
    ("RedundantTargetPlatform", "SG716"),
    ("ReservedStageName", "SG706"),
    ("SecretsUsedInArgOrEnv", "SG201"),
    ("SecretsUsedInArgOrEnv", "SG206"),
    ("StageNameCasing", "SG790"),
    ("UndefinedArgInFrom", "SG707"),
    ("UndefinedVar", "SG708"),
    ("WorkdirRelativePath", "SG711"),
];

/// Our rules that say the same as another linter's rule of this name.
pub(in crate::lint) fn equivalents(theirs: &str) -> impl Iterator<Item = &'static str> {
    EQUIVALENTS
        .iter()
        .filter(move |(name, _)| name.eq_ignore_ascii_case(theirs))
        .map(|(_, ours)| *ours)
}

/// The rule about suppressions that are misread.
const MALFORMED: &str = "SG902";

const WORD: &str = "ignore";

/// Reads the suppressions of one file.
pub(super) fn comments(
    source: &Source,
    facts: &Facts<'_>,
    all: &mut Vec<Suppression>,
    out: &mut Vec<Finding>,
) {
    let text = source.text();
    let mut reader = Reader { source, facts, all, out, next: (0, 0), reach: (0, 0) };
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&text.as_bytes()[from..], WORD.as_bytes()) {
        let at = from + found;
        from = at + WORD.len();
        let line = source.line_span(source.line_of(at));
        let Some(opening) = opening(&text[line.start as usize..at]) else { continue };
        let span = Span::new(line.start as usize + opening.hash, line.end as usize);
        let rest = Span::new(from, line.end as usize);
        match opening.linter {
            Linter::Sandgate => reader.ours(span, rest),
            Linter::Hadolint { global } => reader.hadolint(span, rest, global),
        }
        from = line.end as usize;
    }
    reader.misspelt();
}

/// `# check=skip=A,B` and `# check=skip=all` cover the whole Dockerfile.
pub(super) fn skip_directive(facts: &Facts<'_>, all: &mut Vec<Suppression>) {
    let source = &facts.file.source;
    for directive in facts.file.directives.iter().filter(|directive| directive.name == "check") {
        for part in directive.value.split(';') {
            let Some((key, list)) = part.split_once('=') else { continue };
            if key.trim() != "skip" {
                continue;
            }
            if list.trim() == "all" {
                let codes = EQUIVALENTS.iter().filter(|(theirs, _)| !theirs.starts_with("DL"));
                let names = codes.map(|(_, ours)| (Some(*ours), directive.value_span)).collect();
                all.push(theirs(source, directive.span, names, None));
            } else {
                all.extend(others(source, directive.span, list, None));
            }
        }
    }
}

enum Linter {
    Sandgate,
    Hadolint { global: bool },
}

struct Opening {
    /// Where the `#` stands, from the start of the line.
    hash: usize,
    linter: Linter,
}

/// What stands before `ignore` in its line, read backwards: `# sandgate `, `# hadolint global `.
fn opening(before: &str) -> Option<Opening> {
    let head = before.trim_end();
    if head.len() == before.len() {
        return None;
    }
    let (head, linter) = if let Some(head) = head.strip_suffix("sandgate") {
        (head, Linter::Sandgate)
    } else if let Some(head) = head.strip_suffix("hadolint") {
        (head, Linter::Hadolint { global: false })
    } else {
        let head = head.strip_suffix("global")?;
        (head.trim_end().strip_suffix("hadolint")?, Linter::Hadolint { global: true })
    };
    let marks = head.trim_end();
    let hash = marks.trim_end_matches('#').len();
    (hash < marks.len()).then_some(Opening { hash, linter })
}

/// Whether what stands behind our name wants to silence a rule, in a form that is not read as that.
fn is_misspelt(lower: bool, behind: &str) -> bool {
    let said = behind.trim_start_matches([':', ' ', '\t']);
    let (word, rest) = said.split_at(said.find(['=', ' ', '\t']).unwrap_or(said.len()));
    if lower && !behind.starts_with(':') && word.starts_with(WORD) {
        return false;
    }
    let word = word.to_ascii_lowercase();
    let is_near = ["ignore", "ignore-file", "disable"]
        .iter()
        .any(|meant| strsim::damerau_levenshtein(&word, meant) <= 2);
    let is_rule = |text: &str| {
        text.split([',', ' ', '\t']).next().is_some_and(|name| rules::find(name).is_some())
    };
    is_near && is_rule(rest.trim_start_matches(['=', ' ', '\t']))
}

struct Reader<'a> {
    source: &'a Source,
    facts: &'a Facts<'a>,
    all: &'a mut Vec<Suppression>,
    out: &'a mut Vec<Finding>,
    /// A comment line, and the first line below it that is none: many comments may stand in a row.
    next: (usize, usize),
    /// The first and the last line of the command that was looked at last.
    reach: (usize, usize),
}

impl Reader<'_> {
    /// Comments that were meant to silence something, and are read by nobody: `# Sandgate: ingore=SG301`.
    fn misspelt(&mut self) {
        let source = self.source;
        for at in memchr::memmem::find_iter(source.text().as_bytes(), "andgate") {
            let line = source.line_span(source.line_of(at));
            let Some(before) = source.text().get(line.start as usize..at) else { continue };
            let Some(marks) = before.strip_suffix(['s', 'S']).map(str::trim_end) else { continue };
            let hash = marks.trim_end_matches('#').len();
            let behind = &source.slice(Span::new(at + "andgate".len(), line.end as usize));
            if hash < marks.len() && is_misspelt(before.ends_with('s'), behind) {
                self.malformed(
                    Span::new(line.start as usize + hash, line.end as usize),
                    "this comment suppresses nothing".into(),
                    "write `# sandgate ignore=SG301 reason`".into(),
                );
            }
        }
    }

    /// `span` is the comment, `rest` what stands behind `ignore` in it.
    fn ours(&mut self, span: Span, rest: Span) {
        let text = self.source.slice(rest);
        let (whole, list) = match text.strip_prefix("-file") {
            Some(list) => (true, list),
            None => (false, text),
        };
        let Some(list) = list.strip_prefix('=') else {
            // "sandgate ignores …" is prose.
            if !list.starts_with(char::is_alphanumeric) {
                self.malformed(
                    span,
                    "this comment suppresses nothing".into(),
                    "write `# sandgate ignore=SG301 reason`".into(),
                );
            }
            return;
        };
        if !self.is_comment(span.start as usize) {
            self.malformed(
                span,
                "a comment cannot stand behind this instruction: Docker reads it as text".into(),
                "put it on a line of its own above the instruction".into(),
            );
            return;
        }
        let (listed, reason) = names(list);
        let mut names = Vec::new();
        for (offset, name) in listed {
            let start = rest.end as usize - list.len() + offset;
            let place = Span::new(start, start + name.len());
            let rule = rules::find(name);
            names.push((rule.map(|rule| rule.code), place));
            if rule.is_none() && name.is_empty() {
                self.malformed(
                    span,
                    "the suppression names no rule".into(),
                    "write `# sandgate ignore=SG301 reason`".into(),
                );
            } else if rule.is_none() {
                self.malformed(place, format!("no rule is called `{name}`"), select::meant(name));
            }
        }
        if reason.is_empty() {
            self.malformed(
                span,
                "the suppression gives no reason".into(),
                "say in a few words why the finding does not hold here".into(),
            );
        }
        let lines = if whole { None } else { Some(self.covered(span.start as usize)) };
        self.all.push(Suppression {
            file: self.source.path().clone(),
            dialect: Dialect::Sandgate,
            span,
            names,
            reason: reason.to_owned(),
            lines,
            used: Vec::new(),
        });
    }

    fn hadolint(&mut self, span: Span, rest: Span, global: bool) {
        let Some(list) = self.source.slice(rest).trim_start().strip_prefix('=') else { return };
        let lines = if global { None } else { Some(self.covered(span.start as usize)) };
        self.all.extend(others(self.source, span, list, lines));
    }

    /// Whether a `#` at `offset` starts a comment: in a Dockerfile, only one that stands first in
    /// its line, or in what a shell reads.
    fn is_comment(&self, offset: usize) -> bool {
        self.is_alone(offset)
            || self.source.path() != self.facts.file.source.path()
            || self.instruction_at(offset).is_some_and(|held| is_shell(held, offset))
    }

    fn is_alone(&self, offset: usize) -> bool {
        let start = self.source.line_span(self.source.line_of(offset)).start as usize;
        let before = self.source.text()[start..offset].trim_start_matches('\u{feff}').trim_start();
        before.is_empty() || before.starts_with('#')
    }

    fn instruction_at(&self, offset: usize) -> Option<&Instruction> {
        let list = &self.facts.file.instructions;
        let behind = list.partition_point(|held| held.span.start as usize <= offset);
        let held = list.get(behind.checked_sub(1)?)?;
        (offset <= held.span.end as usize).then_some(held)
    }

    /// The lines that a comment at `offset` covers: its own when something stands before it; else
    /// up to the next line that is no comment, with the whole command where that one goes on.
    fn covered(&mut self, offset: usize) -> (usize, usize) {
        let line = self.source.line_of(offset);
        if !self.is_alone(offset) {
            return (line, line);
        }
        let (from, mut first) = self.next;
        if !(from..first).contains(&line) {
            first = line + 1;
            while first < self.source.line_count() {
                let text = self.source.slice(self.source.line_span(first)).trim_start();
                if !text.is_empty() && !text.starts_with('#') {
                    break;
                }
                first += 1;
            }
            self.next = (line, first);
        }
        if self.source.path() == self.facts.file.source.path() {
            // The first character that is no blank: an instruction may be indented.
            let span = self.source.line_span(first);
            let blank = span.len() - self.source.slice(span).trim_start().len();
            let held = self.instruction_at(span.start as usize + blank);
            let last = held.map_or(first, |held| self.source.line_of(held.span.end as usize));
            return (line, last);
        }
        if !(self.reach.0..=self.reach.1).contains(&first) {
            let mut last = first;
            while self.source.slice(self.source.line_span(last)).ends_with('\\') {
                last += 1;
            }
            self.reach = (first, last);
        }
        (line, self.reach.1)
    }

    fn malformed(&mut self, place: Span, what: String, help: String) {
        let Some(rule) = rules::find(MALFORMED) else { return };
        Sink::new(rule, self.out)
            .report(
                Location::new(self.source.path(), place),
                what,
                "a suppression that is misread either hides too much or nothing at all",
            )
            .help(help);
    }
}

/// Whether a shell reads what stands at `offset`.
fn is_shell(instruction: &Instruction, offset: usize) -> bool {
    match &instruction.kind {
        Kind::Onbuild(inner) => is_shell(inner, offset),
        Kind::Run(command) | Kind::Cmd(command) | Kind::Entrypoint(command) => {
            matches!(command, Command::Shell { .. })
        }
        Kind::Healthcheck(Some(command)) => matches!(command, Command::Shell { .. }),
        _ => instruction.heredocs.iter().any(|heredoc| heredoc.body.contains(offset)),
    }
}

/// `A, B reason`: the names with their places, and the reason.
fn names(list: &str) -> (Vec<(usize, &str)>, &str) {
    let mut out = Vec::new();
    let mut rest = list;
    loop {
        let name =
            &rest[..rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len())];
        // `SG301: reason`
        let (name, colon) = match name.strip_suffix(':') {
            Some(bare) => (bare, 1),
            None => (name, 0),
        };
        out.push((list.len() - rest.len(), name));
        rest = rest[name.len() + colon..].trim_start();
        if colon == 1 {
            return (out, rest.trim_end());
        }
        match rest.strip_prefix(',') {
            Some(behind) => rest = behind.trim_start(),
            None => return (out, rest.trim_end()),
        }
    }
}

/// The suppression that a list of another linter's names is, where one of them has an equivalent.
fn others(
    source: &Source,
    span: Span,
    list: &str,
    lines: Option<(usize, usize)>,
) -> Option<Suppression> {
    let codes: Vec<_> =
        list.split([',', ' ', '\t']).flat_map(equivalents).map(|ours| (Some(ours), span)).collect();
    (!codes.is_empty()).then(|| theirs(source, span, codes, lines))
}

fn theirs(
    source: &Source,
    span: Span,
    names: Vec<(Option<&'static str>, Span)>,
    lines: Option<(usize, usize)>,
) -> Suppression {
    Suppression {
        file: source.path().clone(),
        dialect: Dialect::Other,
        span,
        names,
        reason: String::new(),
        lines,
        used: Vec::new(),
    }
}
