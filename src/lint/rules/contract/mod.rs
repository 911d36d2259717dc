//! Rules about what a sandbox needs to start.

mod edits;

super::family! {
    sg101_missing_sandbox_api [Warning Info]
    sg102_sandbox_api_at_another_path
    sg103_never_starts_sandbox_api [Warning]
    sg104_script_never_starts_sandbox_api
    sg105_missing_entry_script
    sg106_unrunnable_script
    sg107_script_not_executable
    sg108_script_does_not_hold [Error]
    sg109_user_without_enabling_variable
    sg110_overridden_start
    sg111_broken_exec_form [Warning]
    sg112_port_8080_taken
    sg113_missing_command_in_script [Error]
    sg114_foreign_platform
    sg115_no_shell
    sg116_foreign_binary
    sg117_port_of_sandbox_api_changed
}
