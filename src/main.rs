//! The `sandgate` command.

/// A lint makes many small texts on every core, over which the system's allocator takes longer, and
/// musl's much longer.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sandgate::main()
}
