//! Rules about `blaxel.toml`.

super::family! {}
