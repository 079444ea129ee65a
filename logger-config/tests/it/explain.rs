//! Where every value comes from.

use expect_test::expect;
use logger_config::Level;
use logger_config::Preset;

use crate::{error_of_file, with_file, without_folder};

#[test]
fn every_value_says_where_it_comes_from_and_what_it_hides() {
    let text = "level = 'error'\n\n[queue]\nwait = '7ms'\n";
    let (folder, builder) = with_file(text, &[("LOG_LEVEL", "debug"), ("LOG__QUEUE__TRADE_RING", "2 MiB")]);
    let explanation = builder.preset(Preset::Production).level(Level::Trace).explain().unwrap().to_string();
    let explanation = without_folder(&explanation, &folder);
    expect![[r#"
        app_name is not given
        level = `trace` (code; hides `debug` of environment LOG_LEVEL; `error` of file logging.toml, line 1, column 9; `warning` of preset production; `info` of default)
        log_dir = `logs` (default)
        panics = `log` (default)
        backtraces = `critical` (default)
        signals = `leave` (default)
        signals_within = `5s` (default)
        reload = `true` (default)
        files.enabled = `true` (preset production; hides `true` of default)
        files.format = `json` (preset production; hides `json` of default)
        files.envelope = `full` (default)
        files.max_size = `10 MB` (default)
        files.backup_count = `5` (default)
        files.rotate = `never` (default)
        files.zone = `UTC` (default)
        files.at_start = `continue` (default)
        files.naming = `numbered` (default)
        files.max_age is not given
        files.max_total is not given
        files.folder_size is not given
        files.folder_trades = `stay` (default)
        files.min_free is not given
        files.compression = `none` (default)
        files.durability = `os` (default)
        files.trades_durability is not given
        files.trades_ballast is not given
        files.seal = `none` (default)
        files.seal_key is not given
        files.reopen_on_hangup = `false` (default)
        files.writers = `one` (default)
        files.expert is not given
        files.general = `expert.log` (default)
        files.trades = `trades.log` (default)
        files.errors = `errors.log` (default)
        console.enabled = `false` (preset production; hides `true` of default)
        console.level is not given
        console.colors = `auto` (default)
        console.details = `in_line` (default)
        console.queue = `8192` (default)
        queue.memory = `shared` (default)
        queue.trade_ring = `2 MiB` (environment LOG__QUEUE__TRADE_RING; hides `128 KiB` of default)
        queue.general_ring = `512 KiB` (default)
        queue.wait = `7ms` (file logging.toml, line 4, column 8; hides `50ms` of default)
        queue.spill = `8 MiB` (default)
        queue.trade_wait is not given
        queue.trade_spill is not given
        queue.errors = `keep` (default)
        queue.error_wait is not given
        queue.error_spill is not given
        queue.general = `drop` (default)
        queue.general_wait is not given
        queue.general_spill is not given
        queue.debug_share = `75` (default)
        budget.per_second is not given
        budget.burst is not given
        redaction.mask is not given
        redaction.keep is not given
        redaction.without_patterns is not given
        redaction.literals is not given
        reports.file = `logging_errors.log` (default)
        reports.every = `10s` (default)
        heartbeat.every is not given
        metrics.listen is not given
        metrics.time_one_in is not given
        alerts.level = `critical` (default)
        alerts.muted = `false` (default)
        alerts.window = `60s` (default)
        alerts.spool = `true` (default)
        alerts.backup is not given
        alerts.backup_after = `2m` (default)
        alerts.proxy is not given
        alerts.allow_hosts is not given
        telegram.enabled is not given
        telegram.bot_token is not given
        telegram.chat_id is not given
        telegram.topic is not given
        telegram.sound_from = `error` (default)
        telegram.base_url is not given
        discord.enabled is not given
        discord.webhook_url is not given
        discord.thread_id is not given
        webhook.enabled is not given
        webhook.url is not given
        webhook.secret is not given
        slack.enabled is not given
        slack.webhook_url is not given
        ntfy.enabled is not given
        ntfy.topic is not given
        ntfy.server = `https://ntfy.sh` (default)
        ntfy.token is not given
    "#]].assert_eq(&explanation);
}

#[test]
fn the_readme_shows_the_text_of_an_error_as_it_is() {
    let text = "\n\n\n\n\n[files]\nmax_size = '10 parsecs'\n";
    let error = error_of_file(text, &[("LOG_LEVEL", "inof")]);
    assert!(include_str!("../../README.md").contains(&error), "{error}");
}
