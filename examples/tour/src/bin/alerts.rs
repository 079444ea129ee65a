//! A CRITICAL record reaches a phone; the service is played by a server on this machine.
#![expect(clippy::print_stdout, reason = "it shows the phone")]

use std::time::Duration;

use logger_config::{Context, MetaLogger, critical, error};
use logger_testserver::{Options, Server};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let telegram = Server::start(Options::default());
    let logger = MetaLogger::builder()
        .app_name("my_bot")
        .log_dir("logs")
        .set("console.enabled", false)
        .set("telegram.bot_token", "123456:only-for-the-example") // really: TELEGRAM_BOT_TOKEN_FILE
        .set("telegram.chat_id", "-1001234567890")
        .set("telegram.base_url", telegram.url()) // these two lines go when it is the real service
        .set("alerts.allow_hosts", "127.0.0.1")
        .build()?;

    let log = logger.bind(Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));
    error!(log, "order rejected"); // no alert: the threshold is CRITICAL
    for _ in 0..1_000 {
        critical!(log, "position is not hedged"; "size" => 0.5);
    }

    let report = logger.shutdown(Duration::from_secs(10)); // waits for the phone, too
    assert!(report.finished);
    for message in telegram.shown() {
        println!("{}", message.text);
    }
    Ok(())
}
