//! Rules about what weakens an image, or makes the next build another one.

super::family! {
    sg801_verification_off
    sg802_add_for_local_files
    sg803_weak_permissions
    sg804_system_directory
    sg805_unpinned_base_digest
    sg806_unpinned_global_install
    sg807_unverified_download
}
