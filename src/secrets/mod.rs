//! Detectors of credentials. Pure.
