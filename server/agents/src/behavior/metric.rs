//! The one table of figures: each has a name, a unit and one way of computing it from the days.
//!
//! A figure in an answer is looked up here by its name and computed again: what is not in the table, or not what it says, is a
//! violation, whoever wrote it.

use std::cell::OnceCell;

use jiff::civil::{Date, Weekday};

use super::rhythm::{self, ActivityRhythm};
use super::signal::Signal;
use super::timing::{self, Night};
use super::{MetricEvidence, guideline, measured, round, streak, trends};
use crate::evidence::{DayRecord, Evidence};
use crate::statistics::{median, spread};

macro_rules! metrics {
    ($($variant:ident $name:literal $unit:literal $doc:literal)*) => {
        /// A figure that an answer may show. Its name is its identifier: stable, and read by people.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Metric {
            $(#[doc = $doc] $variant,)*
        }

        impl Metric {
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            pub fn unit(self) -> &'static str {
                match self { $(Self::$variant => $unit),* }
            }
        }
    };
}

metrics! {
    StepsPerDay "steps per day" "steps" "Median of the window, three days; baseline: of the days before, five."
    ActivePerDay "active minutes per day" "minutes" "Likewise."
    SleepPerNight "sleep per night" "minutes" "Likewise."
    SedentaryPerDay "sedentary time per day" "minutes" "Likewise, of days with less than 1,300 minutes."
    RestingHeartRate "resting heart rate" "bpm" "Likewise."
    Variability "heart rate variability" "ms" "Likewise."
    ActivePerWeek "active minutes in seven days" "minutes" "Seven times the mean of up to 30 days, four at least; baseline: the guideline."
    SleepSpread "spread of sleep from night to night" "minutes" "1.4826 × MAD of up to 30 nights, five at least; baseline: 30."
    StepsSpread "spread of daily steps" "percent of your usual day" "1.4826 × MAD in percent of the median, five days."
    WeekendSteps "steps on a weekend day" "steps" "Median; baseline: of weekdays. Four weekdays and two weekend days."
    MiddleSpread "spread of the middle of sleep" "minutes" "1.4826 × MAD of nights with times, five; baseline: 30."
    MiddleOfSleep "middle of sleep" "minutes after midnight" "Circular median of nights with times, three at least."
    SocialJetlag "social jetlag" "minutes" "Middle of sleep, free against work days; five and two nights; baseline: 60."
    FreeMiddle "middle of sleep on free days, corrected" "minutes after midnight" "`MSFsc`; five and two nights."
    RegularityIndex "sleep regularity index" "points" "−100 to 100, five days of comparisons."
    Stability "interdaily stability" "share" "0–1, seven days with hours."
    Fragmentation "intradaily variability" "ratio" "0 to about 2, likewise."
    Amplitude "relative amplitude" "share" "0–1, likewise."
    MostActive "steps an hour in the most active ten hours" "steps" "M10, likewise."
    LeastActive "steps an hour in the least active five hours" "steps" "L5, likewise."
    MostActiveOnset "begin of the most active ten hours" "minutes after midnight" "Likewise."
    LeastActiveMiddle "middle of the least active five hours" "minutes after midnight" "Likewise."
    Streak "days in a row at usual steps" "days" "At or above the median, up to the newest day; seven days."
    Lapse "days in a row below half of usual steps" "days" "Likewise."
    StepsTrend "steps per week" "steps" "Theil–Sen slope of up to 30 days, five at least; baseline: 0."
    SleepTrend "sleep per week" "minutes" "Likewise."
    ActiveTrend "active minutes per week" "minutes" "Likewise."
    HeartTrend "resting heart rate per week" "bpm" "Likewise."
    VariabilityTrend "heart rate variability per week" "ms" "Likewise."
}

/// Days for a figure of a week: four (Troiano et al. 2008, valid days).
const LEAST_WEEK_DAYS: usize = 4;

