//! Rules about `blaxel.toml`. The file is optional: without one, none of them says anything.

mod issues;

super::family! {
    sg601_manifest_syntax
    sg602_unknown_manifest_key
    sg603_manifest_type
    sg604_invalid_name
    sg605_invalid_memory
    sg606_invalid_port
    sg607_duplicate_port
    sg608_unknown_generation
    sg609_unknown_region
    sg610_invalid_env_key
    sg611_unexpected_type
    sg612_invalid_duration
    sg613_invalid_build_setting
    sg614_invalid_volume
    sg615_memory_for_project
}
