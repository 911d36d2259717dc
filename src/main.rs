//! The `sandgate` command.

/// A lint makes many small texts on every core; the system's allocator takes several times longer
/// over them, and musl's much more.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    sandgate::main()
}
