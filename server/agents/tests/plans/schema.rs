//! The names that plans have in the API's schema: one name, one type, whatever other agents call theirs.

use agents::behavior::BehaviorAnalysis;
use agents::circadian::CircadianAnalysis;
use agents::nutrition::NutritionPlan;
use agents::orchestrator::StepRecord;
use agents::routine::RoutinePlan;
use utoipa::ToSchema;

#[test]
fn names_do_not_clash() {
    let mut schemas = Vec::new();
    RoutinePlan::schemas(&mut schemas);
    NutritionPlan::schemas(&mut schemas);
    StepRecord::schemas(&mut schemas);
    BehaviorAnalysis::schemas(&mut schemas);
    CircadianAnalysis::schemas(&mut schemas);
    domain::threshold::Decision::schemas(&mut schemas);
    schemas.push(("Decision".to_owned(), <domain::threshold::Decision as utoipa::PartialSchema>::schema()));
    for (i, (name, schema)) in schemas.iter().enumerate() {
        let same = |(other, body): &(String, _)| other != name || body == schema;
        assert!(schemas[..i].iter().all(same), "{name} names two types");
    }
    let has = |name: &str| schemas.iter().any(|(known, _)| known == name);
    assert!(has("RoutineTask") && has("EvolutionDecision") && has("FoodPortion") && !has("Task"));
}
