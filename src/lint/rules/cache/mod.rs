//! Rules about layers and the build cache.

mod manifests_first;
mod missing_lock;
mod moves;
mod other_inputs;
mod requirements;
mod sources_above;

/// Below this size, in bytes, nobody notices that a file is in an image once more.
const NOTABLE: u64 = 1 << 20;

pub(super) use sg307_lock_file_not_heeded::is_modern;

super::family! {
    sg301_install_after_copy
    sg302_packages_after_copy
    sg303_update_in_own_layer
    sg304_volatile_value_early
    sg305_removed_in_later_layer
    sg306_copied_tree_changed
    sg307_lock_file_not_heeded [Error]
    sg308_floating_clone
    sg309_install_without_cache_mount
    sg310_floating_copy_above_install
    sg311_argument_declared_early
    sg312_often_changed_copied_first
}
