//! Alerts: where they go. What a target needs besides comes with its drain.

use logger_core::Level;

use crate::{
    alert_setting::{BaseUrl, HostNames, Topic},
    key::keys,
    quantity::Span,
    secret_setting::{ChatId, SecretText, SecretUrl},
    setting::Switch,
};

/// How long repeats of an alert are gathered. Longer, and a storm would be told when it is over.
pub(crate) type Window = Span<100, 86_400_000>;

keys! {
    /// records of this level or above are alerts
    LEVEL: Level = "alerts.level", default("critical");
    /// how long repeats of an alert are gathered before they are told as one message; it doubles while they go on
    WINDOW: Window = "alerts.window", default("60s");
    /// whether alerts wait in `alerts.spool` in `log_dir` until they are delivered, so that a restart or a kill loses none
    SPOOL: Switch = "alerts.spool", default("true");
    /// hosts that may have an address that is not public, any port, and no TLS; absent: none
    ALLOW_HOSTS: HostNames = "alerts.allow_hosts", example("localhost:8081");
    /// whether alerts go to a chat of Telegram; absent: where there is a token
    TELEGRAM: Switch = "telegram.enabled", example("false");
    /// the token of the bot that sends them; or `telegram.bot_token_file`
    TELEGRAM_TOKEN: SecretText = "telegram.bot_token", example("123456:ABC"), short("TELEGRAM_BOT_TOKEN"), secret();
    /// the chat, by its number or its `@name`
    TELEGRAM_CHAT: ChatId = "telegram.chat_id", example("-1001234567890"), short("TELEGRAM_CHAT_ID");
    /// the topic of a forum, by its number; absent: none
    TELEGRAM_TOPIC: Topic = "telegram.topic", example("7");
    /// the Bot API server; absent: that of Telegram
    TELEGRAM_BASE: BaseUrl = "telegram.base_url", example("https://api.telegram.org");
    /// whether alerts go to a channel of Discord; absent: where there is a webhook
    DISCORD: Switch = "discord.enabled", example("false");
    /// the webhook of the channel, which is a secret as a whole; or `discord.webhook_url_file`
    DISCORD_WEBHOOK: SecretUrl = "discord.webhook_url", example("https://discord.com/api/webhooks/1/x"),
        short("DISCORD_WEBHOOK_URL"), secret();
    /// whether alerts go to a webhook of one's own as JSON; absent: where there is an address
    WEBHOOK: Switch = "webhook.enabled", example("false");
    /// its address, which is a secret as a whole; or `webhook.url_file`
    WEBHOOK_URL: SecretUrl = "webhook.url", example("https://alerts.example.org/x"), short("ALERT_WEBHOOK_URL"), secret();
    /// by which each request is signed as Standard Webhooks describes; or `webhook.secret_file`; absent: not signed
    WEBHOOK_SECRET: SecretText = "webhook.secret", example("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), secret();
}
