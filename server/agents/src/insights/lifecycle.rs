//! The kinds of insights, how long each is true, and the states one goes through.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Sleep,
    Activity,
    Nutrition,
    Energy,
    Routine,
    Recovery,
    Motivation,
}

impl Category {
    pub const ALL: [Self; 7] = [
        Self::Sleep,
        Self::Activity,
        Self::Nutrition,
        Self::Energy,
        Self::Routine,
        Self::Recovery,
        Self::Motivation,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sleep => "sleep",
            Self::Activity => "activity",
            Self::Nutrition => "nutrition",
            Self::Energy => "energy",
            Self::Routine => "routine",
            Self::Recovery => "recovery",
            Self::Motivation => "motivation",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == text)
    }
}

/// What an insight was found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = InsightKind)]
pub enum Kind {
    /// For a professional to look at.
    Advice,
    /// The newest day against what is usual.
    Day,
    /// The last week against what is usual.
    Change,
    /// What is usual against a guideline.
    Level,
    Trend,
    Regularity,
    /// A day of the week, or weekends, against the other days.
    Week,
    Streak,
    Best,
    /// Two signals that go together; never told as a cause.
    Link,
    /// Hours of the day.
    Hours,
    /// What gets done of what was planned.
    Adherence,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Advice,
        Self::Day,
        Self::Change,
        Self::Level,
        Self::Trend,
        Self::Regularity,
        Self::Week,
        Self::Streak,
        Self::Best,
        Self::Link,
        Self::Hours,
        Self::Adherence,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advice => "advice",
            Self::Day => "day",
            Self::Change => "change",
            Self::Level => "level",
            Self::Trend => "trend",
            Self::Regularity => "regularity",
            Self::Week => "week",
            Self::Streak => "streak",
            Self::Best => "best",
            Self::Link => "link",
            Self::Hours => "hours",
            Self::Adherence => "adherence",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Days after which it is not shown any more, and may be said again.
    pub fn valid_days(self) -> u32 {
        match self {
            Self::Day => 2,
            Self::Change | Self::Streak | Self::Best => 7,
            Self::Trend | Self::Adherence => 14,
            Self::Advice | Self::Level | Self::Regularity | Self::Week | Self::Link | Self::Hours => 30,
        }
    }

    /// How many days old the newest data may be for it to be told at all.
    pub(super) fn fresh_days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Change | Self::Streak | Self::Best => 7,
            Self::Trend => 14,
            // True of the days that it names, however long ago.
            _ => i64::MAX,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    Low,
    Medium,
    High,
}

impl Priority {
    /// By importance, 0–1: from 0.75 high, from 0.55 medium.
    pub(super) fn of(importance: f64) -> Self {
        match importance {
            0.75.. => Self::High,
            0.55.. => Self::Medium,
            _ => Self::Low,
        }
    }
}

/// Where an insight stands in its life. Each is reached from those before it only; the last three are ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = InsightState)]
pub enum State {
    /// Made, not shown yet.
    New,
    /// Shown at least once.
    Surfaced,
    /// The person has seen it.
    Acknowledged,
    /// The person has said what they think of it.
    Rated,
    /// Not true long enough to be shown any more.
    Expired,
    /// A newer one says what changed.
    Superseded,
    /// The person does not want it.
    Dismissed,
}

impl State {
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Surfaced,
        Self::Acknowledged,
        Self::Rated,
        Self::Expired,
        Self::Superseded,
        Self::Dismissed,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Surfaced => "surfaced",
            Self::Acknowledged => "acknowledged",
            Self::Rated => "rated",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Dismissed => "dismissed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it is still shown.
    pub fn live(self) -> bool {
        self < Self::Expired
    }

    /// After `step` happened to it. It never goes back, and what has ended stays as it ended.
    #[must_use]
    pub fn after(self, step: Self) -> Self {
        if self.live() { self.max(step) } else { self }
    }
}

/// An insight given before, and how the person took it.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownInsight {
    pub content_hash: String,
    pub meaning: String,
    pub category: Category,
    /// `None`: of before kinds were kept.
    pub kind: Option<Kind>,
    pub state: State,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Days on which it was shown.
    pub shown_days: u32,
    pub acknowledged: bool,
    pub helpful: Option<bool>,
    /// 1 (bad) to 5 (good).
    pub rating: Option<u8>,
}
