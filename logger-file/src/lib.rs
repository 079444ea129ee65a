//! Rotating JSON-lines files for logger-core: [`FileDrain`].
//!
//! ```
//! use std::time::Duration;
//!
//! use logger_core::{Pipeline, Route, info};
//! use logger_file::{FileDrain, FileOptions, RotationPolicy};
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path();
//!
//! let options = FileOptions::new().rotation(RotationPolicy::Size(50 * 1024 * 1024)).backup_count(3);
//! let drain = FileDrain::open(folder.join("bot/expert.log"), options)?;
//! let guard = Pipeline::builder().route(Route::new("general", drain)).start()?;
//!
//! info!(guard.logger(), "expert started"; "symbol" => "BTCUSDT");
//! assert!(guard.shutdown(Duration::from_secs(5)).finished);
//!
//! let text = std::fs::read_to_string(folder.join("bot/expert.log"))?;
//! assert!(text.contains(r#""event":"expert started""#) && text.ends_with("\"symbol\":\"BTCUSDT\"}\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Line format
//!
//! One record is one line that ends with a newline. By default it is a JSON object in the full envelope of
//! [`JsonFormat`](logger_core::JsonFormat), where the keys are listed; [`FileOptions::format`] takes any
//! other [`Format`](logger_core::Format).
//!
//! Two kinds of line are no records. One that ends with ` [torn]` was written in part, could not be taken
//! back, and its record was reported as not written ([`Repair::Marked`]). One that breaks off is what a
//! killed process left behind. Where the pipeline keeps its queue in shared memory and knows the file by its
//! [`FileJournal`], the next start takes it away, because its record comes again, whole; else the next start
//! ends it with a newline and takes nothing away ([`Repair::Ended`]).
//!
//! # File names
//!
//! The file has the name it was opened with. An ended file is called by its [`Naming`]:
//!
//! | numbered | dated | what |
//! |---|---|---|
//! | `expert.log` | `expert.log` | the file that is written to |
//! | `expert.log.1` | `expert.2026-01-31.2.log` | the newest backup, here the second of its day |
//! | `expert.log.2` | `expert.2026-01-31.log` | the one before it |
//!
//! Numbered backups are the regular files with the numbers 1, 2, 3, … up to the first that is missing; all of them are
//! renamed when a file ends. Dated ones keep their names; the date is the day on which the file began, with the time of
//! day where a [`Schedule`] has several files a day: `expert.2026-01-31T14-00.log`. Names are in the order in which the files
//! were written: where the clock was set back a file gets the date of the one before it and the next counter. Either
//! may be packed, `expert.log.2.gz`.
//!
//! No rename ever replaces a file, and nothing is deleted but backups by these exact names: `expert.log.20260131`, which
//! some other tool made, stays.
//!
//! Missing folders and new files are for their owner alone (0700, 0600), whatever the umask. Links are not
//! followed, at the name of the file or of a backup; a file must be a regular one of the same user with a
//! single name, unless [`Accept`] says otherwise. The folders above may be links.
//!
//! # When files end
//!
//! By size, by time, or both ([`RotationPolicy`]), at a start ([`AtStart`]) or when asked ([`FileControl::rotate`]). The
//! default is 10 MiB.
//!
//! By size: before the line that would make the file longer than its limit. So no file is longer than its limit, save
//! one that holds a single longer line. A batch of records is split where a file ends; no line is.
//!
//! By time: when the file's period is over, within half a second in a pipeline, and before the first record that was logged
//! then. The time is that of the record, so a file of a day holds the records of that day. An empty file never ends. A
//! drain that nobody [ticks](logger_core::Drain::tick) ends its file with the next record. A file that an earlier run has left belongs to the period in which it was changed last.
//!
//! The backups move up from the oldest, the file becomes a backup, a new file is created, and then what is not kept is
//! deleted. If a step fails, the file goes on under its own name, and [`FileEvent::RotationFailed`] says why and when it
//! tries again: one that is too long after an eighth of its limit, then after twice as much each time, up to the whole
//! limit; one whose time has come after a minute.
//!
//! # Which files are kept
//!
//! Those that [`Retention`] has no limit against: count, age, bytes. [`SharedFolder`] has a limit for the files of several
//! drains together, and holds records back while its disk has less space than it should, DEBUG first and trades never.
//! The open file is never deleted, nor is one that the recovery after a kill would count lines in: what ended in a batch of
//! a pipeline goes within half a second after it.
//!
//! A month, as an example: [`Schedule::daily`] in the zone `Europe/Berlin` or 10 MB (10,000,000 bytes), dated names, the
//! newest 14. Each day from 2026-03-01 on has so many megabytes of records:
//!
//! ```text
//! 3 4 0 0 12 2 1  25 9 0 0 10 11 1  1 20 0 0 4 5 6  31 2 0 0 1 1 1  1 7 0
//! ```
//!
//! On the evening of 2026-03-31 the folder has
//!
//! ```text
//! a.2026-03-16.2.log 10 MB
//! a.2026-03-19.log 4 MB
//! a.2026-03-20.log 5 MB
//! a.2026-03-21.log 6 MB
//! a.2026-03-22.2.log 10 MB
//! a.2026-03-22.3.log 10 MB
//! a.2026-03-22.4.log 1 MB
//! a.2026-03-22.log 10 MB
//! a.2026-03-23.log 2 MB
//! a.2026-03-26.log 1 MB
//! a.2026-03-27.log 1 MB
//! a.2026-03-28.log 1 MB
//! a.2026-03-29.log 1 MB
//! a.2026-03-30.log 7 MB
//! a.log 0 MB
//! ```
//!
//! [`Compression`] packs ended files beside the writing. It begins when no recovery needs a file any more, and a reader finds
//! each file whole, packed or not; for a moment, or after a kill until the next start, both are there and have the same
//! lines.
//!
//! # Durability
//!
//! What [`flush`](logger_core::Drain::flush) returned for is handed to the operating system: it survives the
//! end of the process, however that comes, but not that of the machine. With [`Durability::Disk`] it is on the medium, and
//! so is the name of its file. There is no timer: all lines of a flush share one wait. [`FileControl::on_disk`] asks for it
//! for a while. Before a flush records are in
//! this process's memory; the pipeline keeps its own copy until the flush returns.
//!
//! Where the disk says that it did not take lines, no later word of it about them is trusted: they are cut off, the file
//! ends, and they are written to a new one ([`FileEvent::NotOnDisk`]). A line that was reported as not arrived may be there
//! after a loss of power, if the disk took neither it nor that it was cut off, or took both.
//!
//! # Seals
//!
//! With [`FileOptions::seal`] each line ends with a field more, `"seal":"17:…"`: its number, and the hash of it and of the line
//! before. [`Seal`] says what that proves, and [`SealJudge`] judges it. The hash of a line is
//!
//! ```text
//! HMAC-SHA256(key of the log, "line" 0x00, hash of the line before, number as 8 bytes with the first the highest, line)
//! ```
//!
//! where the line is as it would be without its seal, from `{` to `}`; before the first one the hash is 32 times 0. The key of the log is
//! `HMAC-SHA256(key, "logger seal 1" 0x00, file name)`, or `SHA-256("logger seal 1" 0x00, file name)` without a key. The first line of a
//! file has the hash of the line before it behind its own, `17:…:…`.
//!
//! `trades.log.seal` has the last line and the number with which the oldest file begins; its last line counts. When old files
//! are deleted that number moves, and only then. A start goes on behind the checkpoint, and behind the lines
//! that a kill has left behind it; what it finds changed or missing it tells ([`FileEvent::SealBroken`]), and the flaw stays one
//! whenever lines are judged. Lines that logrotate or a hand has moved away are missing for those that stay.
//!
//! # When somebody else moves files
//!
//! After each write, and twice a second in a pipeline, the drain looks whether its file has its name still. A file that was moved keeps its lines, and the next
//! ones go to a new file; for one that was deleted, or replaced by another, the lines of the write are written once more.
//! Missing folders are made again. [`FileControl::reopen_on_hangup`] answers a SIGHUP.
//!
//! With `logrotate` use `nocreate`: the drain makes the file itself. With `create` nothing is lost either, but a file that the
//! drain was quicker to make gets a name of logrotate's own. With `copytruncate` what is written between the copy and the
//! cut is lost, and a recovery after a kill may write the records of the interrupted batch twice: use it on a file at
//! rest only. Use [`RotationPolicy::Never`] with either.
//!
//! # Several processes in one folder
//!
//! Either each has files of its own, or they share theirs.
//!
//! [`FileDrain::open_own`] has a name such as `expert.{pid}.log`, by an [`OwnName`]; what is put into it is
//! [cleaned](clean), so that it never leads out of the folder. What processes that are gone have left counts as ended files
//! of this one, in the order in which it was written, and goes by the same [`Retention`]; so do their ballast and what they
//! packed in part, at once. Files of processes that live are left alone.
//!
//! With [`Writers::Several`] all have one file, and take turns by a lock beside it. Each line is whole, each record there
//! once, and one process at a time ends a file; the others follow it with their next line or within half a second. A
//! process that is killed in its turn holds nobody up: the system takes its lock away. One process packs at a time, by a lock
//! of its own, which is not held while anybody writes.
//!
//! A recovery after a kill tells by `run` and `seq` of the lines what arrived, in either case.
//!
//! # When I/O fails
//!
//! | what fails | what happens |
//! |---|---|
//! | a write, because the disk is full, and there is a [ballast](FileOptions::ballast) | that is deleted, and the lines are written ([`FileEvent::BallastReleased`]) |
//! | a write, at once or after a part of it | the file is cut back to its last whole line; `flush` fails and says exactly how many records arrived; the others are forgotten here and go to the pipeline's fallback |
//! | the cut, too | it is repeated before the next write; if it still fails, the part of a line is closed with ` [torn]` and a newline |
//! | a write before the flush, which happens when 256 KiB are together | the lines wait; `flush` tries once more and reports |
//! | a rename, or the creation of the next file | no record is lost: see above |
//! | opening the file anew | where it was moved, lines go on to the moved one; where it was deleted, `flush` fails until there is a new one |
//! | the lock of several writers is not given back | [`FileEvent::NoTurn`]: lines are written, and no file ends |
//! | packing | [`FileEvent::NotPacked`]; the file stays as it is until the next one has ended |
//! | the deletion of a backup | [`FileEvent::BackupKept`]; the next rotation tries again |
//!
//! Each flush begins anew with the file as it is, so a disk that has space again takes records again. A file
//! is never cut where somebody else has written to it meanwhile.
//!
//! Memory: a batch that waits, in steps of 256 KiB; for a file that cannot be written and is never flushed at
//! most 8 MiB and a record.
//!
//! # Troubleshooting
//!
//! - `… is a symbolic link, not a regular file`: name the file it leads to, or remove the link.
//! - `… belongs to another user` for a file that this program made: the file system shows another owner, as a
//!   network share or a container's volume may. Use [`Accept::AnyFile`].
//! - `… is one of 2 hard links to a file`: a backup tool that links files did that, or somebody reads along.
//!   Remove the other name, or use [`Accept::AnyFile`].
//! - `… stands in the way of a backup`: something with the name of a backup is no regular file. Move it away;
//!   the file ends at the next try.
//! - The file is above its limit: listen to [`FileOptions::on_event`].
//! - Windows and other systems that are not Unix: see [`OsFs`] for what is different.
#![forbid(unsafe_code)]

