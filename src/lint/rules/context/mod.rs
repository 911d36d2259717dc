//! Rules about the build context.

pub(super) mod asked_for;
pub(super) mod ignore_lines;
mod slips;

super::family! {
    sg501_missing_copy_source [Warning]
    sg502_excluded_copy_source [Warning]
    sg503_copy_source_case [Warning]
    sg504_copy_source_outside [Error]
    sg505_empty_glob
    sg506_useless_content_sent [Info]
    sg507_no_ignore_file
    sg508_unusable_entry [Error]
    sg509_invalid_ignore_pattern
    sg510_large_content_sent
    sg511_ineffective_ignore_line [Info]
}
