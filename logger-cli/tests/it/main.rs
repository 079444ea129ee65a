//! What the command shows of files that a real logger, or nobody, has written.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod alert;
mod damaged;
mod effort;
mod ends;
mod following;
mod kept;
mod outside;
mod packed;
mod shown;
mod support;
mod terminal;
mod top;
mod verify;
