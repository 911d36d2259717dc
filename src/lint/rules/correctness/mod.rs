//! Rules about what Docker refuses or misreads.

super::family! {
    sg701_dockerfile_syntax
    sg702_empty_continuation
}
