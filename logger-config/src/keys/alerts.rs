//! Alerts: what is one, and where they go.

use logger_core::Level;

use crate::{
    alert_rule_setting::AlertTarget,
    alert_setting::{BaseUrl, HostNames, ThreadId, Topic},
    key::keys,
    quantity::Span,
    secret_setting::{ChatId, ProxyUrl, SecretText, SecretUrl},
    setting::Switch,
};

/// How long repeats of an alert are gathered. Longer, and a storm would be told when it is over.
pub(crate) type Window = Span<100, 86_400_000>;

keys! {
    /// records of this level or above are alerts, where no rule says otherwise
    LEVEL: Level = "alerts.level", default("critical"), live();
    /// whether alerts are kept back, for maintenance; how many there were is told without a sound when it is false again
    MUTED: Switch = "alerts.muted", default("false"), live();
    /// how long repeats of an alert are gathered before they are told as one message; it doubles while they go on
    WINDOW: Window = "alerts.window", default("60s"), live();
    /// whether alerts wait in `alerts.spool` in `log_dir` until they are delivered, so that a restart or a kill loses none
    SPOOL: Switch = "alerts.spool", default("true");
    /// a target that gets only what none of the others has taken after a while; absent: each gets all
    BACKUP: AlertTarget = "alerts.backup", example("ntfy"), live();
    /// that while
    BACKUP_AFTER: Window = "alerts.backup_after", default("2m"), live();
    /// the proxy through which alerts go, with user and password if need be, hence a secret; or `alerts.proxy_file`; absent:
    /// that of the environment, `HTTPS_PROXY` and `NO_PROXY`
    PROXY: ProxyUrl = "alerts.proxy", example("http://proxy.example.org:3128"), secret(), live();
    /// hosts that may have an address that is not public, any port, and no TLS; absent: none
    ALLOW_HOSTS: HostNames = "alerts.allow_hosts", example("localhost:8081"), live();
    /// whether alerts go to a chat of Telegram; absent: where there is a token
    TELEGRAM: Switch = "telegram.enabled", example("false"), live();
    /// the token of the bot that sends them; or `telegram.bot_token_file`
    TELEGRAM_TOKEN: SecretText = "telegram.bot_token", example("123456:ABC"), short("TELEGRAM_BOT_TOKEN"), secret(), live();
    /// the chat, by its number or its `@name`
    TELEGRAM_CHAT: ChatId = "telegram.chat_id", example("-1001234567890"), short("TELEGRAM_CHAT_ID"), live();
    /// the topic of a forum, its thread, by its number; absent: none
    TELEGRAM_TOPIC: Topic = "telegram.topic", example("7"), live();
    /// from which level on the phone makes a sound; below it a message has `disable_notification`
    TELEGRAM_SOUND: Level = "telegram.sound_from", default("error"), live();
    /// the Bot API server; absent: that of Telegram
    TELEGRAM_BASE: BaseUrl = "telegram.base_url", example("https://api.telegram.org"), live();
    /// whether alerts go to a channel of Discord; absent: where there is a webhook
    DISCORD: Switch = "discord.enabled", example("false"), live();
    /// the webhook of the channel, which is a secret as a whole; or `discord.webhook_url_file`
    DISCORD_WEBHOOK: SecretUrl = "discord.webhook_url", example("https://discord.com/api/webhooks/1/x"),
        short("DISCORD_WEBHOOK_URL"), secret(), live();
    /// a thread of the channel, by its number; absent: the channel itself
    DISCORD_THREAD: ThreadId = "discord.thread_id", example("1096000000000000000"), live();
    /// whether alerts go to a webhook of one's own as JSON; absent: where there is an address
    WEBHOOK: Switch = "webhook.enabled", example("false"), live();
    /// its address, which is a secret as a whole; or `webhook.url_file`
    WEBHOOK_URL: SecretUrl = "webhook.url", example("https://alerts.example.org/x"), short("ALERT_WEBHOOK_URL"), secret(),
        live();
    /// by which each request is signed as Standard Webhooks describes; or `webhook.secret_file`; absent: not signed
    WEBHOOK_SECRET: SecretText = "webhook.secret", example("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), secret(), live();
    /// whether alerts go to a channel of Slack; absent: where there is a webhook
    SLACK: Switch = "slack.enabled", example("false"), live();
    /// the webhook of the channel, which is a secret as a whole; or `slack.webhook_url_file`
    SLACK_WEBHOOK: SecretUrl = "slack.webhook_url", example("https://hooks.slack.com/services/x"), secret(), live();
    /// whether alerts go to a topic of ntfy; absent: where there is a topic
    NTFY: Switch = "ntfy.enabled", example("false"), live();
    /// the topic, which is a secret where its name is all that is needed to read it; or `ntfy.topic_file`
    NTFY_TOPIC: SecretText = "ntfy.topic", example("alerts-5f1c2"), secret(), live();
    /// the server
    NTFY_SERVER: BaseUrl = "ntfy.server", default("https://ntfy.sh"), live();
    /// an access token; or `ntfy.token_file`; absent: none
    NTFY_TOKEN: SecretText = "ntfy.token", example("tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"), secret(), live();
}
