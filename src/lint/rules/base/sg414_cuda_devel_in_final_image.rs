//! The final image stands on the CUDA image for compiling.

use super::bases;
use crate::lint::{
    diagnostic::Severity,
    facts::Facts,
    rule::{Family, Rule, Sink},
};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "SG414",
    name: "cuda-devel-in-final-image",
    family: Family::Base,
    severity: Severity::Warning,
    since: "0.1.0",
    default: true,
    page: include_str!("../../../../rules/SG414.md"),
    check,
};

/// Commands that need the compilers and headers of the image.
const COMPILERS: &[&str] = &[
    "nvcc", "cmake", "make", "ninja", "gcc", "g++", "cc", "c++", "clang", "meson", "bazel", "cargo",
];

/// Python packages that compile CUDA code while they are installed, or when they first run.
const COMPILED: &[&str] = &[
    "flash-attn",
    "deepspeed",
    "apex",
    "xformers",
    "mamba-ssm",
    "causal-conv1d",
    "tensorrt",
    "triton",
    "pycuda",
    "cupy",
    "bitsandbytes",
    "vllm",
    "auto-gptq",
    "llama-cpp-python",
];

fn check(facts: &Facts<'_>, sink: &mut Sink<'_>) {
    let Some(base) = bases::of_final(facts) else { return };
    let repository = base.image.repository.as_str();
    let Some(tag) = base.image.tag.as_deref() else { return };
    let known = matches!(repository, "nvidia/cuda" | "pytorch/pytorch" | "cuda" | "pytorch")
        || repository.ends_with("/cuda");
    let is_devel = tag == "devel" || tag.ends_with("-devel") || tag.contains("-devel-");
    if !known || !is_devel || compiles(facts) {
        return;
    }
    let runtime = tag.replacen("devel", "runtime", 1);
    let draft = sink
        .report(
            base.at(facts),
            format!("`{}` is the variant for compiling", base.text),
            "it holds the CUDA compiler, headers and static libraries, several gigabytes that a sandbox pulls and never uses",
        )
        .help(format!(
            "use `{}:{runtime}`, or compile in a stage of its own and copy the result",
            base.image.name()
        ))
        .maybe_fix(base.retag(facts, &runtime));
    base.relate_args(facts, draft);
}

fn compiles(facts: &Facts<'_>) -> bool {
    facts.final_commands().any(|(_, _, held)| {
        let Some((name, args)) = held.call() else { return true };
        let package = |arg: &&str| {
            let name = arg.split(['=', '<', '>', '[', '~', '!']).next().unwrap_or(arg);
            COMPILED.contains(&name.to_ascii_lowercase().replace('_', "-").as_str())
        };
        COMPILERS.contains(&name)
            || matches!(name, "python" | "python3") && args.first() == Some(&"setup.py")
            || args.iter().any(package)
            || args.iter().any(|arg| arg.ends_with(".cu") || *arg == "--no-binary")
    })
}
