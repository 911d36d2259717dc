//! The deterministic archive and its digest.
