//! Rules about credentials.

super::family! {}
