//! Shell text to commands.

use std::{cell::RefCell, ops::Range};

use compact_str::CompactString;
use tree_sitter::{Node, Parser};

use super::{
    expand::literal,
    model::{Connector, Place, Redirect, Script, ShellCommand, ShellWord},
    neutral::neutral,
    plain,
};

/// Longer texts are not parsed: no script that somebody wrote is that long, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Deeper nesting is not followed, so that hostile text cannot exhaust the stack.
const MAX_DEPTH: usize = 120;

/// What redirects a file or a text to a command, or what it writes to a file.
const OPERATORS: [&str; 11] = ["<", ">", ">>", "&>", "&>>", "<&", ">&", ">|", "<&-", ">&-", "<<<"];

thread_local! {
    /// Building a parser allocates; a lint parses many small texts.
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Parses shell text (POSIX sh and bash). Never fails: see [`Script::has_errors`].
///
/// A CR before a line end counts as a blank, so that a script with Windows line ends still yields
/// its commands.
pub fn parse(text: &str) -> Script {
    let plain = if text.len() > MAX_TEXT { None } else { plain::parse(text) };
    plain.unwrap_or_else(|| by_grammar(text))
}

/// Parses any shell text with the grammar.
pub(super) fn by_grammar(text: &str) -> Script {
    let shebang = shebang(text);
    if text.trim().is_empty() || text.len() > MAX_TEXT {
        return Script { shebang, has_errors: text.len() > MAX_TEXT, ..Script::default() };
    }
    let text = neutral(text);
    let Walk { mut script, joined, .. } = walked(&text);
    if !joined.is_empty() {
        let mut text = text.into_owned();
        for end in joined {
            text.replace_range(end..=end, ";");
        }
        script = walked(&text).script;
    }
    Script { shebang, ..script }
}

fn walked(text: &str) -> Walk<'_> {
    let mut walk =
        Walk { text, script: Script::default(), pipelines: 0, statements: 0, joined: Vec::new() };
    let tree = PARSER.with_borrow_mut(|slot| {
        let parser = slot.get_or_insert_with(|| {
            let mut parser = Parser::new();
            parser
                .set_language(&tree_sitter_bash::LANGUAGE.into())
                .expect("the grammar is built for this version of tree-sitter");
            parser
        });
        parser.parse(text.as_bytes(), None)
    });
    let Some(tree) = tree else {
        walk.script.has_errors = true;
        return walk;
    };
    let root = tree.root_node();
    walk.script.has_errors = root.has_error();
    walk.block(root, &Context::default(), 0);
    walk
}

pub(super) fn shebang(text: &str) -> Option<Vec<String>> {
    // Most texts begin neither with `#` nor with a byte order mark.
    if !matches!(text.bytes().next(), Some(b'#' | 0xef)) {
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = text.strip_prefix("#!")?.lines().next().unwrap_or("");
    Some(line.split_whitespace().map(str::to_owned).collect())
}

/// What surrounds the node that is visited.
#[derive(Clone, Default)]
struct Context {
    place: Place,
    background: bool,
    negated: bool,
    connector: Option<Connector>,
    pipeline: Option<usize>,
    statement: Option<usize>,
}

impl Context {
    /// The context of a command behind the first of its list.
    fn with(&self, connector: Connector) -> Self {
        Self { connector: Some(connector), ..self.clone() }
    }

    /// The context inside a compound command: connectors and pipelines start anew.
    fn inside(&self, change: impl FnOnce(&mut Place)) -> Self {
        let mut inner = Self { connector: None, pipeline: None, negated: false, ..self.clone() };
        change(&mut inner.place);
        inner
    }
}

struct Walk<'t> {
    text: &'t str,
    script: Script,
    pipelines: usize,
    statements: usize,
    /// The blanks behind assignments that stand alone on a line: the grammar takes several for the start of the command below.
    joined: Vec<usize>,
}

