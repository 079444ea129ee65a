//! Plays Telegram, Discord, Slack, ntfy and any webhook on a port of this machine, and shows what a person would see.
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use std::{env, time::Duration};

use logger_testserver::{Options, Server};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let usage = "usage: serve PORT, such as `serve 8099`";
    let port = env::args().nth(1).and_then(|port| port.parse().ok()).ok_or(usage)?;
    let server = Server::start(Options { port, ..Options::default() });
    println!("listening on {}", server.url());
    for seen in 1.. {
        while !server.wait_until(Duration::from_secs(60), |shown| shown.len() >= seen) {}
        let message = &server.shown()[seen - 1];
        println!("--- {} {}\n{}", message.service, message.place, message.text);
    }
    Ok(())
}
