//! The names, contents and faults of a [`FakeFs`](super::FakeFs).

use std::{
    collections::BTreeMap,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::Op;
use crate::{FileId, Kind, Meta, Owner};

/// Index into the nodes; what has no name any more keeps its place.
pub(super) type NodeId = usize;

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) nodes: Vec<Node>,
    pub(super) names: BTreeMap<PathBuf, NodeId>,
    pub(super) space: Option<u64>,
    pub(super) writes: u64,
    pub(super) ids: Ids,
    faults: Vec<Fault>,
    broken: Vec<(Op, ErrorKind)>,
    /// Writes that are short: in how many calls, and of how many bytes.
    shortened: Vec<(u32, usize)>,
}

/// Whether files can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ids {
    #[default]
    Shown,
    Hidden,
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
        Node { kind, bytes: Vec::new(), owner: Owner::Us, mode, listing: Listing::Shown }
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
    }

    /// Counts a call, and fails if it is to.
    pub(super) fn check(&mut self, op: Op) -> io::Result<()> {
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
        Ok(count)
    }

    pub(super) fn create(&mut self, path: &Path) -> io::Result<NodeId> {
        if self.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        if !path.parent().is_none_or(|folder| self.is_folder(folder)) {
            return Err(ErrorKind::NotFound.into());
        }
        Ok(self.add(path.into(), Node::new(Kind::File)))
    }

    pub(super) fn create_folders(&mut self, path: &Path) -> io::Result<()> {
        for folder in path.ancestors() {
            if self.is_folder(folder) {
                break;
            }
            if self.names.contains_key(folder) {
                return Err(ErrorKind::NotADirectory.into());
            }
            self.add(folder.into(), Node { listing: Listing::Hidden, ..Node::new(Kind::Folder) });
        }
        Ok(())
    }

    pub(super) fn put(&mut self, path: PathBuf, node: Node) {
        if let Some(folder) = path.parent() {
            self.create_folders(folder).expect("the folders of what a test puts somewhere are folders");
        }
        self.add(path, node);
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
            id: (self.ids == Ids::Shown).then_some(FileId { device: 0, number: id as u64 }),
        }
    }

    /// The root always is one, whatever the system calls it.
    fn is_folder(&self, path: &Path) -> bool {
        path.parent().is_none() || self.find(path).is_some_and(|it| it.kind == Kind::Folder)
    }

    fn add(&mut self, path: PathBuf, node: Node) -> NodeId {
        self.nodes.push(node);
        self.names.insert(path, self.nodes.len() - 1);
        self.nodes.len() - 1
    }
}
