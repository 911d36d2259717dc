//! Applies fixes.
