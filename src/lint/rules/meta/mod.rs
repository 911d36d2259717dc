//! Rules about the lint run itself.

super::family! {}
