//! What actors are asked, so that it can be told to Prometheus.

use crate::ask::Order;
use crate::broadcaster::BroadcasterFigures;
use crate::mqtt::MqttFigures;
use crate::refusal_log::RefusalFigures;
use crate::scheduler::SchedulerFigures;

/// What have you counted? From the HTTP edge, to the Scheduler.
#[derive(Clone, Copy, Debug)]
pub struct MeasureScheduler;

impl Order for MeasureScheduler {
    type Reply = SchedulerFigures;
}

/// What have you counted? From the HTTP edge, to the Broadcaster.
#[derive(Clone, Copy, Debug)]
pub struct MeasureBroadcaster;

impl Order for MeasureBroadcaster {
    type Reply = BroadcasterFigures;
}

/// What have you counted? From the HTTP edge, to the Mqtt, if there is one.
#[derive(Clone, Copy, Debug)]
pub struct MeasureMqtt;

impl Order for MeasureMqtt {
    type Reply = MqttFigures;
}

/// What have you counted? From the HTTP edge, to the RefusalLog.
#[derive(Clone, Copy, Debug)]
pub struct MeasureRefusals;

impl Order for MeasureRefusals {
    type Reply = RefusalFigures;
}
