//! Rules about what a sandbox needs to start.

super::family! {}
