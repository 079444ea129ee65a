//! Where things are.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context as _;

/// The profile of this workspace, for packages outside of it: what was built for it serves them too, and its own crates take
/// no longer to build than here.
pub(crate) const PROFILE: &str = r#"
[profile.dev]
debug = "line-tables-only"

[profile.dev.package."*"]
debug = false
opt-level = 1

[profile.dev.package.logger-core]
debug = "line-tables-only"
opt-level = 0

[profile.dev.package.logger-file]
debug = "line-tables-only"
opt-level = 0

[profile.dev.package.logger-config]
debug = "line-tables-only"
opt-level = 0
"#;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    // as cargo says now: checkouts that share a target folder share this program too
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let manifest = Path::new(&manifest);
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    match env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// A call of cargo in the workspace.
pub(crate) fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args).current_dir(root());
    command
}

/// Makes a folder below `parent` that was not there before: the first free number.
pub(crate) fn fresh_folder(parent: &Path) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
    for number in 1_u32.. {
        let path = parent.join(number.to_string());
        match fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot make {}", path.display())),
        }
    }
    anyhow::bail!("every number below {} is taken", parent.display())
}

/// Whether a Rust file in a folder of the workspace, or below it, contains a text.
pub(crate) fn source_has(folder: &str, text: &str) -> anyhow::Result<bool> {
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let cannot_read = |path: &Path| format!("cannot read {}", path.display());
        for entry in fs::read_dir(&folder).with_context(|| cannot_read(&folder))? {
            let path = entry.with_context(|| cannot_read(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs")
                && fs::read_to_string(&path).with_context(|| cannot_read(&path))?.contains(text)
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A copy of the files that git knows, for a step that changes them.
pub(crate) fn copy_of_sources(to: &Path) -> anyhow::Result<()> {
    let files = crate::command::output(Command::new("git").args(["ls-files"]).current_dir(root()))?;
    for file in files.lines() {
        let (from, to) = (root().join(file), to.join(file));
        if !from.is_file() {
            continue;
        }
        let made = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::copy(&from, &to));
        made.with_context(|| format!("cannot copy {file}"))?;
    }
    Ok(())
}
