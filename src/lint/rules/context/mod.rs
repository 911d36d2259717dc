//! Rules about the build context.

super::family! {
    sg508_unusable_entry
    sg509_invalid_ignore_pattern
}
