//! Record v1: what happened, for people and for the next run. Pure.
