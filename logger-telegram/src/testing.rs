//! What the unit tests share.

use logger_core::{Level, Timestamp};

use crate::alert::{Alert, Delivery};

pub(crate) fn alert(kind: u64, level: Level) -> Alert {
    Alert {
        kind,
        run: "run".into(),
        seq: kind,
        level,
        timestamp: Timestamp::from_unix_nanos(0),
        line: format!(r#"{{"event":"event {kind}","expert_name":"ema"}}"#).into(),
        delivery: Delivery::default(),
    }
}
