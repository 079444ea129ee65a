//! Console drain, and the fallback that cannot fail, for logger-core.
#![forbid(unsafe_code)]