impl Walk<'_> {
    fn source(&self, node: Node<'_>) -> &str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// The statements among the children of `node`; `&` behind one puts it into the background.
    fn block(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        self.statements_of(&children(node), context, depth);
    }

    fn statements_of(&mut self, nodes: &[Node<'_>], context: &Context, depth: usize) {
        if depth > MAX_DEPTH {
            self.script.has_errors = true;
            return;
        }
        for (index, child) in nodes.iter().enumerate() {
            if !child.is_named() {
                continue;
            }
            let background = nodes.get(index + 1).is_some_and(|next| next.kind() == "&");
            let mut inner = context.clone();
            inner.background |= background;
            if inner.statement.is_none() {
                self.statements += 1;
                inner.statement = Some(self.statements);
            }
            self.visit(*child, &inner, depth + 1);
        }
    }

    fn visit(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        if depth > MAX_DEPTH {
            self.script.has_errors = true;
            return;
        }
        match node.kind() {
            "comment" | "heredoc_body" | "heredoc_end" | "heredoc_start" => (),
            "command"
            | "declaration_command"
            | "unset_command"
            | "variable_assignment"
            | "variable_assignments"
            | "test_command" => self.command(node, context, depth),
            "redirected_statement" => self.redirected(node, context, depth),
            "pipeline" => self.pipeline(node, context, depth),
            "list" => self.list(node, context, depth),
            "negated_command" => {
                let mut inner = context.clone();
                inner.negated = !inner.negated;
                // `while ! nc` waits for success, `until ! nc` for failure
                inner.place.awaited =
                    inner.place.condition && inner.place.in_loop && !context.place.awaited;
                for child in named(node) {
                    self.visit(child, &inner, depth + 1);
                }
            }
            "if_statement" | "elif_clause" => self.branch(node, context, depth),
            "else_clause" => {
                self.block(node, &context.inside(|place| place.conditional = true), depth);
            }
            "while_statement" => self.while_loop(node, context, depth),
            "for_statement" | "c_style_for_statement" => {
                if node.kind() == "c_style_for_statement" {
                    self.script.for_bash.push((node.byte_range(), "for ((…))"));
                }
                if let Some(name) = node.child_by_field_name("variable") {
                    let name = self.source(name).to_owned();
                    self.script.loop_names.push(name);
                }
                for child in named(node) {
                    if matches!(child.kind(), "do_group" | "compound_statement") {
                        self.block(child, &context.inside(|place| place.in_loop = true), depth);
                    } else {
                        self.substitutions(child, context, depth);
                    }
                }
            }
            "case_statement" => {
                for child in named(node) {
                    if child.kind() == "case_item" {
                        let inner = context.inside(|place| {
                            place.conditional = true;
                            place.case = true;
                        });
                        let body: Vec<_> = children(child)
                            .into_iter()
                            .skip_while(|part| part.kind() != ")")
                            .collect();
                        self.statements_of(&body, &inner, depth);
                    } else {
                        self.substitutions(child, context, depth);
                    }
                }
            }
            "function_definition" => {
                if self.source(node).starts_with("function ") {
                    self.script.for_bash.push((node.byte_range(), "function"));
                }
                let name =
                    node.child_by_field_name("name").map(|name| self.source(name).to_owned());
                if let Some(body) = node.child_by_field_name("body") {
                    let mut inner = Context { statement: context.statement, ..Context::default() };
                    inner.place.function = name;
                    self.visit(body, &inner, depth + 1);
                }
            }
            "subshell" => self.block(node, &context.inside(|place| place.subshell = true), depth),
            "compound_statement" => {
                self.block(node, &context.inside(|place| place.grouped = true), depth);
            }
            "do_group" => self.block(node, &context.inside(|_| ()), depth),
            "command_substitution" | "process_substitution" => {
                let mut inner = context.inside(|place| {
                    place.subshell = true;
                    place.substitution = true;
                });
                inner.background = false;
                self.block(node, &inner, depth);
            }
            _ => {
                // an error node, or a word: whatever commands lie in it
                self.block(node, context, depth);
            }
        }
    }

    fn falls_back(&mut self, context: &Context) {
        if let Some(statement) = context.statement {
            self.script.falls_back(statement);
        }
    }

    /// `a && b || c`, whose left side nests as deep as the list is long.
    fn list(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        let mut items = Vec::new();
        let mut current = node;
        loop {
            let parts = children(current);
            let Some((left, rest)) = parts.split_first() else { break };
            let mut connector = Connector::Sequence;
            for part in rest {
                match part.kind() {
                    "&&" => connector = Connector::And,
                    "||" => {
                        connector = Connector::Or;
                        self.falls_back(context);
                    }
                    _ if part.is_named() => items.push((connector, *part)),
                    _ => (),
                }
            }
            if left.kind() != "list" {
                items.push((context.connector.unwrap_or(Connector::Sequence), *left));
                break;
            }
            current = *left;
        }
        let mut conditional = false;
        for (index, (connector, item)) in items.into_iter().rev().enumerate() {
            let mut inner = context.clone();
            inner.connector = Some(connector);
            if index > 0 {
                inner.pipeline = None;
                conditional |= connector == Connector::Or;
            }
            inner.place.conditional |= conditional;
            conditional |= is_test(item);
            self.visit(item, &inner, depth + 1);
        }
    }

    fn pipeline(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        self.pipelines += 1;
        let number = self.pipelines;
        if let Some(both) = children(node).into_iter().find(|part| part.kind() == "|&") {
            self.script.for_bash.push((both.byte_range(), "|&"));
        }
        for (index, child) in named(node).into_iter().enumerate() {
            let mut inner =
                if index == 0 { context.clone() } else { context.with(Connector::Pipe) };
            inner.pipeline = Some(number);
            self.visit(child, &inner, depth + 1);
        }
    }

    fn branch(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        let elif = node.kind() == "elif_clause";
        let parts = children(node);
        let then = parts.iter().position(|part| part.kind() == "then").unwrap_or(parts.len());
        let condition = context.inside(|place| {
            place.condition = true;
            place.conditional |= elif;
            place.awaited = false;
        });
        self.statements_of(&parts[..then], &condition, depth);
        let body = context.inside(|place| place.conditional = true);
        self.statements_of(&parts[then..], &body, depth);
    }

    fn while_loop(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        let parts = children(node);
        let until = parts.first().is_some_and(|first| first.kind() == "until");
        let body = parts.iter().position(|part| part.kind() == "do_group").unwrap_or(parts.len());
        let condition = context.inside(|place| {
            place.condition = true;
            place.in_loop = true;
            place.awaited = until;
        });
        self.statements_of(&parts[..body], &condition, depth);
        for part in &parts[body..] {
            self.block(*part, &context.inside(|place| place.in_loop = true), depth);
        }
    }

    /// A statement with redirections behind it; what follows `<<EOF` on its line hangs below the
    /// here-document in the grammar, and is put back where it belongs.
    fn redirected(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        let first = self.script.commands.len();
        let body = node.child_by_field_name("body");
        let simple = body.is_none_or(|body| {
            matches!(body.kind(), "command" | "declaration_command" | "variable_assignment")
        });
        match body {
            Some(body) => self.visit(body, context, depth + 1),
            None => self.push(node, context, Vec::new(), Vec::new(), Vec::new()),
        }
        let after = self.script.commands.len();
        let mut redirects = Vec::new();
        let mut arguments = Vec::new();
        let mut tail = Vec::new();
        for child in children(node) {
            if Some(child) == body {
                continue;
            }
            self.redirect(child, &mut redirects, &mut arguments, &mut tail);
            self.substitutions(child, context, depth);
        }
        let pipeline = self.script.commands.get(first).map(|command| command.pipeline);
        for (index, command) in self.script.commands[first..after].iter_mut().enumerate() {
            if !simple || index == 0 {
                command.redirects.extend(redirects.iter().cloned());
            }
            if index == 0 {
                command.words.append(&mut arguments);
            }
            if simple && index == 0 {
                command.range.end = node.end_byte();
            }
        }
        for (connector, part) in tail {
            if connector == Connector::Or {
                self.falls_back(context);
            }
            let mut inner = context.with(connector);
            inner.pipeline = (connector == Connector::Pipe).then_some(pipeline).flatten();
            self.visit(part, &inner, depth + 1);
        }
    }

    fn redirect<'n>(
        &mut self,
        node: Node<'n>,
        redirects: &mut Vec<Redirect>,
        arguments: &mut Vec<ShellWord>,
        tail: &mut Vec<(Connector, Node<'n>)>,
    ) {
        match node.kind() {
            "file_redirect" | "herestring_redirect" => {
                let parts = children(node);
                let operator = parts.iter().find(|part| !part.is_named());
                let operator = operator
                    .and_then(|part| OPERATORS.into_iter().find(|known| *known == part.kind()));
                let operator = operator.unwrap_or_default();
                let mut targets = named(node)
                    .into_iter()
                    .filter(|part| part.kind() != "file_descriptor")
                    .map(|part| self.word(part));
                // words behind the target are arguments of the command: `echo > file text`
                if let Some(target) = targets.next() {
                    redirects.push(Redirect { operator, target, heredoc: None });
                }
                arguments.extend(targets);
            }
            "heredoc_redirect" => {
                let mut redirect = Redirect {
                    operator: "<<",
                    target: ShellWord {
                        range: node.start_byte()..node.start_byte(),
                        raw: CompactString::default(),
                        literal: None,
                    },
                    heredoc: None,
                };
                let mut connector = Connector::Sequence;
                let mut nested = Vec::new();
                for part in children(node) {
                    match part.kind() {
                        "<<" => redirect.operator = "<<",
                        "<<-" => redirect.operator = "<<-",
                        "heredoc_start" => redirect.target = self.word(part),
                        "heredoc_body" => redirect.heredoc = Some(part.byte_range()),
                        "&&" => connector = Connector::And,
                        "||" => connector = Connector::Or,
                        "pipeline" => {
                            tail.extend(named(part).into_iter().map(|p| (Connector::Pipe, p)));
                        }
                        "file_redirect" | "herestring_redirect" | "heredoc_redirect" => {
                            nested.push(part);
                        }
                        "heredoc_end" | "file_descriptor" | "comment" => (),
                        _ if part.is_named() && connector == Connector::Sequence => {
                            arguments.push(self.word(part));
                        }
                        _ if part.is_named() => tail.push((connector, part)),
                        _ => (),
                    }
                }
                redirects.push(redirect);
                for part in nested {
                    self.redirect(part, redirects, arguments, tail);
                }
            }
            _ => (),
        }
    }

    fn command(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        let mut assignments = Vec::new();
        let mut words = Vec::new();
        let mut redirects = Vec::new();
        if node.kind() == "test_command" {
            self.test_words(node, &mut words, 0);
        } else if node.kind() == "variable_assignment" {
            self.assignment(node, &mut assignments);
        } else {
            let mut assigned = None;
            for child in children(node) {
                if child.kind() != "comment"
                    && let Some(end) = assigned.take()
                    && let Some(end) = line_end(self.text, end..child.start_byte())
                {
                    self.joined.push(end);
                }
                match child.kind() {
                    "variable_assignment" => {
                        assigned = Some(child.end_byte());
                        self.assignment(child, &mut assignments);
                        if node.kind() == "declaration_command" {
                            words.push(self.word(child));
                        }
                    }
                    "file_redirect" | "herestring_redirect" => {
                        self.redirect(child, &mut redirects, &mut words, &mut Vec::new());
                    }
                    "subshell" => (),
                    _ => words.push(self.word(child)),
                }
            }
        }
        if words.first().is_some_and(|name| name.raw == "read") {
            let names: Vec<_> = words[1..]
                .iter()
                .filter(|w| !w.raw.starts_with('-'))
                .map(|w| w.raw.to_string())
                .collect();
            self.script.loop_names.extend(names);
        }
        self.push(node, context, assignments, words, redirects);
        self.substitutions(node, context, depth);
    }

    fn push(
        &mut self,
        node: Node<'_>,
        context: &Context,
        assignments: Vec<(CompactString, ShellWord)>,
        words: Vec<ShellWord>,
        redirects: Vec<Redirect>,
    ) {
        let pipeline = context.pipeline.unwrap_or_else(|| {
            self.pipelines += 1;
            self.pipelines
        });
        self.script.commands.push(ShellCommand {
            range: node.byte_range(),
            assignments,
            words,
            redirects,
            connector: context.connector.unwrap_or(Connector::Sequence),
            background: context.background,
            negated: context.negated,
            place: context.place.clone(),
            pipeline,
            statement: context.statement.unwrap_or(0),
        });
    }

    fn assignment(&mut self, node: Node<'_>, into: &mut Vec<(CompactString, ShellWord)>) {
        let name = node.child_by_field_name("name").map_or("", |name| self.source(name)).into();
        let appends = children(node).iter().any(|part| part.kind() == "+=");
        let mut value = match node.child_by_field_name("value") {
            Some(value) => self.word(value),
            None => ShellWord {
                range: node.end_byte()..node.end_byte(),
                raw: CompactString::default(),
                literal: Some(CompactString::default()),
            },
        };
        if appends || value.raw.starts_with('(') {
            value.literal = None;
        }
        into.push((name, value));
    }

    fn test_words(&mut self, node: Node<'_>, words: &mut Vec<ShellWord>, depth: usize) {
        for child in children(node) {
            let nested = matches!(
                child.kind(),
                "unary_expression"
                    | "binary_expression"
                    | "parenthesized_expression"
                    | "ternary_expression"
                    | "postfix_expression"
            );
            if nested && depth < MAX_DEPTH {
                self.test_words(child, words, depth + 1);
            } else {
                words.push(self.word(child));
            }
        }
    }

    fn word(&self, node: Node<'_>) -> ShellWord {
        let raw = self.source(node);
        ShellWord { range: node.byte_range(), raw: raw.into(), literal: literal(raw) }
    }

    /// Visits the commands inside the words of a node.
    fn substitutions(&mut self, node: Node<'_>, context: &Context, depth: usize) {
        if depth > MAX_DEPTH {
            self.script.has_errors = true;
            return;
        }
        // most words hold none: one look at the text saves the walk
        let text = self.source(node);
        if !text.contains("$(")
            && !text.contains('`')
            && !text.contains("<(")
            && !text.contains(">(")
        {
            return;
        }
        for child in named(node) {
            match child.kind() {
                "command_substitution" | "process_substitution" => {
                    self.visit(child, context, depth + 1);
                }
                // visited where they stand
                "pipeline" | "command" | "list" | "redirected_statement" => (),
                _ => self.substitutions(child, context, depth + 1),
            }
        }
    }
}

/// The first blank of a gap between two words where the line ends in it.
fn line_end(text: &str, gap: Range<usize>) -> Option<usize> {
    let words = text.get(gap.clone())?.replace("\\\n", "\\\\");
    let blank = words.find([' ', '\t', '\n'])?;
    words.contains('\n').then_some(gap.start + blank)
}

fn is_test(node: Node<'_>) -> bool {
    match node.kind() {
        "test_command" => true,
        "negated_command" => node.named_child(0).is_some_and(is_test),
        // A redirection hangs on the whole list before it.
        "redirected_statement" => {
            node.named_child(0).is_some_and(|inner| is_test(inner) || is_open(inner))
        }
        _ => false,
    }
}

/// Whether what follows a list depends on more than the success of its commands.
fn is_open(node: Node<'_>) -> bool {
    node.kind() == "list"
        && children(node)
            .into_iter()
            .any(|part| part.kind() == "||" || is_test(part) || is_open(part))
}

fn children(node: Node<'_>) -> Vec<Node<'_>> {
    node.children(&mut node.walk()).collect()
}

fn named(node: Node<'_>) -> Vec<Node<'_>> {
    node.named_children(&mut node.walk()).collect()
}
