//! The guide, and what runs its code, its programs and its commands.
//!
//! Each code block of a chapter is one of these; [`Block::kind`] refuses any other, so that nothing in the guide stands
//! there unproved:
//!
//! | block | what is done with it |
//! |---|---|
//! | `rust` | compiled and run by `cargo test --doc --package guide` |
//! | any, below `<!-- from PATH -->` or `<!-- from PATH#REGION -->` | compared with the file |
//! | any, below `<!-- file: NAME -->` | written to that file in the folder of the chapter |
//! | any, below `<!-- output: PROGRAM WHAT -->` | compared with `stdout`, `stderr`, or a file of a program of the examples |
//! | `console` | lines behind `$ ` are run in the folder of the chapter, the others compared with what they print |
//! | `console`, below `<!-- second terminal -->` | the same, beside the rest of the chapter |
//! | any, below `<!-- not run: REASON -->` | nothing; a test lists them |
//!
//! What differs from run to run (times, numbers of processes, the host) is compared as [`mask()`] leaves it, and `…` in the
//! guide stands for any text within a line.
#![forbid(unsafe_code)]

mod blocks; // the code blocks of a document
mod mask; // what differs from run to run
mod session; // commands of a chapter, in a folder of their own

pub use crate::{
    blocks::{Block, Kind, blocks, excerpt},
    mask::{mask, same},
    session::Session,
};

/// The chapters: their code is compiled and run.
#[cfg(doctest)]
mod chapters;
