//! L04: a block device answers writes with errors, its file system goes read-only, and comes back after a repair.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};

use super::{
    Load, Setting,
    disk::{Folder, quietly},
    records,
};

/// So long anything may take that comes by itself.
const PATIENCE: Duration = Duration::from_secs(60);
/// So long all is well before, and so long the load goes on after it has moved.
const WHILE: Duration = Duration::from_secs(2);

/// Records go to a second folder while the disk fails, and to the disk again when it is repaired. Each is somewhere.
pub(super) fn failing_device(_: &Setting) -> anyhow::Result<String> {
    let disk = FailingDisk::new()?;
    let mut load = Load::start(disk.path(), "moves", 200_000)?;
    let elsewhere = load.beside("fallback");
    thread::park_timeout(WHILE);
    disk.fail()?;
    wait("records move to the second folder", || Ok(!records(&elsewhere)?.0.is_empty()))?;
    wait("the file system goes read-only", || disk.is_read_only())?;
    thread::park_timeout(WHILE);
    let began = Instant::now();
    disk.repair()?;
    let at_repair = load.acked();
    wait("records come to the disk again", || {
        Ok(records(&disk.logs())?.0.keys().next_back().is_some_and(|&last| last > at_repair))
    })?;
    let recovery = began.elapsed();
    load.stop()?;
    let (acked, moved) = (load.acked(), records(&elsewhere)?.0);
    let on_disk = records(&disk.logs())?.0;
    // while it was not mounted there was a folder all the same
    disk.unmount()?;
    let below = records(&disk.logs())?.0;
    let copies = |n: &u64| [&moved, &on_disk, &below].map(|them| them.get(n).copied().unwrap_or(0));
    let lost = (0..acked).filter(|n| copies(n) == [0; 3]).count();
    let twice = (0..acked).filter(|n| copies(n).iter().sum::<u32>() > 1).count();
    let doubled = (0..acked).filter(|n| copies(n).iter().any(|&copies| copies > 1)).count();
    ensure!(lost == 0, "{lost} of {acked} records are lost");
    ensure!(doubled == 0, "{doubled} records are twice in one place");
    Ok(format!(
        "ok logged={acked} moved={} below={} recovery_ms={} lost=0 doubled=0 in_both={twice}",
        moved.len(),
        below.len(),
        recovery.as_millis(),
    ))
}

fn wait(what: &str, mut done: impl FnMut() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let began = Instant::now();
    while !done()? {
        ensure!(began.elapsed() < PATIENCE, "it never came that {what}");
        thread::park_timeout(Duration::from_millis(50));
    }
    Ok(())
}

/// A disk whose blocks lie in a memory disk of less room: when that is full, a write to a block that was never written before is
/// an error of the block device.
struct FailingDisk {
    room: PathBuf,
    mount: PathBuf,
    _folder: Folder,
}

/// An error of the data ends the journal too, and nothing is kept back in memory before it has its block.
const STRICT: &str = "loop,errors=remount-ro,data_err=abort,nodelalloc,dioread_lock";

impl FailingDisk {
    fn new() -> anyhow::Result<Self> {
        let folder = Folder::new("failing")?;
        let (room, mount) = (folder.0.join("room"), folder.0.join("mount"));
        fs::create_dir_all(&room)?;
        fs::create_dir_all(&mount)?;
        let disk = FailingDisk { room, mount, _folder: folder };
        quietly(Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "none"]).arg(&disk.room))?;
        File::create(disk.image())?.set_len(64 * 1024 * 1024)?;
        let lazy = ["-q", "-E", "lazy_journal_init=1,lazy_itable_init=1"];
        quietly(Command::new("mkfs.ext4").args(lazy).arg(disk.image()))?;
        disk.mount()?;
        Ok(disk)
    }

    fn path(&self) -> &Path {
        &self.mount
    }

    /// The folder that the load writes to.
    fn logs(&self) -> PathBuf {
        self.mount.join("logs")
    }

    fn image(&self) -> PathBuf {
        self.room.join("image")
    }

    fn filler(&self) -> PathBuf {
        self.room.join("filler")
    }

    fn mount(&self) -> anyhow::Result<()> {
        quietly(Command::new("mount").args(["-o", STRICT]).arg(self.image()).arg(&self.mount))
    }

    /// From now on new blocks cannot be written.
    fn fail(&self) -> anyhow::Result<()> {
        let mut filler = File::create(self.filler())?;
        loop {
            match filler.write_all(&[0; 64 * 1024]) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error).context("cannot fill the memory disk"),
            }
        }
    }

    fn is_read_only(&self) -> anyhow::Result<bool> {
        let probe = File::create(self.mount.join("probe"));
        Ok(probe.is_err_and(|error| error.kind() == io::ErrorKind::ReadOnlyFilesystem))
    }

    /// Takes it away, repairs it and brings it back to its place, as an administrator does.
    fn repair(&self) -> anyhow::Result<()> {
        fs::remove_file(self.filler())?;
        quietly(Command::new("umount").arg("-l").arg(&self.mount))?;
        // the load has to let go of its file
        wait("the disk is not in use any more", || {
            Ok(Command::new("losetup").arg("-j").arg(self.image()).output()?.stdout.is_empty())
        })?;
        // 1: there was something to repair
        let code = Command::new("e2fsck").args(["-f", "-y"]).arg(self.image()).output()?.status.code();
        ensure!(matches!(code, Some(0 | 1)), "the disk cannot be repaired: {code:?}");
        self.mount()
    }

    fn unmount(&self) -> anyhow::Result<()> {
        quietly(Command::new("umount").arg(&self.mount))
    }
}

impl Drop for FailingDisk {
    fn drop(&mut self) {
        let _ = quietly(Command::new("umount").arg("-l").arg(&self.mount));
        let _ = quietly(Command::new("umount").arg("-l").arg(&self.room));
    }
}
