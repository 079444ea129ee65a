//! The names, contents and faults of a [`FakeFs`](super::FakeFs).

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    ops::Range,
    path::{Path, PathBuf},
};

use logger_core::Timestamp;

use super::Op;
use crate::{FileId, Kind, Meta, Owner};

/// Index into the nodes; what has no name any more keeps its place.
pub(super) type NodeId = usize;

#[derive(Debug)]
pub(super) struct State {
    pub(super) nodes: Vec<Node>,
    pub(super) names: BTreeMap<PathBuf, NodeId>,
    pub(super) space: Option<u64>,
    pub(super) writes: u64,
    pub(super) ids: Ids,
    pub(super) frees: Frees,
    pub(super) removed_when_read: Option<PathBuf>,
    /// How many calls are left.
    pub(super) halt: Option<u32>,
    pub(super) now: Timestamp,
    /// The names that a loss of power leaves.
    synced: BTreeMap<PathBuf, NodeId>,
    faults: Vec<Fault>,
    broken: Vec<(Op, ErrorKind)>,
    /// Writes that are short: in how many calls, and of how many bytes.
    shortened: Vec<(u32, usize)>,
}

impl Default for State {
    fn default() -> Self {
        State {
            nodes: Vec::new(),
            names: BTreeMap::new(),
            space: None,
            writes: 0,
            ids: Ids::default(),
            frees: Frees::default(),
            removed_when_read: None,
            halt: None,
            now: Timestamp::from_unix_nanos(0),
            synced: BTreeMap::new(),
            faults: Vec::new(),
            broken: Vec::new(),
            shortened: Vec::new(),
        }
    }
}

/// Whether files can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ids {
    #[default]
    Shown,
    Hidden,
}

/// Whether space comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Frees {
    #[default]
    Never,
    OnRemove,
}

#[derive(Debug)]
struct Fault {
    op: Op,
    /// In how many calls it happens; 1 is the next.
    calls: u32,
    kind: ErrorKind,
}

/// What is behind a name.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
    pub(super) owner: Owner,
    pub(super) mode: u32,
    pub(super) modified: Timestamp,
    /// What a loss of power leaves of the bytes.
    synced: Vec<u8>,
    /// What a failed sync has given up: no later one brings it to the medium.
    given_up: Vec<Range<usize>>,
    listing: Listing,
}

/// Whether something is told of when names are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Listing {
    Shown,
    /// A folder that is there for what lies in it.
    Hidden,
}

impl Node {
    pub(super) fn new(kind: Kind) -> Self {
        let mode = if kind == Kind::Folder { 0o700 } else { 0o600 };
        Node {
            kind,
            bytes: Vec::new(),
            owner: Owner::Us,
            mode,
            modified: Timestamp::from_unix_nanos(0),
            synced: Vec::new(),
            given_up: Vec::new(),
            listing: Listing::Shown,
        }
    }

    pub(super) fn file(bytes: Vec<u8>) -> Self {
        Node { bytes, ..Node::new(Kind::File) }
    }
}

impl State {
    pub(super) fn fail_nth(&mut self, op: Op, nth: u32, kind: ErrorKind) {
        self.faults.push(Fault { op, calls: nth, kind });
    }

    pub(super) fn fail_always(&mut self, op: Op, kind: ErrorKind) {
        self.broken.push((op, kind));
    }

    pub(super) fn shorten_nth(&mut self, nth: u32, bytes: usize) {
        self.shortened.push((nth, bytes));
    }

    pub(super) fn heal(&mut self) {
        self.faults.clear();
        self.broken.clear();
        self.shortened.clear();
        self.space = None;
        self.halt = None;
    }

    /// Counts a call, and fails if it is to.
    pub(super) fn check(&mut self, op: Op) -> io::Result<()> {
        if let Some(left) = &mut self.halt {
            *left = left.checked_sub(1).ok_or_else(|| io::Error::other("halted"))?;
        }
        let mut failure = self.broken.iter().find(|it| it.0 == op).map(|it| it.1);
        self.faults.retain_mut(|fault| {
            if fault.op == op {
                fault.calls -= 1;
                if fault.calls == 0 {
                    failure = Some(fault.kind);
                }
            }
            fault.calls > 0
        });
        failure.map_or(Ok(()), |kind| Err(kind.into()))
    }

    pub(super) fn append(&mut self, node: NodeId, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        let mut count = bytes.len();
        self.shortened.retain_mut(|(calls, most)| {
            *calls -= 1;
            if *calls == 0 {
                count = count.min(*most);
            }
            *calls > 0
        });
        self.check(Op::Append)?;
        if let Some(space) = &mut self.space {
            let left = usize::try_from(*space).unwrap_or(usize::MAX);
            if left == 0 && count > 0 {
                return Err(ErrorKind::StorageFull.into());
            }
            count = count.min(left);
            *space -= count as u64;
        }
        self.nodes[node].bytes.extend_from_slice(&bytes[..count]);
        self.nodes[node].modified = self.now;
        Ok(count)
    }

