//! Rules about the lint run itself.

super::family! {
    sg901_unused_suppression
    sg902_malformed_suppression
}
