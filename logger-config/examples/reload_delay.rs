//! How long it takes until a change of the level that was saved holds, in each way in which a file is saved:
//! `cargo run -p logger-config --features reload --example reload_delay -- [ROUNDS]`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program for developers, on their terminal")]

use std::{
    error::Error,
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use logger_config::{Level, MetaLogger};

/// Writes a text in the place of the one of a file.
type Save = fn(&Path, &str) -> io::Result<()>;

const WAYS: [(&str, Save); 5] = [
    ("written over", |path, text| fs::write(path, text)),
    ("renamed to", rename),
    ("link swapped", swap),
    ("link swapped where no notice is given", swap_unseen),
    ("twice within 10 ms", |path, text| {
        fs::write(path, "level = 'critical'\n")?;
        thread::park_timeout(Duration::from_millis(5));
        fs::write(path, text)
    }),
];

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: u32 = std::env::args().nth(1).map_or(Ok(40), |it| it.parse())?;
    println!("{:40} {:>10} {:>10}", "saved by", "median", "longest");
    for (name, save) in WAYS {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("etc/logging.toml");
        prepare(folder.path())?;
        let none: [(&str, &str); 0] = [];
        let builder = MetaLogger::builder().environment(none).without_dotenv().config_file(&path);
        let logger = builder.log_dir(folder.path().join("logs")).set("console.enabled", false).build()?;
        let mut delays = Vec::new();
        for round in 0..rounds {
            let level = if round % 2 == 0 { Level::Debug } else { Level::Info };
            // the rhythm of the looks at the file is met anywhere
            thread::park_timeout(Duration::from_millis(u64::from(round * 37 % 250)));
            let begin = Instant::now();
            save(&path, &format!("level = '{level}'\n"))?;
            while logger.level() != level {
                thread::park_timeout(Duration::from_micros(200));
            }
            delays.push(begin.elapsed());
        }
        delays.sort();
        let (median, longest) = (delays[delays.len() / 2], delays[delays.len() - 1]);
        println!("{name:40} {:7} ms {:7} ms", median.as_millis(), longest.as_millis());
        let _ = logger.shutdown(Duration::from_secs(10));
    }
    Ok(())
}

/// `etc/logging.toml` is a plain file, or a link through `between/now`, as the way of saving it needs.
fn prepare(folder: &Path) -> io::Result<()> {
    for name in ["etc", "between", "one", "two"] {
        fs::create_dir(folder.join(name))?;
    }
    fs::write(folder.join("etc/logging.toml"), "level = 'info'\n")
}

fn rename(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, text)?;
    fs::rename(new, path)
}

/// The text goes into a new file, to which a link in the watched folder leads.
fn swap(path: &Path, text: &str) -> io::Result<()> {
    let (new, target) = (path.with_extension("new"), next_file(path, text)?);
    link(&target, &new)?;
    fs::rename(new, path)
}

/// The same through a folder between, of which the logger hears nothing.
fn swap_unseen(path: &Path, text: &str) -> io::Result<()> {
    let Some(root) = path.parent().and_then(Path::parent) else { return Err(io::ErrorKind::NotFound.into()) };
    let (new, now) = (root.join("between/new"), root.join("between/now"));
    link(&next_file(path, text)?, &new)?;
    fs::rename(new, &now)?;
    if !path.is_symlink() {
        fs::remove_file(path)?;
        link(&now, path)?;
    }
    Ok(())
}

fn next_file(path: &Path, text: &str) -> io::Result<std::path::PathBuf> {
    let Some(root) = path.parent().and_then(Path::parent) else { return Err(io::ErrorKind::NotFound.into()) };
    let [one, two] = ["one", "two"].map(|name| root.join(name).join("logging.toml"));
    let next = if path.canonicalize()? == one.canonicalize().unwrap_or_default() { two } else { one };
    fs::write(&next, text)?;
    Ok(next)
}

#[cfg(unix)]
fn link(target: &Path, name: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, name)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
