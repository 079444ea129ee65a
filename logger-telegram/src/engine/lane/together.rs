//! Which alerts share a message. Where a service has room for one message and several wait, they leave at once in one
//! rather than one after the other: who is in trouble wants all of them now.

use std::time::Instant;

use super::{Lane, MANY_TRIES};
use crate::{
    engine::{
        bucket::Claim,
        group::Group,
        post::{Part, Post},
    },
    text::Form,
};

impl Lane {
    /// What a change of a message says: all that it has said, with what came since.
    pub(super) fn parts_of(&mut self, order: u64, post: &Post) -> Vec<Part> {
        let one = [order];
        let orders: Vec<u64> = post.parts.iter().map(|part| part.order).collect();
        let orders = if orders.is_empty() { &one[..] } else { &orders };
        let said = |order: u64| post.parts.iter().find(|part| part.order == order).cloned();
        let groups = &mut self.groups;
        let now = |&order: &u64| match groups.get_mut(&order).filter(|it| it.is_in(Some(post))) {
            Some(group) => Some(group.say(order)),
            // it is told elsewhere by now, or over
            None => said(order),
        };
        orders.iter().filter_map(now).collect()
    }

    /// A message that is to be sent, and those that share it: the most serious one first.
    pub(super) fn company(&mut self, order: u64, now: Instant) -> Vec<Part> {
        let orders = self.who_shares(order, now).unwrap_or_else(|| vec![order]);
        let groups = &mut self.groups;
        orders.iter().filter_map(|&order| groups.get_mut(&order).map(|group| group.say(order))).collect()
    }

    /// Those that share a message; `None` where each has one of its own.
    fn who_shares(&mut self, order: u64, now: Instant) -> Option<Vec<u64>> {
        let most = self.service.most_together();
        // while it fails, one alert alone is tried: it may be the message that is wrong
        if most < 2 || self.backoff.failures() > 0 {
            return None;
        }
        let chosen = self.groups.get(&order)?;
        let (is_update, claim) = match chosen.is_update() && !self.closing {
            true => (true, Claim::Repeat),
            false => (chosen.is_update(), Claim::First),
        };
        let shares = |group: &Group| {
            let is_free = group.posted.is_none() && !group.alone && group.form == Form::Full;
            let is_due = || self.due(group, now).is_some_and(|due| due <= now);
            is_free && group.tries < MANY_TRIES && group.is_update() == is_update && is_due()
        };
        if !shares(chosen) {
            return None;
        }
        let mut waiting: Vec<u64> =
            self.groups.iter().filter(|(_, group)| shares(group)).map(|(&order, _)| order).collect();
        if waiting.len() < 2 {
            self.crowded = false;
        }
        let room = self.buckets.iter().map(|bucket| bucket.room(now, claim)).min();
        let room = if self.crowded { 1 } else { room.unwrap_or(usize::MAX) };
        if waiting.len() <= room.max(1) {
            return None;
        }
        waiting.sort_by_key(|order| (u8::MAX - self.groups[order].alert.level as u8, *order));
        waiting.truncate(most);
        Some(waiting)
    }
}
