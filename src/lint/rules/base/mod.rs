//! Rules about base image and size.

mod apt_lists;
mod bases;
mod dependencies;
mod later;
mod needs;
mod reload;
pub(super) mod run_edits;

super::family! {
    sg401_untagged_base
    sg402_floating_tag [Info]
    sg403_end_of_life_base [Info]
    sg404_smaller_variant_exists [Info]
    sg405_toolchain_in_final_image
    sg406_apt_lists_kept
    sg407_apt_install_recommends
    sg408_apk_cache_kept [Info]
    sg409_pip_cache_kept
    sg410_apt_install_unconfirmed
    sg411_package_cache_kept
    sg412_dev_dependencies_kept
    sg413_large_image
    sg414_cuda_devel_in_final_image
    sg415_build_tools_kept
    sg416_large_user_number
    sg417_unpinned_packages
    sg418_apt_instead_of_apt_get
    sg419_pip_into_managed_python
    sg420_node_cache_kept
    sg421_install_without_lists
}
