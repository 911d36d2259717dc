//! The embedded platform. Its wire types are its own.
