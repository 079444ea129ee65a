//! What happens to the files besides lost records, on its way into the logger's own reports.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use logger_core::{Logger, error, warning};
use logger_file::{FileEvent, Repair};

/// Tells what the files have to say through the logger, as soon as there is one.
///
/// The files speak on the worker's thread. What is logged there goes to the reports only, so that a file cannot feed
/// itself. What they say while they are opened, before there is a logger, waits, and is an ordinary record.
#[derive(Clone, Default)]
pub(super) struct FileEvents(Arc<Mutex<Listener>>);

enum Listener {
    /// There is no logger yet.
    Waiting(Vec<FileEvent>),
    Telling(Logger),
}

impl Default for Listener {
    fn default() -> Self {
        Listener::Waiting(Vec::new())
    }
}

impl FileEvents {
    /// For one file.
    pub(super) fn listener(&self) -> impl FnMut(FileEvent) + Send + 'static {
        let events = self.clone();
        move |event| events.hear(event)
    }

    /// From now on events go to `logger`, those first that waited.
    pub(super) fn tell(&self, logger: Logger) {
        let listener = std::mem::replace(&mut *self.lock(), Listener::Telling(logger.clone()));
        let Listener::Waiting(events) = listener else { return };
        let mut open_folders: Vec<&PathBuf> = Vec::new();
        for event in &events {
            // every file of a folder says the same of it
            if let FileEvent::FolderWritableByOthers { path, .. } = event {
                if open_folders.contains(&path) {
                    continue;
                }
                open_folders.push(path);
            }
            log(&logger, event);
        }
    }

    fn hear(&self, event: FileEvent) {
        let logger = match &mut *self.lock() {
            Listener::Waiting(events) => {
                events.push(event);
                return;
            }
            Listener::Telling(logger) => logger.clone(),
        };
        log(&logger, &event);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Listener> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn log(logger: &Logger, event: &FileEvent) {
    match event {
        FileEvent::RotationFailed { path, error, retry_at } => error!(
            logger, "a full file goes on, because it could not be renamed";
            "path" => %path.display(), "error" => #error, "retry_at" => retry_at.to_string()
        ),
        FileEvent::BackupKept { error } => {
            error!(logger, "an old file beyond the count stays, because it could not be deleted"; "error" => #error);
        }
        FileEvent::Repaired { path, repair: Repair::Ended } => {
            warning!(logger, "the last line of a file had no end, and was given one"; "path" => %path.display());
        }
        FileEvent::Repaired { path, .. } => {
            warning!(logger, "a line that was written in part was marked"; "path" => %path.display());
        }
        FileEvent::FolderWritableByOthers { path, mode } => warning!(
            logger, "others may write to the folder of the files, and so replace them";
            "path" => %path.display(), "mode" => format!("{mode:03o}")
        ),
        FileEvent::Reopened { path, was } => warning!(
            logger, "a file was opened anew, because somebody moved or deleted it, or asked for it";
            "path" => %path.display(), "was" => format!("{was:?}").to_lowercase()
        ),
        FileEvent::ReopenFailed { path, error } => error!(
            logger, "a file was moved or deleted, and cannot be made again yet";
            "path" => %path.display(), "error" => #error
        ),
        FileEvent::NoTurn { path } => warning!(
            logger, "nobody gives the lock of the files back; they are written without, and do not end";
            "path" => %path.display()
        ),
        FileEvent::NotPacked { error } => {
            error!(logger, "an ended file stays as it is, because it could not be packed"; "error" => #error);
        }
        FileEvent::NotOnDisk { error, lines } => error!(
            logger, "the disk did not take what was written, which goes into a new file";
            "error" => #error, "lines" => *lines
        ),
        FileEvent::SealBroken { path, trouble } => error!(
            logger, "lines or files of a log were changed or are missing, as their seals say; run `logger verify`";
            "path" => %path.display(), "trouble" => #trouble
        ),
        FileEvent::BallastReleased { path, bytes } => error!(
            logger, "the disk is full; the ballast of a file makes room";
            "path" => %path.display(), "bytes" => *bytes
        ),
        FileEvent::LowSpace { path, free, writes_from } => error!(
            logger, "the disk has too little space; records are held back";
            "path" => %path.display(), "free_bytes" => *free,
            "writes_from" => writes_from.map_or("trades", |level| level.as_str())
        ),
        FileEvent::EnoughSpace { path, withheld } => warning!(
            logger, "the disk has enough space again; records were held back";
            "path" => %path.display(), "withheld" => *withheld
        ),
        // a rotation is what the files are asked to do, and news of a later version is not known here
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::mpsc, time::Instant};

    use logger_core::{Drain, DrainError, Level, Pipeline, Record, Route, Timestamp};
    use logger_file::{Fate, FileError, RetryAt};

    use super::*;

    struct Told(mpsc::Sender<String>);

    impl Drain for Told {
        fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
            let fields = record.fields().map(|(key, value)| format!(" {key}={value}"));
            let line = format!("{} {}{}", record.level(), record.event(), fields.collect::<String>());
            self.0.send(line).map_err(|_| DrainError::new("nobody listens"))
        }

        fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
            Ok(())
        }
    }

    fn told(events: Vec<FileEvent>) -> Vec<String> {
        let (to, lines) = mpsc::channel();
        let guard = Pipeline::builder().route(Route::new("told", Told(to))).start().unwrap();
        let heard = FileEvents::default();
        let mut listener = heard.listener();
        events.into_iter().for_each(&mut listener);
        heard.tell(guard.logger());
        assert!(guard.shutdown(std::time::Duration::from_secs(60)).finished);
        lines.try_iter().collect()
    }

    #[test]
    fn each_trouble_of_a_file_is_told_with_its_file_and_its_cause() {
        let path = || PathBuf::from("/logs/a");
        let error = || FileError::Write { path: path(), source: io::ErrorKind::StorageFull.into() };
        let lines = told(vec![
            FileEvent::RotationFailed {
                path: path(),
                error: error(),
                retry_at: RetryAt::Time(Timestamp::from_unix_nanos(0)),
            },
            FileEvent::BackupKept { error: error() },
            FileEvent::NotPacked { error: error() },
            FileEvent::ReopenFailed { path: path(), error: error() },
            FileEvent::NotOnDisk { error: error(), lines: 7 },
            FileEvent::NoTurn { path: path() },
            FileEvent::Reopened { path: path(), was: Fate::Moved },
            FileEvent::BallastReleased { path: path(), bytes: 4096 },
            FileEvent::LowSpace { path: path(), free: 10, writes_from: Some(Level::Warning) },
            FileEvent::LowSpace { path: path(), free: 1, writes_from: None },
            FileEvent::EnoughSpace { path: path(), withheld: 3 },
        ]);
        let expected = [
            ("error a full file goes on", "retry_at="),
            ("error an old file beyond the count stays", "no storage space"),
            ("error an ended file stays as it is", "no storage space"),
            ("error a file was moved or deleted, and cannot be made again", "no storage space"),
            ("error the disk did not take what was written", "lines=7"),
            ("warning nobody gives the lock of the files back", "path=/logs/a"),
            ("warning a file was opened anew", "was=moved"),
            ("error the disk is full; the ballast", "bytes=4096"),
            ("error the disk has too little space", "free_bytes=10 writes_from=warning"),
            ("error the disk has too little space", "free_bytes=1 writes_from=trades"),
            ("warning the disk has enough space again", "withheld=3"),
        ];
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for (line, (begin, holds)) in lines.iter().zip(expected) {
            assert!(line.starts_with(begin) && line.contains(holds) && line.contains("/logs/a"), "{line}");
        }
    }
}
