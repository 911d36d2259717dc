//! Rules about what Docker refuses or misreads.

super::family! {}
