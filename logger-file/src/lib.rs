//! x
#![forbid(unsafe_code)]

mod buffer; // lines on their way to the file
mod drain; // the state machine that uses the others
mod error;
mod event;
mod fs; // the file system, replaceable
mod log_file; // the open file: whole lines only
mod naming; // what files are called
mod options;
mod retention; // which old files go
mod rotation; // when a file ends
mod shift; // how a file becomes a backup
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use crate::{
    drain::FileDrain,
    error::FileError,
    event::{FileEvent, Repair},
    fs::{FileId, Fs, FsFile, Kind, Meta, OsFs, Owner},
    options::{Accept, FileOptions},
    rotation::RotationPolicy,
};
