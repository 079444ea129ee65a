//! A file system in memory whose calls fail on request, and the computer's own with some calls altered. With feature
//! `testing`.

mod altered;
mod state;

use std::{
    ffi::OsString,
    io::{self, Cursor, ErrorKind, Read},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use logger_core::Timestamp;

pub use self::altered::{Alter, AlteredFs};
use self::state::{Frees, Ids, Node, NodeId, State};
use crate::{Fs, FsFile, Kind, Meta, Owner};

/// A file system in memory. Clones are handles to the same one, so a test keeps one and gives one away.
///
/// It does what [`Fs`] promises, until it is told to fail.
#[derive(Debug, Clone, Default)]
pub struct FakeFs {
    state: Arc<Mutex<State>>,
}

/// A call that can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Op {
    /// [`FsFile::append`].
    Append,
    /// [`FsFile::truncate`].
    Truncate,
    /// [`FsFile::inspect`].
    InspectFile,
    /// [`FsFile::last_byte`].
    LastByte,
    /// [`Fs::create`].
    Create,
    /// [`Fs::create_folders`].
    CreateFolders,
    /// [`Fs::free_space`].
    FreeSpace,
    /// [`Fs::inspect`].
    Inspect,
    /// [`Fs::list`].
    List,
    /// [`Fs::open`].
    Open,
    /// [`Fs::read`].
    Read,
    /// [`Fs::remove`].
    Remove,
    /// [`Fs::rename`].
    Rename,
    /// [`FsFile::sync`]. What one that failed should have brought to the medium is given up: a later one says that all is well
    /// and does not bring it there.
    Sync,
    /// [`Fs::sync_folder`].
    SyncFolder,
}

/// What it is told to do.
impl FakeFs {
    /// An empty one.
    pub fn new() -> Self {
        FakeFs::default()
    }

    /// The n-th call of `op` from now fails, 1 being the next.
    pub fn fail(&self, op: Op, nth: u32, kind: ErrorKind) {
        self.state().fail_nth(op, nth, kind);
    }

    /// Each call of `op` fails until [`heal`](FakeFs::heal).
    pub fn break_down(&self, op: Op, kind: ErrorKind) {
        self.state().fail_always(op, kind);
    }

    /// After so many calls of any kind each one fails until [`heal`](FakeFs::heal), as if the process had been killed.
    pub fn halt_after(&self, calls: u32) {
        self.state().halt = Some(calls);
    }

    /// The n-th write from now fails, and writes nothing.
    pub fn fail_write(&self, nth: u32, kind: ErrorKind) {
        self.fail(Op::Append, nth, kind);
    }

    /// The n-th rename from now fails.
    pub fn fail_rename(&self, nth: u32, kind: ErrorKind) {
        self.fail(Op::Rename, nth, kind);
    }

    /// The n-th creation of a file from now fails.
    pub fn fail_create(&self, nth: u32, kind: ErrorKind) {
        self.fail(Op::Create, nth, kind);
    }

    /// The n-th deletion from now fails.
    pub fn fail_remove(&self, nth: u32, kind: ErrorKind) {
        self.fail(Op::Remove, nth, kind);
    }

    /// The n-th write from now writes only the first `bytes`, and succeeds.
    pub fn short_write(&self, nth: u32, bytes: usize) {
        self.state().shorten_nth(nth, bytes);
    }

    /// From now on there is space for so many bytes more: the write that needs more is short, the next one
    /// fails.
    pub fn space(&self, bytes: u64) {
        self.state().space = Some(bytes);
    }

    /// This file is deleted as soon as it has been opened for reading: what was read stays readable.
    pub fn remove_when_read(&self, path: impl Into<PathBuf>) {
        self.state().removed_when_read = Some(path.into());
    }

    /// From now on a deleted file gives its space back.
    pub fn free_on_remove(&self) {
        self.state().frees = Frees::OnRemove;
    }

    /// From now on this is the time at which files are changed. Before the first call it is 1970.
    pub fn set_now(&self, now: Timestamp) {
        self.state().now = now;
    }

    /// The power is lost and comes back: content that was not synced is gone, and so is each change of a name in a folder
    /// that was not, but for deletions, which may reach the medium at once. What a test has put there stays. Open files must not be used any more.
    pub fn cut_power(&self) {
        self.state().cut_power();
    }

    /// Nothing fails any more, and there is space.
    pub fn heal(&self) {
        self.state().heal();
    }

    /// From now on files cannot be told apart by their [`FileId`](crate::FileId), as on systems that have none.
    pub fn hide_ids(&self) {
        self.state().ids = Ids::Hidden;
    }

    /// Puts a regular file of ours there, and the folders above it.
    pub fn put(&self, path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) {
        self.state().put(path.into(), Node::file(content.into()));
    }

    /// Puts something else there.
    pub fn put_kind(&self, path: impl Into<PathBuf>, kind: Kind) {
        self.state().put(path.into(), Node::new(kind));
    }

