//! Rules about layers and the build cache.

super::family! {}
