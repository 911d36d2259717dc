//! Rules about base image and size.

super::family! {}
