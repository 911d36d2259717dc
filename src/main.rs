//! The `sandgate` command.

fn main() -> std::process::ExitCode {
    sandgate::main()
}
