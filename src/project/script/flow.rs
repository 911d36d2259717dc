//! The order in which commands run.

use super::model::{Place, ShellCommand};

/// One command as it is reached.
#[derive(Debug, Clone)]
pub struct Step {
    /// Index in the commands that were given.
    pub index: usize,
    /// Where it stands, its own place and that of the calls that lead to it together.
    pub place: Place,
    /// Runs in the background, itself or by the call that leads to it.
    pub background: bool,
}

/// How deep calls of functions are followed.
const MAX_CALLS: usize = 8;
/// Functions that call each other in turn could multiply without end.
const MAX_STEPS: usize = 4000;

/// The commands as they run: those of a function stand where it is called, and those of a function
/// that nobody calls are left out.
pub fn steps(commands: &[ShellCommand]) -> Vec<Step> {
    let mut out = Vec::new();
    let functions = commands.iter().any(|command| command.place.function.is_some());
    add(commands, None, &Place::default(), false, functions, 0, &mut out);
    out
}

fn add(
    commands: &[ShellCommand],
    function: Option<&str>,
    outer: &Place,
    background: bool,
    functions: bool,
    depth: usize,
    out: &mut Vec<Step>,
) {
    for (index, command) in commands.iter().enumerate() {
        if command.place.function.as_deref() != function {
            continue;
        }
        if out.len() >= MAX_STEPS {
            return;
        }
        let own = &command.place;
        let place = Place {
            conditional: own.conditional || outer.conditional,
            condition: own.condition || outer.condition,
            in_loop: own.in_loop || outer.in_loop,
            function: own.function.clone(),
            subshell: own.subshell || outer.subshell,
            grouped: own.grouped || outer.grouped,
            substitution: own.substitution || outer.substitution,
            awaited: own.awaited || outer.awaited,
            case: own.case || outer.case,
            other_shell: own.other_shell || outer.other_shell,
        };
        let background = background || command.background;
        out.push(Step { index, place: place.clone(), background });
        if functions
            && depth < MAX_CALLS
            && let Some(name) = command.name()
            && Some(name) != function
            && commands.iter().any(|c| c.place.function.as_deref() == Some(name))
        {
            add(commands, Some(name), &place, background, functions, depth + 1, out);
        }
    }
}
