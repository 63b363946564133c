//! The library of tasks, and who they suit.

use domain::archetype::Archetype;

use super::TaskKind;
use crate::behavior::Focus;

/// When in the day a task belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Morning,
    Peak,
    Midday,
    Evening,
    WindDown,
}

impl Block {
    pub(super) const ALL: [Self; 5] = [Self::Morning, Self::Peak, Self::Midday, Self::Evening, Self::WindDown];
}

pub(super) struct Template {
    pub(super) title: &'static str,
    pub(super) why: &'static str,
    pub(super) scale_down: &'static str,
    pub(super) kind: TaskKind,
    pub(super) block: Block,
    /// At least 5.
    pub(super) minutes: u32,
    /// 0 rest, 1 easy, 2 moderate, 3 hard.
    pub(super) intensity: u8,
    /// Parts of the body that it loads.
    pub(super) loads: &'static [&'static str],
    /// Needed; empty: nothing.
    pub(super) equipment: &'static str,
    pub(super) helps: Option<Focus>,
    /// Whom it suits best; empty: everybody.
    pub(super) suits: &'static [Archetype],
}

use Archetype::{
    ConnectedExplorer as CE, FoundationBuilder as FB, PeakPerformer as PP, ResilienceRebuilder as RR,
    SystematicImprover as SI, TransformationSeeker as TS,
};
use Block::{Evening, Midday, Morning, Peak, WindDown};
use TaskKind::{Exercise, Focus as Deep, Recovery, Social, Wellness};

#[expect(clippy::too_many_arguments, reason = "one line per task reads as a table")]
const fn task(
    title: &'static str,
    kind: TaskKind,
    block: Block,
    minutes: u32,
    intensity: u8,
    loads: &'static [&'static str],
    equipment: &'static str,
    helps: Option<Focus>,
    suits: &'static [Archetype],
    why: &'static str,
    scale_down: &'static str,
) -> Template {
    Template { title, why, scale_down, kind, block, minutes, intensity, loads, equipment, helps, suits }
}

const LEGS: &[&str] = &["knee", "ankle", "hip"];
const BACK: &[&str] = &["back", "lower back"];
const ARMS: &[&str] = &["shoulder", "elbow", "wrist"];
const ALL: &[&str] = &["knee", "ankle", "hip", "back", "lower back", "shoulder", "wrist"];
const NONE: &[&str] = &[];

