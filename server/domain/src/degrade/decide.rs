//! What a policy allows now: a pure function of how full the sums are and of what the models charge.
//!
//! Steps add up: each that is reached gives up something, none gives anything back. So a fuller sum never allows more, and
//! of two steps of one kind the stricter counts.

use super::{Action, Policy, Step, Sum};
use crate::money::MicroUsd;

/// How full one capped sum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    /// Not [`Sum::Any`].
    pub sum: Sum,
    /// Settled. What calls in flight hold does not count: it is many times what they will cost.
    pub spent: MicroUsd,
    pub cap: MicroUsd,
}

impl Filling {
    pub fn reached(&self, percent: u8) -> bool {
        i128::from(self.spent.0) * 100 >= i128::from(self.cap.0) * i128::from(percent)
    }

    /// Whole percent, rounded down: what is said to be reached is.
    pub fn percent(&self) -> u64 {
        let share = i128::from(self.spent.0.max(0)) * 100 / i128::from(self.cap.0.max(1));
        u64::try_from(share).unwrap_or(u64::MAX)
    }
}

/// A model of the chain and its price, [`crate::price::Price::blended`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced<'a> {
    pub name: &'a str,
    pub price: MicroUsd,
}

/// Why something is given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Because<'a> {
    pub step: &'a Step,
    pub filling: Filling,
}

impl Because<'_> {
    /// For the answer's meta. It names the step and not the moment's share, so that answers under one step have one reason.
    pub fn reason(&self) -> String {
        let (step, sum) = (self.step, self.filling.sum);
        format!("cost policy: {} from {} % of {}", step.action.words(), step.from_percent, sum.words())
    }

    /// For the request's steps: how full it was.
    pub fn detail(&self) -> String {
        format!("{} is at {} %", self.filling.sum.words(), self.filling.percent())
    }
}

/// What may be done now; `None`: nothing is given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed<'a> {
    /// Models dearer than this are skipped.
    pub dearest: Option<(MicroUsd, Because<'a>)>,
    /// Words as old as so many minutes stand in before a model is asked.
    pub kept_words: Option<(u32, Because<'a>)>,
    /// Model calls a minute.
    pub throttle: Option<(u32, Because<'a>)>,
    /// No model is asked.
    pub planner: Option<Because<'a>>,
}

impl<'a> Allowed<'a> {
    /// Why a model of this price may not be asked.
    pub fn too_dear(&self, price: MicroUsd) -> Option<Because<'a>> {
        self.dearest.filter(|(most, _)| price > *most).map(|(_, because)| because)
    }

    /// Whether it allows nothing that `other` does not.
    pub fn within(&self, other: &Self) -> bool {
        if self.planner.is_some() {
            return true;
        }
        let price = |it: &Self| it.dearest.map_or(MicroUsd(i64::MAX), |(most, _)| most);
        let rate = |it: &Self| it.throttle.map_or(u32::MAX, |(most, _)| most);
        let words = |it: &Self| it.kept_words.map_or(0, |(minutes, _)| minutes);
        other.planner.is_none()
            && price(self) <= price(other)
            && rate(self) <= rate(other)
            && words(self) >= words(other)
    }
}

/// What `policy` allows while the sums are so full. `models` in the order in which they are asked.
///
/// An essential agent keeps its model until the ceiling: of the day's sum, whose cap is the ceiling for it, only what
/// leaves a model counts before. A step for a cheaper model where there is none changes nothing.
pub fn decide<'a>(
    policy: &'a Policy,
    essential: bool,
    fillings: &[Filling],
    models: &[Priced<'_>],
) -> Allowed<'a> {
    let mut allowed = Allowed::default();
    for step in policy.steps() {
        let reached = fillings.iter().filter(|filling| step.is_reached(essential, filling));
        let Some(filling) = reached.max_by_key(|filling| filling.percent()) else { continue };
        let because = Because { step, filling: *filling };
        match &step.action {
            Action::CheaperModel(named) => {
                let most = dearest(models, named.as_deref());
                let most = most.filter(|most| allowed.dearest.is_none_or(|(known, _)| *most < known));
                allowed.dearest = most.map(|most| (most, because)).or(allowed.dearest);
            }
            Action::KeptWordsFirst { minutes } => {
                if allowed.kept_words.is_none_or(|(known, _)| *minutes > known) {
                    allowed.kept_words = Some((*minutes, because));
                }
            }
            Action::Throttle { per_minute } => {
                if allowed.throttle.is_none_or(|(known, _)| *per_minute < known) {
                    allowed.throttle = Some((*per_minute, because));
                }
            }
            Action::Planner => allowed.planner = allowed.planner.or(Some(because)),
        }
    }
    allowed
}

impl Step {
    fn is_reached(&self, essential: bool, filling: &Filling) -> bool {
        let keeps_model = matches!(self.action, Action::CheaperModel(_) | Action::KeptWordsFirst { .. });
        (self.sum == Sum::Any || self.sum == filling.sum)
            && filling.reached(self.from_percent)
            && (keeps_model || !essential || filling.sum != Sum::Global || filling.reached(100))
    }
}

impl Policy {
    /// The steps that one sum puts in force; those for a cheaper model only where there is one.
    pub fn steps_at<'a>(
        &'a self,
        essential: bool,
        filling: Filling,
        models: &'a [Priced<'_>],
    ) -> impl Iterator<Item = &'a Step> {
        self.steps().iter().filter(move |step| {
            let vain = match &step.action {
                Action::CheaperModel(named) => dearest(models, named.as_deref()).is_none(),
                _ => false,
            };
            step.is_reached(essential, &filling) && !vain
        })
    }
}

/// The price of the model named, else of the next cheaper than the first one. `None`: there is none.
fn dearest(models: &[Priced<'_>], named: Option<&str>) -> Option<MicroUsd> {
    let named = named.and_then(|name| models.iter().find(|model| model.name == name));
    let first = models.first()?.price;
    let cheaper = models.iter().map(|model| model.price).filter(|price| *price < first).max();
    named.map(|model| model.price).or(cheaper)
}

/// Whether `new` allows something, at whatever share of whatever sum, that `old` does not: it lets more be spent.
///
/// One sum at a time is enough: what several allow together is what each of them allows. `essential`: whether the agent is, for which
/// some steps count later.
pub fn is_weaker(new: &Policy, old: &Policy, essential: bool, models: &[Priced<'_>]) -> bool {
    let edges = || new.steps().iter().chain(old.steps()).map(|step| step.from_percent).chain([100]);
    Sum::REAL.into_iter().any(|sum| {
        edges().any(|percent| {
            let full = [Filling { sum, spent: MicroUsd(i64::from(percent)), cap: MicroUsd(100) }];
            !decide(new, essential, &full, models).within(&decide(old, essential, &full, models))
        })
    })
}
