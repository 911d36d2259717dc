//! Rules about layers and the build cache.

super::family! {
    sg301_install_after_copy
}