mod backups; // the ended files that are there
mod ballast; // room for the time when the disk is full
mod buffer; // lines on their way to the file
mod compression; // how an ended file is packed
mod control; // what a program may ask for meanwhile
mod drain; // records into lines, lines into files
mod durability; // what a flush waits for
mod error;
mod event;
mod fs; // the file system, replaceable
mod journal; // how far the file has got, for the start after a kill
mod log_file; // the open file: whole lines only
mod naming; // what files are called
mod options;
mod own; // names that belong to one process
mod packer; // the thread that packs ended files
mod packing_turns; // the same where several processes write
mod reopen; // a file that was moved or deleted comes back
mod retention; // which old files go
mod rotation; // when a file ends
mod schedule; // times at which files end
mod seal; // hashes that show whether lines were changed
mod series; // the file with those that it was before
mod shared; // what the files of a folder share
mod shared_file; // a file that several processes write
mod shift; // how a file becomes a backup
mod siblings; // what other processes have left beside the own files
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod turns; // whose turn it is, where several write

pub use crate::{
    compression::Compression,
    control::{FileControl, OnDisk},
    drain::FileDrain,
    durability::Durability,
    error::FileError,
    event::{Fate, FileEvent, Repair, RetryAt},
    fs::{FileId, Fs, FsFile, FsLock, Kind, Meta, OsFs, Owner},
    journal::FileJournal,
    naming::Naming,
    options::{Accept, FileOptions},
    own::{NameError, OwnName, clean},
    retention::Retention,
    rotation::{AtStart, RotationPolicy},
    schedule::{Schedule, ScheduleError},
    seal::{CHECKPOINT_ENDING, Flaw, Seal, SealCounts, SealJudge, SealKey, SealKeyTooShort, SealTrouble},
    shared::{Holds, SharedFolder, TradeFiles},
    turns::{LOCK_NAME, Writers},
};
