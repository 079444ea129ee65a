//! When a file ends.

/// When a file ends and the next one begins. Asked before each line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RotationPolicy {
    /// The file grows for ever, or somebody else rotates it.
    Never,
    /// The file ends before the line that would make it longer than this many bytes. A line that is longer by
    /// itself gets a file of its own, the only one above the limit.
    Size(u64),
}

impl Default for RotationPolicy {
    /// 10 MiB, the customary size of log files that people still open in an editor.
    fn default() -> Self {
        RotationPolicy::Size(10 * 1024 * 1024)
    }
}

/// The policy, and for how long a rotation that failed is put off.
#[derive(Debug)]
pub(crate) struct Rotation {
    policy: RotationPolicy,
    postponed: Option<Postponed>,
}

#[derive(Debug, Clone, Copy)]
struct Postponed {
    /// The size of the file at which it tries again.
    until: u64,
    /// How far it was put off the last time.
    distance: u64,
}

impl Rotation {
    pub(crate) fn new(policy: RotationPolicy) -> Self {
        Rotation { policy, postponed: None }
    }

    /// How many bytes a file that is `len` long can take before it ends.
    pub(crate) fn room(&self, len: u64) -> u64 {
        match self.policy {
            RotationPolicy::Never => u64::MAX,
            RotationPolicy::Size(limit) => {
                let limit = self.postponed.map_or(limit, |it| it.until.max(limit));
                limit.saturating_sub(len)
            }
        }
    }

    /// A file of `len` bytes could not end: it goes on for an eighth of its limit, and for twice as far at
    /// each further failure, up to the limit. Returns the size at which it tries again.
    ///
    /// The distance grows with what is written, not with time, so a file that is hardly written to is not
    /// retried for nothing, and one that grows fast cannot get far.
    pub(crate) fn postpone(&mut self, len: u64) -> u64 {
        let RotationPolicy::Size(limit) = self.policy else { return u64::MAX };
        let distance = self.postponed.map_or(limit / 8, |it| it.distance.saturating_mul(2).min(limit)).max(1);
        let until = len.saturating_add(distance);
        self.postponed = Some(Postponed { until, distance });
        until
    }

    /// A new file began.
    pub(crate) fn restart(&mut self) {
        self.postponed = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_what_is_left_of_the_limit() {
        let rotation = Rotation::new(RotationPolicy::Size(100));
        assert_eq!([0, 1, 99, 100, 101].map(|len| rotation.room(len)), [100, 99, 1, 0, 0]);
    }

    #[test]
    fn a_file_that_never_ends_always_has_room() {
        let mut rotation = Rotation::new(RotationPolicy::Never);
        assert_eq!(rotation.room(u64::MAX), u64::MAX);
        assert_eq!(rotation.postpone(5), u64::MAX);
    }

    #[test]
    fn each_failure_puts_the_end_off_twice_as_far_up_to_the_limit() {
        let mut rotation = Rotation::new(RotationPolicy::Size(800));
        let mut len = 800;
        let mut distances = Vec::new();
        for _ in 0..6 {
            let until = rotation.postpone(len);
            assert_eq!(rotation.room(len), until - len);
            distances.push(until - len);
            len = until;
        }
        assert_eq!(distances, [100, 200, 400, 800, 800, 800]);
    }

    #[test]
    fn a_new_file_has_its_whole_limit_again() {
        let mut rotation = Rotation::new(RotationPolicy::Size(800));
        rotation.postpone(800);
        rotation.restart();
        assert_eq!((rotation.room(0), rotation.postpone(800)), (800, 900));
    }

    #[test]
    fn a_tiny_or_huge_limit_does_not_overflow() {
        assert_eq!(Rotation::new(RotationPolicy::Size(0)).postpone(7), 8);
        let mut rotation = Rotation::new(RotationPolicy::Size(u64::MAX));
        assert_eq!(rotation.postpone(u64::MAX), u64::MAX);
        assert_eq!(rotation.postpone(u64::MAX), u64::MAX);
    }
}
