//! The same on a real file system.

use std::{
    env, fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use logger_core::{Drain as _, DrainError};
use logger_file::{Accept, FileDrain, FileError, FileOptions, RotationPolicy};
use tempfile::{TempDir, tempdir};

use crate::support::{EventOnly, later, record};

/// Runs a test once more in a process of its own, for what belongs to the whole process. Returns whether this
/// is that process.
fn in_own_process(test: &str) -> bool {
    const MARK: &str = "LOGGER_FILE_TEST_CHILD";
    if env::var_os(MARK).is_some() {
        return true;
    }
    let output =
        Command::new(env::current_exe().unwrap()).args(["--exact", test]).env(MARK, "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{:?}\n{text}", output.status);
    false
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempdir().unwrap();
    let path = folder.path().join("a.log");
    (folder, path)
}

fn open(path: &Path) -> FileDrain {
    FileDrain::open(path, FileOptions::new().format(EventOnly)).unwrap()
}

fn write(drain: &mut FileDrain, words: &str) -> Result<(), DrainError> {
    for word in words.split(' ') {
        drain.log(&record(word).borrow()).unwrap();
    }
    drain.flush(later())
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn refusal(path: &Path) -> String {
    let error = FileDrain::open(path, FileOptions::new()).unwrap_err();
    error.to_string().replace(&*path.to_string_lossy(), "it")
}

#[test]
fn f21_every_record_is_once_in_rotated_files_below_the_limit() {
    let (folder, path) = folder();
    let options =
        FileOptions::new().format(EventOnly).rotation(RotationPolicy::Size(1000)).backup_count(1000);
    let mut drain = FileDrain::open(&path, options).unwrap();
    for number in 0..5000 {
        drain.log(&record(&format!("record-{number}")).borrow()).unwrap();
        if number % 37 == 0 {
            drain.flush(later()).unwrap();
        }
    }
    drain.flush(later()).unwrap();
    let backups = fs::read_dir(folder.path()).unwrap().count() - 1;
    let names = (1..=backups).rev().map(|number| format!("a.log.{number}")).chain(["a.log".into()]);
    let texts: Vec<_> = names.map(|name| fs::read_to_string(folder.path().join(name)).unwrap()).collect();
    assert!(texts.iter().all(|it| it.len() <= 1000 && it.ends_with('\n')));
    assert!(texts.iter().rev().skip(1).all(|it| it.len() > 1000 - 12), "a file ends when it is full");
    let expected: String = (0..5000).map(|number| format!("record-{number}\n")).collect();
    assert_eq!(texts.concat(), expected);
}

#[test]
fn a_file_that_is_there_is_continued_and_its_torn_line_ended() {
    let (_folder, path) = folder();
    fs::write(&path, "old\nhalf").unwrap();
    write(&mut open(&path), "new").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old\nhalf\nnew\n");
}

#[test]
fn s29_modes_do_not_depend_on_the_umask() {
    if !in_own_process("real::s29_modes_do_not_depend_on_the_umask") {
        return;
    }
    let (folder, _) = folder();
    for umask in [0o000, 0o277] {
        let path = folder.path().join(format!("{umask:o}/deep/a.log"));
        let before = rustix::process::umask(rustix::fs::Mode::from_raw_mode(umask));
        let options = FileOptions::new().format(EventOnly).rotation(RotationPolicy::Size(0));
        let mut drain = FileDrain::open(&path, options).unwrap();
        write(&mut drain, "a b").unwrap();
        rustix::process::umask(before);
        assert_eq!(mode(path.parent().unwrap()), 0o700, "umask {umask:o}");
        assert_eq!(mode(path.parent().unwrap().parent().unwrap()), 0o700, "umask {umask:o}");
        assert_eq!(mode(&path), 0o600, "umask {umask:o}");
        assert_eq!(mode(path.with_extension("log.1")), 0o600, "umask {umask:o}");
    }
}

#[test]
fn a_folder_that_is_there_keeps_its_mode() {
    let (folder, path) = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    write(&mut open(&path), "a").unwrap();
    assert_eq!(mode(folder.path()), 0o755);
}

#[test]
fn s28_links_are_refused_and_what_they_lead_to_stays() {
    let (folder, path) = folder();
    let target = folder.path().join("target");
    symlink(&target, &path).unwrap();
    assert_eq!(refusal(&path), "it is a symbolic link, not a regular file");
    assert!(!target.exists(), "a dangling link does not make a file");
    fs::write(&target, "precious").unwrap();
    assert_eq!(refusal(&path), "it is a symbolic link, not a regular file");
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    fs::remove_file(&path).unwrap();
    fs::hard_link(&target, &path).unwrap();
    assert_eq!(refusal(&path), "it is one of 2 hard links to a file");
}

#[test]
fn s28_a_link_that_appears_after_the_look_is_not_opened_either() {
    use logger_file::{Fs as _, OsFs};
    let (folder, path) = folder();
    let target = folder.path().join("target");
    fs::write(&target, "precious").unwrap();
    symlink(&target, &path).unwrap();
    assert!(OsFs.open(&path).is_err());
    assert!(OsFs.create(&path).is_err());
    assert!(OsFs.read(&path).is_err());
}

#[test]
fn s28_a_link_at_the_name_of_a_backup_is_not_followed_nor_replaced() {
    let (folder, path) = folder();
    let target = folder.path().join("target");
    fs::write(&target, "precious").unwrap();
    symlink(&target, folder.path().join("a.log.1")).unwrap();
    let options = FileOptions::new().format(EventOnly).rotation(RotationPolicy::Size(0));
    write(&mut FileDrain::open(&path, options).unwrap(), "a b").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "a\nb\n");
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");
    assert!(folder.path().join("a.log.1").is_symlink());
}

#[test]
fn s28_a_folder_is_refused() {
    let (folder, _) = folder();
    assert_eq!(refusal(folder.path()), "it is a folder, not a regular file");
}

#[cfg(target_os = "linux")]
#[test]
fn s28_a_pipe_without_a_reader_is_refused_and_not_waited_for() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    let (_folder, path) = folder();
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    assert_eq!(refusal(&path), "it is a named pipe, not a regular file");
}

