//! Rules about credentials.

pub(super) mod leaked;
mod made_keys;
mod nested;
mod removed;
mod written;

super::family! {
    sg201_secret_in_env [Warning]
    sg202_secret_in_run [Warning]
    sg203_secret_in_manifest
    sg204_secret_in_script [Warning]
    sg205_credential_file_in_image [Warning Info]
    sg206_secret_arg_used
    sg207_login_in_build
    sg208_nested_secret_not_ignored [Info]
}
