//! Alerts, and where they go.

use std::{path::PathBuf, time::Duration};

use logger_core::Level;

use super::is_built;
use crate::{
    alert_setting::BaseUrl,
    key::Typed,
    keys::{alerts, general},
    layers::Layers,
    secret_setting::{ChatId, SecretText, SecretUrl},
    setting::Switch,
};

/// Alerts, and where they go. Tokens and addresses that are secrets are in no `Debug` output of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlertSettings {
    /// Records of this level or above are alerts.
    pub level: Level,
    /// How long repeats of an alert are gathered.
    pub window: Duration,
    /// Where alerts wait until they are delivered; `None`: in memory.
    pub spool: Option<PathBuf>,
    /// Hosts that may have an address that is not public, any port, and no TLS.
    pub allow_hosts: Vec<String>,
    pub(crate) telegram: Option<TelegramSettings>,
    pub(crate) discord: Option<SecretUrl>,
    pub(crate) webhook: Option<WebhookSettings>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(not(feature = "telegram"), allow(dead_code))]
pub(crate) struct TelegramSettings {
    pub(crate) token: SecretText,
    pub(crate) chat: ChatId,
    pub(crate) topic: Option<i64>,
    pub(crate) base: Option<BaseUrl>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(not(feature = "webhook"), allow(dead_code))]
pub(crate) struct WebhookSettings {
    pub(crate) url: SecretUrl,
    pub(crate) secret: Option<SecretText>,
}

impl AlertSettings {
    /// The names of the targets that are turned on.
    pub fn targets(&self) -> Vec<&'static str> {
        let targets = [
            ("telegram", self.telegram.is_some()),
            ("discord", self.discord.is_some()),
            ("webhook", self.webhook.is_some()),
        ];
        targets.into_iter().filter(|(_, on)| *on).map(|(name, _)| name).collect()
    }
}

/// `Some(None)` where no target is turned on.
pub(super) fn alerts(layers: &mut Layers) -> Option<Option<AlertSettings>> {
    let telegram = telegram(layers);
    let discord = address(&alerts::DISCORD, &alerts::DISCORD_WEBHOOK, "discord", layers);
    let webhook = address(&alerts::WEBHOOK, &alerts::WEBHOOK_URL, "webhook", layers);
    let webhook = webhook.map(|url| WebhookSettings { url, secret: layers.get(&alerts::WEBHOOK_SECRET) });
    let spool = (layers.need(&alerts::SPOOL)? == Switch::On)
        .then(|| layers.need(&general::LOG_DIR).map(|folder| folder.0.join("alerts.spool")));
    let settings = AlertSettings {
        level: layers.need(&alerts::LEVEL)?,
        window: layers.need(&alerts::WINDOW)?.0,
        spool: spool.flatten(),
        allow_hosts: layers.get(&alerts::ALLOW_HOSTS).map(|it| it.0).unwrap_or_default(),
        telegram,
        discord,
        webhook,
    };
    Some((!settings.targets().is_empty()).then_some(settings))
}

fn telegram(layers: &mut Layers) -> Option<TelegramSettings> {
    let token = layers.get(&alerts::TELEGRAM_TOKEN);
    if !is_on(&alerts::TELEGRAM, token.is_some(), "telegram", layers) {
        return None;
    }
    let chat = layers.get(&alerts::TELEGRAM_CHAT);
    match (token, chat) {
        (Some(token), Some(chat)) => Some(TelegramSettings {
            token,
            chat,
            topic: layers.get(&alerts::TELEGRAM_TOPIC).map(|it| it.0),
            base: layers.get(&alerts::TELEGRAM_BASE),
        }),
        (None, _) => {
            layers.refuse(alerts::TELEGRAM.path, "there is no `telegram.bot_token` to send alerts with");
            None
        }
        (_, None) => {
            layers.refuse(alerts::TELEGRAM_TOKEN.path, "there is no `telegram.chat_id` to send alerts to");
            None
        }
    }
}

fn address(
    switch: &Typed<Switch>,
    key: &Typed<SecretUrl>,
    section: &str,
    layers: &mut Layers,
) -> Option<SecretUrl> {
    let url = layers.get(key);
    if !is_on(switch, url.is_some(), section, layers) {
        return None;
    }
    if url.is_none() {
        layers.refuse(switch.path, format!("there is no `{}` to send alerts to", key.path));
    }
    url
}

/// A target is on where the configuration says so, or says where it is.
fn is_on(switch: &Typed<Switch>, is_given: bool, section: &str, layers: &Layers) -> bool {
    is_built(section) && layers.get(switch).map_or(is_given, |switch| switch == Switch::On)
}
