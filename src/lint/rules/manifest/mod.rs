//! Rules about `blaxel.toml`. The file is optional: without one, none of them says anything.

mod issues;

super::family! {
    sg601_manifest_syntax
    sg602_unknown_manifest_key [Info]
    sg603_manifest_type
    sg604_invalid_name
    sg605_invalid_memory [Warning]
    sg606_invalid_port
    sg607_duplicate_port
    sg608_unknown_generation [Error]
    sg609_unknown_region
    sg610_invalid_env_key
    sg611_unexpected_type [Error]
    sg612_invalid_duration
    sg613_invalid_build_setting [Warning]
    sg614_invalid_volume [Warning]
    sg615_memory_for_project
}
