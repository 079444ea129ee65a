//! Where alerts go.

use logger_core::Level;

use crate::{
    alert_rule_setting::AlertTarget,
    alert_setting::BaseUrl,
    key::Typed,
    keys::alerts,
    layers::Layers,
    secret_setting::{ChatId, SecretText, SecretUrl, scheme_and_host},
    setting::{Setting, Switch},
    settings::is_built,
};

/// A target that is turned on.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    not(all(feature = "telegram", feature = "discord", feature = "webhook")),
    allow(dead_code, reason = "a build without a target has none of its settings")
)]
pub(crate) enum TargetSettings {
    Telegram { token: SecretText, chat: ChatId, topic: Option<i64>, sound_from: Level, base: Option<BaseUrl> },
    Discord { url: SecretUrl, thread: Option<String> },
    Webhook { url: SecretUrl, secret: Option<SecretText> },
    Slack { url: SecretUrl },
    Ntfy { server: BaseUrl, topic: SecretText, token: Option<SecretText> },
}

impl TargetSettings {
    pub(crate) fn target(&self) -> AlertTarget {
        match self {
            TargetSettings::Telegram { .. } => AlertTarget::Telegram,
            TargetSettings::Discord { .. } => AlertTarget::Discord,
            TargetSettings::Webhook { .. } => AlertTarget::Webhook,
            TargetSettings::Slack { .. } => AlertTarget::Slack,
            TargetSettings::Ntfy { .. } => AlertTarget::Ntfy,
        }
    }
}

/// `None` only beside a problem.
pub(super) fn targets(allowed: &[String], layers: &mut Layers) -> Option<Vec<TargetSettings>> {
    let address = |switch: &Typed<Switch>, key: &Typed<SecretUrl>, layers: &mut Layers| {
        needed(switch, key, layers).inspect(|url| refuse_plain(key.path, url.0.expose(), allowed, layers))
    };
    let discord = address(&alerts::DISCORD, &alerts::DISCORD_WEBHOOK, layers).map(|url| {
        let thread = layers.get(&alerts::DISCORD_THREAD).map(|it| it.0);
        TargetSettings::Discord { url, thread }
    });
    let webhook = address(&alerts::WEBHOOK, &alerts::WEBHOOK_URL, layers)
        .map(|url| TargetSettings::Webhook { url, secret: layers.get(&alerts::WEBHOOK_SECRET) });
    let slack =
        address(&alerts::SLACK, &alerts::SLACK_WEBHOOK, layers).map(|url| TargetSettings::Slack { url });
    let telegram = telegram(allowed, layers)?;
    let ntfy = ntfy(allowed, layers)?;
    Some([telegram, discord, webhook, slack, ntfy].into_iter().flatten().collect())
}

fn telegram(allowed: &[String], layers: &mut Layers) -> Option<Option<TargetSettings>> {
    let Some(token) = needed(&alerts::TELEGRAM, &alerts::TELEGRAM_TOKEN, layers) else { return Some(None) };
    let Some(chat) = layers.get(&alerts::TELEGRAM_CHAT) else {
        if !layers.is_refused(alerts::TELEGRAM_CHAT.path) {
            layers.refuse(alerts::TELEGRAM_TOKEN.path, "there is no `telegram.chat_id` to send alerts to");
        }
        return Some(None);
    };
    let base = layers.get(&alerts::TELEGRAM_BASE);
    if let Some(base) = &base {
        refuse_plain(alerts::TELEGRAM_BASE.path, &base.0, allowed, layers);
    }
    Some(Some(TargetSettings::Telegram {
        token,
        chat,
        topic: layers.get(&alerts::TELEGRAM_TOPIC).map(|it| it.0),
        sound_from: layers.need(&alerts::TELEGRAM_SOUND)?,
        base,
    }))
}

fn ntfy(allowed: &[String], layers: &mut Layers) -> Option<Option<TargetSettings>> {
    let Some(topic) = needed(&alerts::NTFY, &alerts::NTFY_TOPIC, layers) else { return Some(None) };
    let server = layers.need(&alerts::NTFY_SERVER)?;
    refuse_plain(alerts::NTFY_SERVER.path, &server.0, allowed, layers);
    Some(Some(TargetSettings::Ntfy { server, topic, token: layers.get(&alerts::NTFY_TOKEN) }))
}

/// What a target cannot do without, where it is on: where the configuration says so, or has this.
fn needed<T: Setting>(switch: &Typed<Switch>, key: &Typed<T>, layers: &mut Layers) -> Option<T> {
    let section = switch.path.strip_suffix(".enabled").unwrap_or(switch.path);
    let given = layers.get(key);
    let is_on = layers.get(switch).map_or(given.is_some(), |switch| switch == Switch::On);
    if !is_built(section) || !is_on {
        return None;
    }
    if given.is_none() && !layers.is_refused(key.path) {
        let preposition = if key.path == alerts::TELEGRAM_TOKEN.path { "with" } else { "to" };
        layers.refuse(switch.path, format!("there is no `{}` to send alerts {preposition}", key.path));
    }
    given
}

/// An address without TLS, whose host is not one of those that may be.
fn refuse_plain(key: &str, url: &str, allowed: &[String], layers: &mut Layers) {
    let Some((scheme, host)) = scheme_and_host(url) else { return };
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if scheme == "http" && !allowed.iter().any(|it| it == host || it == name) {
        let message = "the address (not shown) has no TLS; allowed is one that begins with `https://`, or a host of \
                       `alerts.allow_hosts`";
        layers.refuse(key, message);
    }
}
