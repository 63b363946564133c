//! The JSON APIs: agents, data and models for apps, operations for machines. Thin: parse, call the service, answer.

pub(crate) mod document;
pub(crate) mod extract;
pub(crate) mod reference;

mod agents;
mod answers;
mod archetypes;
mod calendar;
mod caps;
mod changes;
mod chat;
mod check_ins;
mod consents;
mod context;
mod data;
mod degrade;
mod engagement;
mod insights;
mod journal;
mod limits;
mod memory;
mod monitoring;
mod old_insights;
mod operations;
mod pages;
mod plans;
mod prices;
mod privacy;
mod reconciliation;
mod tasks;
mod week;
mod workflows;

pub(crate) use document::openapi_document;

use axum::Router;
use ops::Ops;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Every endpoint once: what is served is what is documented.
pub(crate) struct Apis {
    /// What apps tell about people, and read of them: with `ETag`s, and answered once by `Idempotency-Key`.
    pub(crate) people: Router<Ops>,
    /// What apps ask agents, and exports and erasures: answered once, and each answer is another one.
    pub(crate) agents: Router<Ops>,
    /// Chats of apps, which may be streams; and what load balancers ask.
    pub(crate) chat: Router<Ops>,
    /// What machines ask for whoever runs the service.
    pub(crate) operations: Router<Ops>,
    pub(crate) document: OpenApi,
}

pub(crate) fn apis() -> Apis {
    let (agents, mut document) = agents().split_for_parts();
    let mut documented = |(router, part): (Router<Ops>, OpenApi)| {
        document.merge(part);
        router
    };
    let people = documented(people().split_for_parts());
    let chat = documented(chat().split_for_parts());
    let operations = documented(operations().split_for_parts());
    Apis { people, agents, chat, operations, document }
}

fn agents() -> OpenApiRouter<Ops> {
    OpenApiRouter::with_openapi(document::outline())
        .routes(routes!(agents::analyze_everything))
        .routes(routes!(agents::analyze_behavior))
        .routes(routes!(agents::analyze_circadian))
        .routes(routes!(agents::generate_routine))
        .routes(routes!(agents::generate_nutrition))
        .routes(routes!(agents::generate_insights))
        .routes(routes!(agents::recall_memory))
        .routes(routes!(workflows::start_workflow))
        .routes(routes!(workflows::show_workflow))
        .routes(routes!(workflows::follow_workflow))
        .routes(routes!(workflows::cancel_workflow))
        .routes(routes!(workflows::list_workflows))
        .routes(routes!(privacy::export_person))
        .routes(routes!(privacy::erase_person))
}

fn people() -> OpenApiRouter<Ops> {
    OpenApiRouter::new()
        .routes(routes!(plans::latest_routine))
        .routes(routes!(plans::routine_of_date))
        .routes(routes!(plans::latest_nutrition))
        .routes(routes!(plans::plans_of_date))
        .routes(routes!(week::plans_of_week))
        .routes(routes!(changes::swap_task))
        .routes(routes!(changes::make_task_smaller))
        .routes(routes!(changes::swap_food))
        .routes(routes!(insights::list_insights))
        .routes(routes!(insights::latest_insights))
        .routes(routes!(insights::give_insight_feedback))
        .routes(routes!(insights::dismiss_insight))
        .routes(routes!(insights::acknowledge_insight))
        .routes(routes!(memory::list_memories, memory::remember_fact, memory::forget_memories))
        .routes(routes!(memory::list_forgotten, memory::lift_forgotten))
        .routes(routes!(memory::show_memory, memory::forget_memory))
        .routes(routes!(
            consents::show_support_consent,
            consents::put_support_consent,
            consents::delete_support_consent
        ))
        .routes(routes!(consents::list_accesses))
        .routes(routes!(tasks::tasks_of_day))
        .routes(routes!(data::get_profile, data::put_profile))
        .routes(routes!(data::add_scores))
        .routes(routes!(data::add_biomarkers))
        .routes(routes!(check_ins::list_check_ins, check_ins::add_check_ins, check_ins::undo_check_ins))
        .routes(routes!(check_ins::put_check_in, check_ins::delete_check_in))
        .routes(routes!(journal::list_journal))
        .routes(routes!(journal::get_journal, journal::put_journal, journal::delete_journal))
        .routes(routes!(calendar::list_calendar, calendar::select_tasks, calendar::remove_selections))
        .routes(routes!(calendar::calendar_of_day))
        .routes(routes!(archetypes::list_archetypes))
        .routes(routes!(archetypes::get_archetype, archetypes::switch_archetype))
        .routes(routes!(context::summary))
        .routes(routes!(context::data_quality))
        .routes(routes!(context::chat_context))
        .routes(routes!(engagement::v1_task_checkin))
        .routes(routes!(engagement::v1_batch_checkin, engagement::v1_undo_batch_checkin))
        .routes(routes!(engagement::v1_tasks))
        .routes(routes!(engagement::v1_put_journal))
        .routes(routes!(engagement::v1_journal))
        .routes(routes!(engagement::v1_journal_history))
        .routes(routes!(engagement::v1_current_plan))
        .routes(routes!(old_insights::v1_generate_insights))
        .routes(routes!(old_insights::v1_list_insights))
        .routes(routes!(old_insights::v1_acknowledge_insight))
        .routes(routes!(old_insights::v1_rate_insight))
        .routes(routes!(old_insights::v2_generate_insights))
        .routes(routes!(old_insights::v2_latest_insights))
        .routes(routes!(old_insights::v2_acknowledge_insight))
        .routes(routes!(old_insights::v2_insight_feedback))
}

fn chat() -> OpenApiRouter<Ops> {
    OpenApiRouter::new()
        .routes(routes!(chat::complete_chat))
        .routes(routes!(chat::list_models))
        .routes(routes!(monitoring::livez))
        .routes(routes!(monitoring::readyz))
        .routes(routes!(monitoring::health))
}

fn operations() -> OpenApiRouter<Ops> {
    OpenApiRouter::new()
        .routes(routes!(monitoring::monitoring_health))
        .routes(routes!(monitoring::stats))
        .routes(routes!(monitoring::alert_history))
        .routes(routes!(monitoring::metrics))
        .routes(routes!(operations::overview))
        .routes(routes!(operations::incidents))
        .routes(routes!(operations::cost))
        .routes(routes!(operations::deployments))
        .routes(routes!(caps::caps, caps::set_cap, caps::reset_cap))
        .routes(routes!(degrade::degrade, degrade::set_degrade, degrade::reset_degrade))
        .routes(routes!(limits::limits, limits::set_limit, limits::reset_limit))
        .routes(routes!(prices::prices))
        .routes(routes!(prices::compare_prices))
        .routes(routes!(reconciliation::reconciliation, reconciliation::reconcile))
        .routes(routes!(operations::shutoffs, operations::set_shutoff, operations::lift_shutoff))
        .routes(routes!(operations::releases))
        .routes(routes!(operations::roll_back))
}

#[cfg(test)]
mod tests;
