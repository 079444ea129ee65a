//! The way along a chain, as its lines are read.

use std::collections::VecDeque;

use super::link::{Hasher, Link, Sealed};

/// So many links are kept: lines that are written once more are not further back.
const KEPT: usize = 128 * 1024;

/// Where a reader is in a chain.
pub(super) struct Track {
    /// The line that was read last.
    pub(super) at: Link,
    /// Those before it, the newest last.
    history: VecDeque<Link>,
    /// Whether the line that was read last was there already.
    is_repeating: bool,
}

/// What a line is to those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The next one.
    Next,
    /// One that was there already, the same.
    Repeated,
    /// Another one with the number of an earlier line, written by who has written that: the earlier one and those behind it
    /// were taken for not arrived, and could not be cut off.
    Instead,
    /// Lines are missing before it.
    Gap,
    /// It is behind where it belongs, or is not as it was written.
    Behind,
    /// It has the number of the next one, and is not as it was written or follows another line.
    Wrong,
}

impl Track {
    /// Behind a line, and maybe the one before that.
    pub(super) fn new(at: Link, before: Option<Link>) -> Self {
        Track { at, history: before.into_iter().collect(), is_repeating: false }
    }

    /// Judges a line, and goes on to it where that is the way.
    pub(super) fn step(&mut self, hasher: &Hasher, sealed: &Sealed<'_>) -> Step {
        let step = self.judge(hasher, sealed);
        self.is_repeating = step == Step::Repeated;
        step
    }

    fn judge(&mut self, hasher: &Hasher, sealed: &Sealed<'_>) -> Step {
        let number = sealed.link.number;
        if number > self.at.number + 1 {
            return Step::Gap;
        }
        let Some(before) = self.known(number - 1).filter(|&before| sealed.follows(hasher, before)) else {
            return if number > self.at.number { Step::Wrong } else { Step::Behind };
        };
        if number > self.at.number {
            self.go_on(sealed.link);
            return Step::Next;
        }
        // who goes back says so by the line before; else anybody could put a line there once more
        if sealed.before.is_none() && !self.is_repeating {
            return Step::Behind;
        }
        if self.known(number) == Some(sealed.link) {
            return Step::Repeated;
        }
        while self.history.back().is_some_and(|it| it.number >= before.number) {
            self.history.pop_back();
        }
        self.history.push_back(before);
        self.at = sealed.link;
        Step::Instead
    }

    /// Goes on to a line, whatever it is.
    pub(super) fn go_on(&mut self, link: Link) {
        self.history.push_back(self.at);
        while self.history.len() > KEPT {
            self.history.pop_front();
        }
        self.at = link;
    }

    fn known(&self, number: u64) -> Option<Link> {
        self.history.iter().chain([&self.at]).rev().find(|it| it.number == number).copied()
    }
}
