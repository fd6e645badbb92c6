//! The OpenAPI document, made from the handlers and the types of the interface, and a page to try it.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use farandole_protocol::{paths, schemas};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::respond::JSON;
use super::{
    configuration, deletion, events, job_types, jobs, meta, output_files, refusals, shaman,
    sleep_schedules, tags, tasks, uploads, worker, worker_conditions, worker_mgt,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Farandole Manager",
        description = "A render farm that speaks Flamenco v3.",
        license(name = "GPL-3.0-or-later")
    ),
    servers((url = "/")),
    tags(
        (name = "meta", description = "The Manager about itself"),
        (name = "jobs", description = "Jobs and tasks: submission, lists, and what people order"),
        (name = "worker", description = "What Workers say and ask"),
        (name = "worker-mgt", description = "Workers as people see and steer them, tags and sleep schedules"),
        (name = "shaman", description = "The files of jobs, stored by their contents"),
        (name = "farm", description = "What only Farandole has: uploads, outputs, events, and why nothing happens"),
    ),
    paths(
        meta::get_version,
        meta::get_farm_status,
        meta::get_configuration,
        meta::get_variables,
        meta::get_shared_storage,
        configuration::get_configuration_file,
        configuration::update_configuration_file,
        configuration::check_shared_storage_path,
        configuration::find_blender_exe_path,
        configuration::check_blender_exe_path,
        configuration::save_setup_assistant_config,
        job_types::get_job_types,
        job_types::get_job_type,
        jobs::submit_job,
        jobs::submit_job_check,
        jobs::fetch_jobs,
        jobs::fetch_job,
        jobs::why_job,
        jobs::fetch_job_tasks,
        jobs::fetch_job_blocklist,
        jobs::set_job_status,
        jobs::set_job_priority,
        jobs::set_job_tag,
        jobs::remove_job_blocklist,
        jobs::fetch_job_last_rendered,
        jobs::fetch_global_last_rendered,
        deletion::delete_job,
        deletion::delete_job_mass,
        deletion::delete_job_what_would_it_do,
        tasks::fetch_task,
        tasks::list_attempts,
        tasks::why_task,
        tasks::fetch_task_log_info,
        tasks::fetch_task_log_tail,
        tasks::set_task_status,
        worker::register_worker,
        worker::identity,
        worker::sign_on,
        worker::sign_off,
        worker::worker_state,
        worker::worker_state_changed,
        worker::schedule_task,
        worker::task_update,
        worker::may_worker_run,
        worker::task_output_produced,
        worker_conditions::find_expectations,
        worker_conditions::report_condition,
        worker_mgt::fetch_workers,
        worker_mgt::fetch_worker,
        worker_mgt::delete_worker,
        worker_mgt::request_worker_status_change,
        shaman::shaman_checkout_requirements,
        shaman::shaman_checkout,
        shaman::shaman_file_store_check,
        shaman::shaman_file_store,
        tags::fetch_worker_tags,
        tags::create_worker_tag,
        tags::fetch_worker_tag,
        tags::update_worker_tag,
        tags::delete_worker_tag,
        tags::set_worker_tags,
        sleep_schedules::fetch_worker_sleep_schedule,
        sleep_schedules::set_worker_sleep_schedule,
        events::get_events,
        uploads::begin_upload,
        uploads::append_to_upload,
        uploads::find_upload,
        uploads::discard_upload,
        output_files::list_job_files,
        output_files::get_job_file,
        output_files::list_job_outputs,
        output_files::verify_job,
    )
)]
struct Interface;

/// The document, in the dialect that v3 clients read.
pub(super) fn document() -> Value {
    let mut document = Interface::openapi();
    let components = document.components.get_or_insert_default();
    for (name, schema) in schemas::all() {
        components.schemas.insert(name.to_owned(), schema);
    }
    let basic = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
    components.add_security_scheme("worker_auth", basic);
    let mut document = serde_json::to_value(document).unwrap_or_default();
    refusals::complete(&mut document);
    schemas::to_openapi_3_0(document)
}

pub(super) fn configure(cfg: &mut web::ServiceConfig) {
    let document = web::Bytes::from(document().to_string() + "\n");
    let serve = move || {
        let document = document.clone();
        async move { HttpResponse::Ok().content_type(JSON).body(document) }
    };
    let ui = SwaggerUi::new(format!("{}{{_:.*}}", paths::SWAGGER_UI))
        .config(Config::from(paths::OPENAPI));
    cfg.route(paths::OPENAPI, web::get().to(serve))
        .route("/", web::get().to(to_swagger_ui))
        .service(ui);
}

/// Until there is a page, the interface itself is what there is to see.
async fn to_swagger_ui() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header((LOCATION, paths::SWAGGER_UI))
        .finish()
}
