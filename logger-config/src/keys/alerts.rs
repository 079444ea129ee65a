//! Alerts: where they go. What a target needs besides comes with its drain.

use crate::{
    key::keys,
    secret_setting::{ChatId, SecretText, SecretUrl},
    setting::Switch,
};

keys! {
    /// whether alerts go to a chat of Telegram; absent: where there is a token
    TELEGRAM: Switch = "telegram.enabled", example("false");
    /// the token of the bot that sends them; or `telegram.bot_token_file`
    TELEGRAM_TOKEN: SecretText = "telegram.bot_token", example("123456:ABC"), short("TELEGRAM_BOT_TOKEN"), secret();
    /// the chat, by its number or its `@name`
    TELEGRAM_CHAT: ChatId = "telegram.chat_id", example("-1001234567890"), short("TELEGRAM_CHAT_ID");
    /// whether alerts go to a channel of Discord; absent: where there is a webhook
    DISCORD: Switch = "discord.enabled", example("false");
    /// the webhook of the channel, which is a secret as a whole; or `discord.webhook_url_file`
    DISCORD_WEBHOOK: SecretUrl = "discord.webhook_url", example("https://discord.com/api/webhooks/1/x"),
        short("DISCORD_WEBHOOK_URL"), secret();
    /// whether alerts go to a webhook of one's own as JSON; absent: where there is an address
    WEBHOOK: Switch = "webhook.enabled", example("false");
    /// its address, which is a secret as a whole; or `webhook.url_file`
    WEBHOOK_URL: SecretUrl = "webhook.url", example("https://alerts.example.org/x"), short("ALERT_WEBHOOK_URL"), secret();
}