    pub(super) fn truncate(&mut self, node: NodeId, len: usize) {
        self.nodes[node].bytes.resize(len, 0);
        for range in &mut self.nodes[node].given_up {
            *range = range.start.min(len)..range.end.min(len);
        }
        self.nodes[node].modified = self.now;
    }

    pub(super) fn sync(&mut self, node: NodeId) {
        let node = &mut self.nodes[node];
        node.synced = node.bytes.clone();
        for range in &node.given_up {
            node.synced[range.clone()].fill(0);
        }
    }

    /// A sync failed: the system forgets that there was something to write, as Linux does. One that a killed process would have
    /// asked for was not asked for.
    pub(super) fn fail_sync(&mut self, node: NodeId) {
        if self.halt == Some(0) {
            return;
        }
        let node = &mut self.nodes[node];
        node.given_up.push(node.synced.len().min(node.bytes.len())..node.bytes.len());
    }

    pub(super) fn sync_folder(&mut self, folder: &Path) {
        let inside = |path: &Path| path.parent() == Some(folder);
        self.synced.retain(|path, _| !inside(path));
        let now = self.names.iter().filter(|(path, _)| inside(path));
        self.synced.extend(now.map(|(path, &id)| (path.clone(), id)));
    }

    pub(super) fn remove(&mut self, path: &Path) -> io::Result<()> {
        self.synced.remove(path);
        let len = self.find(path).map_or(0, |node| node.bytes.len() as u64);
        if let (Some(space), Frees::OnRemove) = (&mut self.space, self.frees) {
            *space += len;
        }
        self.names.remove(path).map(drop).ok_or(ErrorKind::NotFound.into())
    }

    pub(super) fn cut_power(&mut self) {
        // what lies in a folder goes with the folder
        let synced = &self.synced;
        let is_reached = |path: &Path| {
            let mut above = path.ancestors().skip(1).filter(|folder| folder.parent().is_some());
            above.all(|folder| synced.contains_key(folder))
        };
        let reached = synced.iter().filter(|(path, _)| is_reached(path));
        self.names = reached.map(|(path, &id)| (path.clone(), id)).collect();
        self.synced = self.names.clone();
        for node in &mut self.nodes {
            node.bytes = node.synced.clone();
            node.given_up.clear();
        }
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<NodeId> {
        if self.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if !path.parent().is_none_or(|folder| self.is_folder(folder)) {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(self.add(path.into(), Node { modified: self.now, ..Node::new(Kind::File) }))
    }

    pub(super) fn create_folders(&mut self, path: &Path) -> io::Result<()> {
        for folder in path.ancestors() {
            if self.is_folder(folder) {
                break;
            }
            if self.names.contains_key(folder) {
                return Err(ErrorKind::NotADirectory.into());
            }
            let node = Node { listing: Listing::Hidden, modified: self.now, ..Node::new(Kind::Folder) };
            self.add(folder.into(), node);
        }
        Ok(())
    }

    pub(super) fn put(&mut self, path: PathBuf, mut node: Node) {
        node.modified = self.now;
        if let Some(folder) = path.parent() {
            self.create_folders(folder).expect("the folders of what a test puts somewhere are folders");
            let above =
                path.ancestors().skip(1).filter_map(|folder| Some((folder.into(), *self.names.get(folder)?)));
            self.synced.extend(above);
        }
        let id = self.add(path.clone(), node);
        self.sync(id);
        self.synced.insert(path, id);
    }

    pub(super) fn link(&mut self, from: &Path, to: PathBuf) {
        let id = self.names[from];
        self.names.insert(to, id);
    }

    pub(super) fn change(&mut self, path: &Path, change: impl FnOnce(&mut Node)) {
        let id = self.names[path];
        change(&mut self.nodes[id]);
    }

    pub(super) fn find(&self, path: &Path) -> Option<&Node> {
        self.names.get(path).map(|&id| &self.nodes[id])
    }

    pub(super) fn listing(&self) -> impl Iterator<Item = (&Path, &Node)> {
        self.names
            .iter()
            .map(|(path, &id)| (path.as_path(), &self.nodes[id]))
            .filter(|(_, node)| node.listing == Listing::Shown)
    }

    pub(super) fn meta(&self, id: NodeId) -> Meta {
        let node = &self.nodes[id];
        Meta {
            kind: node.kind,
            len: node.bytes.len() as u64,
            links: self.names.values().filter(|&&it| it == id).count() as u64,
            owner: node.owner,
            mode: Some(node.mode),
            // 0 is what a journal takes for a file that cannot be told from others
            id: (self.ids == Ids::Shown).then_some(FileId { device: 0, number: id as u64 + 1 }),
            modified: Some(node.modified),
        }
    }

    /// The root always is one, whatever the system calls it.
    pub(super) fn is_folder(&self, path: &Path) -> bool {
        path.parent().is_none() || self.find(path).is_some_and(|it| it.kind == Kind::Folder)
    }

    fn add(&mut self, path: PathBuf, node: Node) -> NodeId {
        self.nodes.push(node);
        self.names.insert(path, self.nodes.len() - 1);
        self.nodes.len() - 1
    }
}