    /// Gives a file a second name.
    pub fn hard_link(&self, from: impl AsRef<Path>, to: impl Into<PathBuf>) {
        self.state().link(from.as_ref(), to.into());
    }

    /// Gives what is there to another user.
    pub fn give_away(&self, path: impl AsRef<Path>) {
        self.state().change(path.as_ref(), |node| node.owner = Owner::Other);
    }

    /// Sets the permission bits of what is there.
    pub fn set_mode(&self, path: impl AsRef<Path>, mode: u32) {
        self.state().change(path.as_ref(), |node| node.mode = mode);
    }
}

/// What it tells.
impl FakeFs {
    /// The content of a file; `None` where there is none.
    pub fn read(&self, path: impl AsRef<Path>) -> Option<Vec<u8>> {
        let state = self.state();
        let node = state.find(path.as_ref())?;
        (node.kind == Kind::File).then(|| node.bytes.clone())
    }

    /// The names of everything but folders, sorted, and of folders that were put there.
    pub fn names(&self) -> Vec<String> {
        self.state().listing().map(|(path, _)| path.display().to_string()).collect()
    }

    /// A line for each of [`names`](FakeFs::names) with its content, newlines shown as `⏎`, or with what it
    /// is.
    pub fn contents(&self) -> String {
        let state = self.state();
        state.listing().fold(String::new(), |text, (path, node)| {
            let content = match node.kind {
                Kind::File => String::from_utf8_lossy(&node.bytes).replace('\n', "⏎"),
                other => other.to_string(),
            };
            text + &format!("{}: {content}\n", path.display())
        })
    }

    /// How many writes there were, failed ones included.
    pub fn writes(&self) -> u64 {
        self.state().writes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fs for FakeFs {
    fn inspect(&self, path: &Path) -> io::Result<Option<Meta>> {
        let mut state = self.state();
        state.check(Op::Inspect)?;
        Ok(state.names.get(path).map(|&id| state.meta(id)))
    }

    fn create_folders(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::CreateFolders)?;
        state.create_folders(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let mut state = self.state();
        state.check(Op::Create)?;
        let node = state.create(path)?;
        Ok(Box::new(FakeFile { fs: self.clone(), node }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn FsFile>> {
        let mut state = self.state();
        state.check(Op::Open)?;
        let &node = state.names.get(path).ok_or(ErrorKind::NotFound)?;
        match state.nodes[node].kind {
            Kind::Folder => Err(ErrorKind::IsADirectory.into()),
            Kind::Link => Err(io::Error::other("it is a link")),
            _ => Ok(Box::new(FakeFile { fs: self.clone(), node })),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::Rename)?;
        if state.names.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let id = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.into(), id);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::Remove)?;
        state.remove(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<OsString>> {
        let mut state = self.state();
        state.check(Op::List)?;
        if !state.is_folder(folder) {
            return Err(ErrorKind::NotFound.into());
        }
        let inside = state.names.keys().filter(|path| path.parent() == Some(folder));
        Ok(inside.filter_map(|path| path.file_name()).map(OsString::from).collect())
    }

    fn read(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.state().check(Op::Read)?;
        let bytes = FakeFs::read(self, path).ok_or(ErrorKind::NotFound)?;
        let mut state = self.state();
        if state.removed_when_read.as_deref() == Some(path) {
            state.removed_when_read = None;
            state.remove(path)?;
        }
        Ok(Box::new(Cursor::new(bytes)))
    }

    fn free_space(&self, _: &Path) -> io::Result<Option<u64>> {
        let mut state = self.state();
        state.check(Op::FreeSpace)?;
        Ok(state.space)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.check(Op::SyncFolder)?;
        state.sync_folder(folder);
        Ok(())
    }
}

/// An open file, which lives on when its name goes.
#[derive(Debug)]
struct FakeFile {
    fs: FakeFs,
    node: NodeId,
}

impl FsFile for FakeFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.fs.state().append(self.node, bytes)
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.fs.state();
        state.check(Op::Truncate)?;
        let len = usize::try_from(len).map_err(|_| ErrorKind::FileTooLarge)?;
        state.truncate(self.node, len);
        Ok(())
    }

    fn inspect(&self) -> io::Result<Meta> {
        let mut state = self.fs.state();
        state.check(Op::InspectFile)?;
        Ok(state.meta(self.node))
    }

    fn last_byte(&mut self) -> io::Result<Option<u8>> {
        let mut state = self.fs.state();
        state.check(Op::LastByte)?;
        Ok(state.nodes[self.node].bytes.last().copied())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.fs.state();
        state.check(Op::Sync).inspect_err(|_| state.fail_sync(self.node))?;
        state.sync(self.node);
        Ok(())
    }

    fn set_modified(&mut self, at: Timestamp) -> io::Result<()> {
        self.fs.state().nodes[self.node].modified = at;
        Ok(())
    }
}