#[cfg(target_os = "linux")]
#[test]
fn f14_a_full_device_is_refused_and_where_it_is_accepted_costs_an_error() {
    let path = Path::new("/dev/full");
    assert_eq!(refusal(path), "it is a character device, not a regular file");
    // no rotation: a device of the computer is nothing to try renaming on
    let options = FileOptions::new().accept(Accept::AnyFileOrDevice).rotation(RotationPolicy::Never);
    let mut drain = FileDrain::open(path, options).unwrap();
    for _ in 0..3 {
        let error = write(&mut drain, "a b").unwrap_err();
        assert_eq!((error.arrived(), error.to_string().as_str()), (0, "cannot write /dev/full"));
    }
}

#[test]
fn a_renamed_file_never_replaces_another() {
    use logger_file::{Fs as _, OsFs};
    let (folder, path) = folder();
    let other = folder.path().join("other");
    fs::write(&path, "a").unwrap();
    fs::write(&other, "b").unwrap();
    assert_eq!(OsFs.rename(&path, &other).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    assert_eq!((fs::read(&path).unwrap(), fs::read(&other).unwrap()), (b"a".to_vec(), b"b".to_vec()));
}

#[test]
fn s28_nothing_but_a_regular_file_is_read() {
    use logger_file::{Fs as _, OsFs};
    let (folder, path) = folder();
    symlink(&path, folder.path().join("link")).unwrap();
    fs::write(&path, "a").unwrap();
    for other in ["/dev/null".as_ref(), folder.path(), &folder.path().join("link")] {
        assert!(OsFs.read(other).is_err(), "{}", other.display());
    }
    assert!(OsFs.read(&path).is_ok());
}

#[test]
fn f24_a_limit_on_file_sizes_is_an_error_and_not_the_end_of_the_process() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    if !in_own_process("real::f24_a_limit_on_file_sizes_is_an_error_and_not_the_end_of_the_process") {
        return;
    }
    setrlimit(Resource::Fsize, Rlimit { current: Some(10), maximum: None }).unwrap();
    let (_folder, path) = folder();
    let mut drain = open(&path);
    assert_eq!(write(&mut drain, "aaa bbb ccc ddd").unwrap_err().arrived(), 2);
    assert_eq!(fs::read_to_string(&path).unwrap(), "aaa\nbbb\n");
    assert_eq!(write(&mut drain, "e").map_err(|it| it.arrived()), Ok(()));
    assert_eq!(write(&mut drain, "f").unwrap_err().arrived(), 0);
}

