//! Swaps and smallest versions: whatever a person does with them, the plan stays one that may be given.

use agents::routine::{
    Intensity, RoutinePlan, RoutineWishes, SwapError, Task, plan, scale_down, swap, validate,
};
use domain::archetype::Archetype;
use proptest::prelude::*;
use proptest::{collection, sample};

use super::{analysed, situations, wishes};
use crate::people::person;
use crate::real;

fn tasks(plan: &RoutinePlan) -> Vec<Task> {
    plan.blocks.iter().flat_map(|block| block.tasks.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_row_of_swaps_and_scale_downs_stays_valid(
        (evidence, context) in situations(),
        wishes in wishes(),
        acts in collection::vec((any::<sample::Index>(), any::<sample::Index>(), any::<bool>()), 1..8),
    ) {
        let mut now = plan(&evidence, &context, &wishes);
        for (at, which, smaller) in acts {
            let all = tasks(&now);
            let task = &all[at.index(all.len())];
            let next = if smaller || task.swaps.is_empty() {
                scale_down(&now, &task.id)
            } else {
                let offer = &task.swaps[which.index(task.swaps.len())];
                let next = swap(&now, &task.id, &offer.slug);
                prop_assert!(next.is_ok(), "what is offered can be had: {next:?}");
                next
            };
            let Ok(next) = next else { continue };
            let found = validate(&next, &evidence, &context, &wishes);
            prop_assert!(found.is_empty(), "{found:?}");
            prop_assert!(next.total_minutes <= now.total_minutes && next.active_minutes <= now.active_minutes);
            now = next;
        }
    }
}

#[test]
fn most_tasks_of_real_people_can_be_swapped() {
    let (mut offered, mut training, mut all, mut trains) = (0, 0, 0, 0);
    for data in real::people().values() {
        for archetype in Archetype::ALL {
            let evidence = real::evidence(data, archetype);
            let plan = plan(&evidence, &analysed(&evidence), &RoutineWishes::default());
            for task in tasks(&plan) {
                assert!(task.swaps.len() <= 2 && task.scale_down_minutes <= task.minutes);
                let exercise = u32::from(task.kind == agents::routine::TaskKind::Exercise);
                (all, trains) = (all + 1, trains + exercise);
                if !task.swaps.is_empty() {
                    (offered, training) = (offered + 1, training + exercise);
                }
            }
        }
    }
    println!("{offered} of {all} tasks and {training} of {trains} exercises offer a swap");
    assert!(offered * 100 >= all * 50 && training * 100 >= trains * 65);
}

#[test]
fn a_swap_and_its_way_back() {
    let evidence = person(Archetype::SystematicImprover);
    let context = analysed(&evidence);
    let day = plan(&evidence, &context, &RoutineWishes::default());
    let walk = tasks(&day).into_iter().find(|task| task.intensity == Intensity::Moderate).unwrap();
    let offer = walk.swaps[0].clone();
    let other = swap(&day, &walk.id, &offer.slug).unwrap();
    let id = format!("{}-{}", day.date, offer.slug);
    let there = tasks(&other).into_iter().find(|task| task.id == id).unwrap();
    assert_eq!((&there.title, there.start, there.minutes), (&offer.title, walk.start, offer.minutes));
    let back = swap(&other, &id, &walk.id[11..]).unwrap();
    assert!(tasks(&back).iter().any(|task| task.id == walk.id));
    assert_eq!(validate(&back, &evidence, &context, &RoutineWishes::default()), []);
}

#[test]
fn what_cannot_be_says_why() {
    let evidence = person(Archetype::FoundationBuilder);
    let day = plan(&evidence, &analysed(&evidence), &RoutineWishes::default());
    assert_eq!(swap(&day, "2026-03-03-nothing", "easy-walk"), Err(SwapError::NoSuchTask));
    let id = &day.blocks[0].tasks[0].id;
    assert_eq!(swap(&day, id, "run-intervals"), Err(SwapError::NotOffered));
    assert_eq!(scale_down(&day, id), Err(SwapError::AlreadySmallest), "a glass of water");
    let walk = tasks(&day)
        .into_iter()
        .find(|task| task.minutes > task.scale_down_minutes && !task.serves.is_empty())
        .unwrap();
    let small = scale_down(&day, &walk.id).unwrap();
    assert_eq!(scale_down(&small, &walk.id), Err(SwapError::AlreadySmallest));
    assert!(SwapError::NotOffered.to_string().contains("nothing was changed"));
}