impl Metric {
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }

    /// Whether days and dates of a figure may be left out: a slope is told with its trend.
    fn is_trend(self) -> bool {
        use Metric as M;
        matches!(self, M::StepsTrend | M::SleepTrend | M::ActiveTrend | M::HeartTrend | M::VariabilityTrend)
    }

    /// The figure as the evidence has it; `None`: not enough data for it.
    pub fn of(self, evidence: &Evidence) -> Option<MetricEvidence> {
        Figures::of(evidence).figure(self)
    }

    fn compute(self, figures: &Figures<'_>) -> Option<MetricEvidence> {
        use Metric as M;
        let evidence = figures.evidence;
        match self {
            M::StepsPerDay => self.usual(evidence, |day| day.steps),
            M::ActivePerDay => self.usual(evidence, |day| day.active_minutes),
            M::SleepPerNight => self.usual(evidence, |day| day.sleep_minutes),
            M::SedentaryPerDay => {
                self.usual(evidence, |day| day.sedentary_minutes.filter(|minutes| *minutes < 1_300.0))
            }
            M::RestingHeartRate => self.usual(evidence, |day| day.resting_heart_rate),
            M::Variability => self.usual(evidence, |day| day.heart_rate_variability),
            M::ActivePerWeek => {
                let days = Evidence::values(&evidence.days, |day| day.active_minutes);
                let sum: f64 = days.iter().map(|(_, minutes)| minutes).sum();
                let asked = guideline::active_minutes_a_week(evidence.profile.age);
                let dates = dates(&days);
                (days.len() >= LEAST_WEEK_DAYS)
                    .then(|| self.shown(round(sum / days.len() as f64 * 7.0), Some(asked), &dates))
            }
            M::SleepSpread => {
                let nights = Evidence::values(&evidence.days, |day| day.sleep_minutes);
                let value = spread(&values(&nights)).filter(|_| nights.len() >= 5)?;
                Some(self.shown(round(value), Some(30.0), &dates(&nights)))
            }
            M::StepsSpread => {
                let days = Evidence::values(&evidence.days, |day| day.steps);
                let steps = values(&days);
                let value = spread(&steps).filter(|_| days.len() >= 5)? / median(&steps)?.max(1.0);
                Some(self.shown(round(100.0 * value), None, &dates(&days)))
            }
            M::WeekendSteps => {
                let days = Evidence::values(&evidence.days, |day| day.steps);
                let (week, end) = week_and_weekend(&days);
                let enough = week.len() >= 4 && end.len() >= 2;
                let value = median(&end).filter(|_| enough)?;
                Some(self.shown(round(value), median(&week).map(round), &dates(&days)))
            }
            M::MiddleSpread => self.of_nights(evidence, timing::spread_of_middle, Some(30.0)),
            M::MiddleOfSleep => self.of_nights(evidence, timing::middle, None),
            M::SocialJetlag => self.of_nights(evidence, timing::social_jetlag, Some(60.0)),
            M::FreeMiddle => self.of_nights(evidence, timing::corrected_free_middle, None),
            M::RegularityIndex => self.of_nights(evidence, timing::regularity_index, None),
            M::Stability => self.of_rhythm(figures, |rhythm| hundredths(rhythm.stability)),
            M::Fragmentation => self.of_rhythm(figures, |rhythm| hundredths(rhythm.variability)),
            M::Amplitude => self.of_rhythm(figures, |rhythm| hundredths(rhythm.amplitude())),
            M::MostActive => self.of_rhythm(figures, |rhythm| round(rhythm.most_active)),
            M::LeastActive => self.of_rhythm(figures, |rhythm| round(rhythm.least_active)),
            M::MostActiveOnset => self.of_rhythm(figures, |rhythm| rhythm.most_active_onset as f64 * 60.0),
            M::LeastActiveMiddle => self.of_rhythm(figures, ActivityRhythm::least_active_middle),
            M::Streak => self.of_run(streak::streak(evidence)),
            M::Lapse => self.of_run(streak::lapse(evidence)),
            M::StepsTrend => self.of_trend(evidence, Signal::Steps),
            M::SleepTrend => self.of_trend(evidence, Signal::Sleep),
            M::ActiveTrend => self.of_trend(evidence, Signal::ActiveMinutes),
            M::HeartTrend => self.of_trend(evidence, Signal::RestingHeartRate),
            M::VariabilityTrend => self.of_trend(evidence, Signal::Variability),
        }
    }

    fn shown(self, value: f64, baseline: Option<f64>, days: &[Date]) -> MetricEvidence {
        MetricEvidence {
            metric: self.name().to_owned(),
            value,
            unit: self.unit().to_owned(),
            baseline,
            days: u32::try_from(days.len()).unwrap_or(0),
            from: days.first().copied(),
            to: days.last().copied(),
        }
    }

    fn usual(
        self,
        evidence: &Evidence,
        signal: impl Fn(&DayRecord) -> Option<f64>,
    ) -> Option<MetricEvidence> {
        measured(evidence, self.name(), self.unit(), signal)
    }

    fn of_nights(
        self,
        evidence: &Evidence,
        figure: fn(&[Night]) -> Option<f64>,
        baseline: Option<f64>,
    ) -> Option<MetricEvidence> {
        let nights = timing::nights(&evidence.days);
        let dates: Vec<Date> = nights.iter().map(|night| night.date).collect();
        Some(self.shown(round(figure(&nights)?), baseline, &dates))
    }

    fn of_rhythm(self, figures: &Figures<'_>, figure: fn(&ActivityRhythm) -> f64) -> Option<MetricEvidence> {
        let rhythm = figures.rhythm.get_or_init(|| rhythm::of(figures.evidence)).as_ref()?;
        Some(self.shown(figure(rhythm), None, &rhythm.days))
    }

    fn of_run(self, run: Option<streak::Run>) -> Option<MetricEvidence> {
        let run = run.filter(|run| !run.days.is_empty())?;
        Some(self.shown(run.days.len() as f64, None, &run.days))
    }

    fn of_trend(self, evidence: &Evidence, signal: Signal) -> Option<MetricEvidence> {
        let trend = trends::of(evidence, signal)?;
        let days = trend.days;
        Some(MetricEvidence {
            days,
            from: trend.from,
            to: trend.to,
            ..self.shown(trend.per_week, Some(0.0), &[])
        })
    }
}

