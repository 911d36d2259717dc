//! The Dockerfile front end: lossless, spanned, recovering. Pure.
//!
//! `lex` cuts the file into logical lines (directives, comments, continuations, here-documents),
//! `parse` gives each its arguments, `expand` resolves variables, `stages` draws the stage graph.

mod ast;
mod expand;
mod heredoc;
mod images;
mod lex;
mod parse;
mod shape;
mod stages;
mod values;
mod words;

pub use ast::{
    Assignment, Command, Comment, Directive, Dockerfile, Flag, Heredoc, Instruction, Kind,
    SyntaxError, Text, Transfer, Word,
};
pub use expand::{Expansion, alone, expand, expand_body};
pub use images::{Named, images};
pub use parse::parse;
pub use shape::looks_like_instruction;
pub use stages::{Base, Scope, Stage, Stages, expanded_words, platform_arg, resolve, resolve_on};
