//! Asks an exchange for some prices at once: `libraries URL FOLDER`. What `reqwest` and the libraries below it log is in
//! `FOLDER/expert.log`, with the context of the request that they work for.

use std::time::Duration;

use anyhow::Context as _;
use logger_config::{Context, FutureExt as _, MetaLogger, bridge, info};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().context("the address of the exchange is missing")?;
    let folder = arguments.next().context("the folder is missing")?;
    let logger = MetaLogger::builder().set("level", "debug").log_dir(folder).build()?;

    let log = logger.bind(Context::new().expert_name("MyEmaBot"));
    bridge::log::install(&log)?;
    bridge::tracing::install(&log)?;

    // `reqwest` wants to be told who encrypts
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().pool_max_idle_per_host(0).no_proxy().build()?;
    let mut requests = Vec::new();
    for order in 0..8_u64 {
        let (client, url, log) = (client.clone(), url.clone(), log.clone());
        let request = async move {
            tracing::info!(attempt = 1, "asking for a price");
            let price = client.get(url).send().await?.text().await?;
            // it may be another thread by now
            tokio::task::yield_now().await;
            log::info!(price = price.as_str(); "price came");
            info!(log, "order placed"; "price" => price);
            Ok::<_, reqwest::Error>(())
        };
        requests.push(tokio::spawn(request.in_context(&Context::new().order_id(order).symbol("BTCUSDT"))));
    }
    for request in requests {
        request.await??;
    }
    let report = logger.shutdown(Duration::from_secs(10));
    anyhow::ensure!(report.finished, "not all is written: {report:?}");
    Ok(())
}
