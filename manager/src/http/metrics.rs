//! What the Manager measures of itself, for Prometheus.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use farandole_protocol::paths;

use super::doors::Connections;
use super::error::ApiError;
use crate::ask;
use crate::metrics::{
    self, CONTENT_TYPE, Figures, MeasureBroadcaster, MeasureMqtt, MeasureRefusals, MeasureScheduler,
};
use crate::parts::Parts;

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    cfg.route(paths::METRICS, web::get().to(get_metrics));
}

async fn get_metrics(
    parts: web::Data<Parts>,
    connections: web::Data<Connections>,
) -> Result<HttpResponse, ApiError> {
    let health = parts.health().await;
    let figures = Figures {
        version: env!("CARGO_PKG_VERSION"),
        parts: health.iter().map(|part| (part.name, part.ready)).collect(),
        queues: parts.queues(),
        scheduler: ask::ask(&parts.scheduler, MeasureScheduler).await?,
        broadcaster: ask::ask(&parts.broadcaster, MeasureBroadcaster).await?,
        connections: connections.count() as u64,
        refusals: ask::ask(parts.refusals.front(), MeasureRefusals).await?,
        mqtt: match &parts.mqtt {
            Some(mqtt) => Some(ask::ask(mqtt, MeasureMqtt).await?),
            None => None,
        },
    };
    let text = metrics::text(figures);
    let text =
        text.map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(HttpResponse::Ok().content_type(CONTENT_TYPE).body(text))
}
