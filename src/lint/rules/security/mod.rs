//! Rules about what weakens an image, or makes the next build another one.

super::family! {
    sg801_verification_off
    sg802_add_for_local_files
    sg803_weak_permissions
    sg804_system_directory
}