pub(super) static LIBRARY: &[Template] = &[
    // Morning
    task("Step outside into daylight", Wellness, Morning, 5, 0, NONE, "", Some(Focus::SleepRegularity), &[], "Morning light sets the clock that makes tonight's sleep come.", "Open the curtains and stand at the window."),
    task("Drink a large glass of water", Wellness, Morning, 5, 0, NONE, "", None, &[], "You wake up a little dry; water helps attention.", "Half a glass."),
    task("Gentle morning stretch", Wellness, Morning, 5, 1, NONE, "", None, &[FB, RR], "Stiffness goes faster with slow movement.", "Three slow neck rolls."),
    task("Sun salutations", Wellness, Morning, 10, 1, ARMS, "", None, &[CE, TS], "Wakes the whole body without tiring it.", "Two rounds."),
    task("Mobility routine", Wellness, Morning, 10, 1, NONE, "", None, &[SI, PP], "Range of motion first, load later.", "Hips only."),
    task("Write down one intention", Deep, Morning, 5, 0, NONE, "", None, &[FB, CE, RR], "One thing chosen is easier to keep than five wished for.", "Say it aloud."),
    task("Plan the day against yesterday's log", Deep, Morning, 5, 0, NONE, "", Some(Focus::Consistency), &[SI, PP, TS], "What was measured yesterday decides what changes today.", "Look at one number."),
    task("Brisk morning walk", Exercise, Morning, 15, 1, LEGS, "", Some(Focus::Activity), &[CE, TS], "Light and movement together.", "Once around the block."),
    task("Easy morning walk", Exercise, Morning, 10, 1, &["ankle"], "", Some(Focus::Activity), &[FB, RR], "Ten minutes count.", "Five minutes."),
    task("Box breathing", Recovery, Morning, 5, 0, NONE, "", Some(Focus::Recovery), &[RR], "Slow breathing lowers the stress you start the day with.", "Four breaths."),
    // Peak energy
    task("Easy walk outside", Exercise, Peak, 15, 1, &["ankle"], "", Some(Focus::Activity), &[FB, RR, CE], "The easiest way to more steps.", "Seven minutes."),
    task("Bodyweight circuit", Exercise, Peak, 15, 2, ALL, "", Some(Focus::Activity), &[TS, FB], "Strength keeps everyday things easy.", "One round."),
    task("Strength: squats, rows, presses", Exercise, Peak, 30, 3, ALL, "", Some(Focus::Activity), &[PP, SI, TS], "Two to three strength sessions a week keep muscle and bone.", "Half the sets."),
    task("Kettlebell swings and carries", Exercise, Peak, 20, 3, &["back", "lower back", "shoulder", "hip"], "kettlebell", Some(Focus::Activity), &[PP, TS], "Power and grip in little time.", "Carries only."),
    task("Intervals on the bike", Exercise, Peak, 25, 3, &["knee"], "bike", Some(Focus::Activity), &[PP, TS], "Short hard efforts raise aerobic capacity most.", "Ride easy for ten minutes."),
    task("Zone 2 ride", Exercise, Peak, 30, 2, &["knee"], "bike", Some(Focus::Activity), &[SI, PP], "Easy endurance is the base of everything else.", "Fifteen minutes."),
    task("Zone 2 run or fast walk", Exercise, Peak, 30, 2, LEGS, "", Some(Focus::Activity), &[PP, SI, TS], "Easy endurance is the base of everything else.", "Fifteen minutes of walking."),
    task("Swim or pool walk", Exercise, Peak, 25, 2, &["shoulder"], "pool", Some(Focus::Activity), &[RR, CE, SI], "Kind to joints.", "Ten minutes in the water."),
    task("Chair yoga", Exercise, Peak, 10, 1, NONE, "", Some(Focus::Activity), &[RR, FB], "Movement that no joint minds.", "Three poses."),
    task("Upper-body band work", Exercise, Peak, 15, 2, ARMS, "band", Some(Focus::Activity), &[SI, TS, RR], "Posture for long days at a desk.", "One set."),
    task("Core and balance", Exercise, Peak, 10, 1, BACK, "", Some(Focus::Activity), &[SI, FB, RR], "Balance is trained like everything else.", "Stand on one leg while brushing teeth."),
    task("Walk with a friend", Social, Peak, 20, 1, &["ankle"], "", Some(Focus::Activity), &[CE], "Company is the best predictor of doing it again.", "Call somebody while you walk."),
    task("Most important task, no interruptions", Deep, Peak, 25, 0, NONE, "", None, &[SI, PP], "Your best hour goes to what matters.", "Ten minutes."),
    // Midday
    task("Stand up and stretch", Wellness, Midday, 5, 1, NONE, "", Some(Focus::Sitting), &[], "Two minutes of movement break up the sitting.", "Stand for one phone call."),
    task("Refill the water bottle", Wellness, Midday, 5, 0, NONE, "", None, &[], "The second half of the day's water.", "One glass."),
    task("Quiet break without a screen", Recovery, Midday, 10, 0, NONE, "", Some(Focus::Recovery), &[RR, FB, PP], "The dip after lunch is real; resting beats coffee.", "Close your eyes for three minutes."),
    task("Lunch with somebody", Social, Midday, 15, 0, NONE, "", None, &[CE], "Shared meals are slower and better.", "Send a message to a friend."),
    task("Ten-minute walk after lunch", Exercise, Midday, 10, 1, &["ankle"], "", Some(Focus::Activity), &[TS, SI, FB, CE], "Walking after a meal flattens the rise in blood sugar.", "Five minutes."),
    task("Power nap, alarm at 15 minutes", Recovery, Midday, 15, 0, NONE, "", Some(Focus::Sleep), &[PP, RR], "Short naps restore; long ones cost the night.", "Lie down with eyes closed."),
    task("Log energy, 1 to 5", Wellness, Midday, 5, 0, NONE, "", Some(Focus::Consistency), &[SI, PP], "One number a day is enough to see a pattern.", "Think it."),
    // Evening
    task("Stretch what sat all day", Wellness, Evening, 10, 1, NONE, "", Some(Focus::Sitting), &[], "Hips and chest get short from sitting.", "One minute per side."),
    task("Play outside: ball, dance, dog", Social, Evening, 20, 2, &["knee", "ankle"], "", Some(Focus::Activity), &[CE], "Moving without calling it exercise.", "Five minutes of it."),
    task("Evening stroll", Exercise, Evening, 15, 1, &["ankle"], "", Some(Focus::Activity), &[RR, FB, CE], "Closes the day and settles dinner.", "Around the block."),
    task("Technique practice, light", Exercise, Evening, 15, 1, ALL, "", None, &[PP], "Skill without load in the evening.", "Five minutes."),
    task("Prepare tomorrow's breakfast", Wellness, Evening, 10, 0, NONE, "", None, &[TS, SI, FB], "What is ready gets eaten.", "Put it on the counter."),
    task("Foam roll", Recovery, Evening, 10, 1, NONE, "foam roller", Some(Focus::Recovery), &[PP, TS], "Loosens what was trained.", "Calves only."),
    task("Call somebody you like", Social, Evening, 10, 0, NONE, "", None, &[CE, RR], "Being in touch protects health like sleep does.", "A voice message."),
    // Wind down
    task("Screens off", Wellness, WindDown, 5, 0, NONE, "", Some(Focus::Sleep), &[], "Light and news keep the mind awake.", "Dim the screen."),
    task("Warm shower and low light", Recovery, WindDown, 10, 0, NONE, "", Some(Focus::Sleep), &[RR, PP], "Cooling down after warmth brings sleep.", "Wash face and hands warm."),
    task("Read on paper", Recovery, WindDown, 10, 0, NONE, "", Some(Focus::Sleep), &[FB, CE, RR, SI], "A steady sign that the day is over.", "One page."),
    task("Note today in three lines", Deep, WindDown, 5, 0, NONE, "", Some(Focus::Consistency), &[SI, TS], "Written down, it stops turning in the head.", "One line."),
    task("Breathe out longer than in", Recovery, WindDown, 5, 0, NONE, "", Some(Focus::Recovery), &[], "A long breath out slows the heart.", "Six breaths."),
    task("Three good things", Deep, WindDown, 5, 0, NONE, "", None, &[CE, FB], "Attention to what went well lifts mood over weeks.", "One good thing."),
    task("Set clothes and bag for training", Wellness, WindDown, 5, 0, NONE, "", None, &[PP, TS], "Tomorrow starts tonight.", "Shoes by the door."),
];
