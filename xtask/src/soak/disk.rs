//! A small ext4 disk of its own, in a file, which can lose its power or hang.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, bail};

use crate::command;

/// What the disk needs, by the name of the program.
const NEEDED: [&str; 7] = ["mkfs.ext4", "mount", "umount", "losetup", "fsfreeze", "perl", "e2fsck"];

/// `EXT4_IOC_SHUTDOWN` without writing the journal out: what is not on the medium at this moment never gets there.
const SHUT_DOWN: &str = r#"open(D, "<", $ARGV[0]) or die "$!"; my $how = pack("L", 2);
ioctl(D, 0x8004587d, $how) or die "$!";"#;

/// Why there can be no such disk here; `None` where there can.
pub(super) fn unavailable() -> Option<String> {
    let id = Command::new("id").arg("-u").output();
    if !id.is_ok_and(|it| it.stdout.trim_ascii() == b"0") {
        return Some("needs root, to mount a disk".into());
    }
    let missing: Vec<_> = NEEDED.into_iter().filter(|it| command::find(it).is_none()).collect();
    if !missing.is_empty() {
        return Some(format!("needs {}", missing.join(", ")));
    }
    (!Path::new("/dev/loop-control").exists()).then(|| "needs a loop device".into())
}

/// A mounted disk; it is taken down with the value.
pub(super) struct Disk {
    image: PathBuf,
    mount: PathBuf,
    _folder: Folder,
}

/// A folder that is removed with the value.
pub(super) struct Folder(pub(super) PathBuf);

impl Folder {
    pub(super) fn new(name: &str) -> anyhow::Result<Self> {
        let base =
            if Path::new("/dev/shm").is_dir() { PathBuf::from("/dev/shm") } else { std::env::temp_dir() };
        let path = base.join(format!("logger-soak-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Disk {
    /// A new one of 64 MB.
    pub(super) fn new() -> anyhow::Result<Self> {
        let folder = Folder::new("disk")?;
        let (image, mount) = (folder.0.join("image"), folder.0.join("mount"));
        File::create(&image)?.set_len(64 * 1024 * 1024)?;
        fs::create_dir_all(&mount)?;
        quietly(Command::new("mkfs.ext4").arg("-q").arg(&image))?;
        let disk = Disk { image, mount, _folder: folder };
        disk.mount()?;
        Ok(disk)
    }

    pub(super) fn path(&self) -> &Path {
        &self.mount
    }

    fn mount(&self) -> anyhow::Result<()> {
        quietly(Command::new("mount").args(["-o", "loop"]).arg(&self.image).arg(&self.mount))
    }

    /// From now on it answers every write with an error, and keeps what it had on its medium.
    pub(super) fn cut_power(&self) -> anyhow::Result<()> {
        quietly(Command::new("perl").args(["-e", SHUT_DOWN]).arg(&self.mount))
    }

    /// It comes back as after a loss of power: its journal is played.
    pub(super) fn power_on(&self) -> anyhow::Result<()> {
        quietly(Command::new("umount").arg(&self.mount))?;
        self.mount()
    }

    /// Every write hangs until the value that is returned is dropped.
    pub(super) fn freeze(&self) -> anyhow::Result<Frozen<'_>> {
        quietly(Command::new("fsfreeze").arg("--freeze").arg(&self.mount))?;
        Ok(Frozen(self))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = quietly(Command::new("umount").arg("-l").arg(&self.mount));
    }
}

/// A disk that hangs.
pub(super) struct Frozen<'a>(&'a Disk);

impl Drop for Frozen<'_> {
    fn drop(&mut self) {
        let _ = quietly(Command::new("fsfreeze").arg("--unfreeze").arg(&self.0.mount));
    }
}

pub(super) fn quietly(command: &mut Command) -> anyhow::Result<()> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