#[test]
fn f24_so_is_one_that_is_set_while_the_file_is_open_and_it_goes_on_when_that_is_lifted() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let name = "real::f24_so_is_one_that_is_set_while_the_file_is_open_and_it_goes_on_when_that_is_lifted";
    if !in_own_process(name) {
        return;
    }
    let before = getrlimit(Resource::Fsize);
    let (_folder, path) = folder();
    let mut drain = open(&path);
    write(&mut drain, "aaa bbb").unwrap();
    setrlimit(Resource::Fsize, Rlimit { current: Some(8), ..before }).unwrap();
    assert_eq!(write(&mut drain, "ccc").unwrap_err().arrived(), 0);
    setrlimit(Resource::Fsize, before).unwrap();
    write(&mut drain, "ddd").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "aaa\nbbb\nddd\n");
}

#[test]
fn f23_without_a_free_descriptor_the_old_file_goes_on() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    if !in_own_process("real::f23_without_a_free_descriptor_the_old_file_goes_on") {
        return;
    }
    let (_folder, path) = folder();
    let options = FileOptions::new().format(EventOnly).rotation(RotationPolicy::Size(4));
    let mut drain = FileDrain::open(&path, options).unwrap();
    write(&mut drain, "aaa").unwrap();
    let before = getrlimit(Resource::Nofile);
    let mut none_left = before;
    none_left.current = Some(0);
    setrlimit(Resource::Nofile, none_left).unwrap();
    let outcome = write(&mut drain, "bbb");
    setrlimit(Resource::Nofile, before).unwrap();
    outcome.unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "aaa\nbbb\n");
    write(&mut drain, "ccc").unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "ccc\n");
    assert_eq!(fs::read_to_string(path.with_extension("log.1")).unwrap(), "aaa\nbbb\n");
}

#[test]
fn a_relative_path_is_taken_from_the_folder_of_the_start() {
    if !in_own_process("real::a_relative_path_is_taken_from_the_folder_of_the_start") {
        return;
    }
    let (folder, path) = folder();
    env::set_current_dir(folder.path()).unwrap();
    let options = FileOptions::new().format(EventOnly).rotation(RotationPolicy::Size(0));
    let mut drain = FileDrain::open("a.log", options).unwrap();
    let elsewhere = tempdir().unwrap();
    env::set_current_dir(elsewhere.path()).unwrap();
    write(&mut drain, "a b").unwrap();
    assert_eq!(drain.path().file_name(), path.file_name());
    assert_eq!(fs::read_to_string(&path).unwrap(), "b\n");
    assert_eq!(fs::read_to_string(path.with_extension("log.1")).unwrap(), "a\n");
}

#[test]
fn no_path_is_an_error() {
    assert!(matches!(FileDrain::open("", FileOptions::new()), Err(FileError::Open { .. })));
    assert!(matches!(FileDrain::open("/", FileOptions::new()), Err(FileError::NotAFile { .. })));
}
