//! Rules about the build context.

super::family! {}