/// The figures of one evidence, so that what several rest on is computed once.
pub(super) struct Figures<'a> {
    evidence: &'a Evidence,
    rhythm: OnceCell<Option<ActivityRhythm>>,
}

impl<'a> Figures<'a> {
    pub(super) fn of(evidence: &'a Evidence) -> Self {
        Self { evidence, rhythm: OnceCell::new() }
    }

    pub(super) fn figure(&self, metric: Metric) -> Option<MetricEvidence> {
        metric.compute(self)
    }

    /// See [`holds`].
    pub(super) fn hold(&self, shown: &MetricEvidence) -> bool {
        let Some(metric) = Metric::parse(&shown.metric) else { return false };
        let Some(mut own) = self.figure(metric) else { return false };
        if metric.is_trend() && shown.from.is_none() && shown.to.is_none() {
            (own.from, own.to) = (None, None);
        }
        own == *shown
    }
}

/// The days that a figure of habits or of the last week rests on, oldest first.
pub(crate) fn days(shown: &MetricEvidence, evidence: &Evidence) -> Vec<Date> {
    use Metric as M;
    let metric = Metric::parse(&shown.metric);
    let counts = |day: &&DayRecord| match metric {
        Some(M::StepsPerDay | M::StepsSpread | M::WeekendSteps) => day.steps.is_some(),
        Some(M::ActivePerDay | M::ActivePerWeek) => day.active_minutes.is_some(),
        Some(M::SleepPerNight | M::SleepSpread) => day.sleep_minutes.is_some(),
        Some(M::SedentaryPerDay) => day.sedentary_minutes.is_some_and(|minutes| minutes < 1_300.0),
        Some(M::MiddleSpread | M::MiddleOfSleep | M::SocialJetlag | M::FreeMiddle) => {
            day.sleep_start.zip(day.sleep_end).is_some_and(|(start, end)| start < end)
        }
        Some(M::RestingHeartRate) => day.resting_heart_rate.is_some(),
        Some(M::Variability) => day.heart_rate_variability.is_some(),
        _ => true,
    };
    let within = |day: &&DayRecord| {
        shown.from.is_some_and(|from| from <= day.date) && shown.to.is_some_and(|to| day.date <= to)
    };
    let rests = evidence.days.iter().filter(|day| day.worn).filter(within).filter(counts);
    rests.map(|day| day.date).collect()
}

/// Whether the evidence has this figure: the same metric, unit, value, baseline, number of days and dates. Slopes may leave their
/// dates out.
pub fn holds(shown: &MetricEvidence, evidence: &Evidence) -> bool {
    Figures::of(evidence).hold(shown)
}

/// Steps of weekdays and of Saturdays and Sundays.
pub(super) fn week_and_weekend(days: &[(Date, f64)]) -> (Vec<f64>, Vec<f64>) {
    let weekend = |date: Date| matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let of = |wanted: bool| {
        days.iter().filter(|(date, _)| weekend(*date) == wanted).map(|(_, steps)| *steps).collect()
    };
    (of(false), of(true))
}

fn hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn values(days: &[(Date, f64)]) -> Vec<f64> {
    days.iter().map(|(_, value)| *value).collect()
}

fn dates(days: &[(Date, f64)]) -> Vec<Date> {
    days.iter().map(|(date, _)| *date).collect()
}
