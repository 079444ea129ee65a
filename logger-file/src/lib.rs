//! Rotating JSON-lines files for logger-core.
#![forbid(unsafe_code)]
