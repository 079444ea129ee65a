//! What a phone would show: a trading program in trouble, and the services that it alerts, played by a server on this machine.
//!
//! `cargo xtask demo --alerts` runs it.
#![expect(clippy::print_stdout, reason = "it is what the example is for")]

use std::time::Duration;

use logger_core::{Category, Context, LoggerExt as _, Pipeline, crit, error, info};
use logger_telegram::{Alerts, Discord, Mode, Ntfy, Rule, Slack, Telegram, Webhook};
use logger_testserver::{Fault, Options, Server, Shown};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::start(Options { secret: Some("s3cret".into()), ..Options::default() });
    let url = server.url();
    let folder = std::env::temp_dir().join(format!("alerts-{}", std::process::id()));
    let alerts = Alerts::builder()
        .allow_host("127.0.0.1")
        .target(Telegram::new("123456:demo_demo_demo_demo", "-100200300").base_url(&url))
        .target(Discord::new(format!("{url}/api/webhooks/1/demo")))
        .target(Slack::new(format!("{url}/services/T/B/demo")))
        .target(Ntfy::new(&url, "trading"))
        .target(Webhook::new(format!("{url}/hook")).secret("s3cret"))
        .spool(folder.join("alerts.spool"))
        .rule(Rule::each("critical"))
        .rule(Rule::each("fills").category(Category::Trade).mode(Mode::Silent).to(["telegram", "ntfy"]))
        .rule(Rule::rate("error rate", 20, Duration::from_secs(60)))
        .start()?;
    let handle = alerts.handle();
    let guard = Pipeline::builder().app_name("demo").route(alerts.route("alerts")).start()?;
    let expert = guard.logger().bind(&Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));

    // the first requests go wrong, as they do on a bad day
    server.fail([Fault::Status(502), Fault::Wait(1.0), Fault::Reset]);
    crit!(expert, "position is not hedged"; "size" => 0.5, "price" => 70_000.5);
    info!(expert.trade(), "order filled"; "order_id" => 123);
    crit!(expert, "@everyone see <b>https://evil.example</b> *now* ``` [x](tg://user?id=1)"; "note" => "@here");
    for n in 0..25 {
        error!(expert, "order rejected"; "order_id" => n);
    }
    for _ in 0..10_000 {
        crit!(expert, "margin call");
    }
    let report = guard.shutdown(Duration::from_secs(15));

    for service in ["telegram", "discord", "slack", "ntfy", "webhook"] {
        println!("━━━ {service} {}", "━".repeat(60 - service.len()));
        server.shown().iter().filter(|it| it.service == service).for_each(show);
    }
    println!("━━━ figures {}", "━".repeat(53));
    for target in handle.health().targets {
        println!(
            "{:9} {}, {}, {} told, {} retried, {}, state {}\n          {}",
            target.name,
            counted(target.sent, "message"),
            counted(target.edited, "change"),
            counted(target.told, "alert"),
            target.retried,
            counted(target.limited, "wait"),
            target.state.as_str(),
            target.delay
        );
    }
    println!(
        "delays: from the log call to the answer; to one chat Telegram and Slack take one message a second"
    );
    let complaints = server.complaints();
    println!("rules of the services that were broken: {}", complaints.len());
    complaints.iter().for_each(|it| println!("  {it}"));
    let _ = std::fs::remove_dir_all(folder);
    let all_told = report.finished && complaints.is_empty();
    if all_told { Ok(()) } else { Err("not all alerts were delivered by the rules".into()) }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn show(message: &Shown) {
    let sound = if message.silent { " (without a sound)" } else { "" };
    let edits = if message.edits > 0 {
        format!(" (changed {})", counted(message.edits.into(), "time"))
    } else {
        String::new()
    };
    println!("┌ {}{sound}{edits}", message.place);
    message.text.lines().for_each(|line| println!("│ {line}"));
    message.made.iter().for_each(|made| println!("│ MADE OF IT: {made}"));
    println!("└");
}
