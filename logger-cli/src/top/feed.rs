//! Where records come from: the newest of the files, then what is written from now on.

use std::io;

use logger_config::Level;

use crate::{
    around::{Around, Shown},
    follow::Follower,
    line::Line,
    query::{Query, Sieve},
};

/// The newest records of some logs, and then those that come.
#[derive(Debug)]
pub struct Feed {
    query: Query,
    follower: Follower,
    sieve: Sieve,
}

impl Feed {
    /// Of the logs of a query, those that it wants. Lines around them are not shown.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn of(mut query: Query) -> io::Result<Feed> {
        query.around = Around::NONE;
        let follower = Follower::at_end(&query.logs, &query.meter)?;
        Ok(Feed { query, follower, sieve: Sieve::new(Around::NONE) })
    }

    /// The newest `limit` records of a level or above, the oldest first. What comes is of that level from now on.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn newest(&mut self, level: Level, limit: usize) -> io::Result<Vec<Line>> {
        self.query.filter = std::mem::take(&mut self.query.filter).level(level);
        // before the past is read, so that nothing falls between
        self.follower = Follower::at_end(&self.query.logs, &self.query.meter)?;
        self.sieve = Sieve::new(Around::NONE);
        let newest = self.query.newest(limit)?;
        newest.iter().for_each(|it| self.sieve.note(&it.line));
        Ok(newest.into_iter().map(|it| it.line).collect())
    }

    /// What came since the last look.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn look(&mut self) -> io::Result<Vec<Line>> {
        let mut shown: Vec<Shown> = Vec::new();
        for line in self.follower.look()? {
            self.sieve.push(&self.query, &line, &mut shown);
        }
        Ok(shown.into_iter().map(|it| it.line).collect())
    }
}
