//! Whether a provider's own account of a day agrees with the ledger, and which way it does not.
//!
//! Both figures of a day must be known and final before anything is concluded: what is unknown is neither agreement nor drift.

use crate::money::MicroUsd;
use serde::{Deserialize, Serialize};

/// Of tokens, below this nothing is concluded: a call at midnight may stand on either of two days.
const FEW_TOKENS: u64 = 10_000;

/// What one side says of one day. `None`: it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub requests: Option<u64>,
    /// All that was sent, cached or not.
    pub input_tokens: Option<u64>,
    pub cached_input_tokens: Option<u64>,
    pub cache_write_tokens: Option<u64>,
    pub output_tokens: Option<u64>,
    pub cost: Option<MicroUsd>,
}

impl Account {
    /// Both together; what one of them does not know, nobody knows of the whole.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let both = |one: Option<u64>, two: Option<u64>| Some(one?.saturating_add(two?));
        Self {
            requests: both(self.requests, other.requests),
            input_tokens: both(self.input_tokens, other.input_tokens),
            cached_input_tokens: both(self.cached_input_tokens, other.cached_input_tokens),
            cache_write_tokens: both(self.cache_write_tokens, other.cache_write_tokens),
            output_tokens: both(self.output_tokens, other.output_tokens),
            cost: self.cost.and_then(|one| Some(one + other.cost?)),
        }
    }

    /// Nothing was used, and that is known.
    pub const NOTHING: Self = Self {
        requests: Some(0),
        input_tokens: Some(0),
        cached_input_tokens: Some(0),
        cache_write_tokens: Some(0),
        output_tokens: Some(0),
        cost: Some(MicroUsd::ZERO),
    };

    fn tokens(&self) -> Option<u64> {
        Some(self.input_tokens?.saturating_add(self.output_tokens?))
    }
}

/// From where on a difference is drift: beyond both.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Of the larger of both amounts, 0–1.
    pub share: f64,
    pub amount: MicroUsd,
}

/// What comparing a day came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Verdict {
    Agrees,
    /// The worse direction: money was spent that no cap knew of.
    TheyBillMore,
    /// Caps close earlier than they need to; no money is lost.
    TheyBillLess,
    /// The dollars agree or are not told, the tokens do not.
    CountsDiffer,
    /// The day is not over, or the provider may still be counting.
    TooEarly,
    /// The provider has not told what it billed.
    Unknown,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::TheyBillMore => "they-bill-more",
            Self::TheyBillLess => "they-bill-less",
            Self::CountsDiffer => "counts-differ",
            Self::TooEarly => "too-early",
            Self::Unknown => "unknown",
        }
    }

    /// About money: what the alert is about.
    pub fn is_drift(self) -> bool {
        matches!(self, Self::TheyBillMore | Self::TheyBillLess)
    }
}

/// `is_final`: the day is over for long enough that the provider has counted it.
pub fn judge(ours: &Account, theirs: &Account, thresholds: Thresholds, is_final: bool) -> Verdict {
    if !is_final {
        return Verdict::TooEarly;
    }
    let amounts = ours.cost.zip(theirs.cost);
    if let Some((ours, theirs)) = amounts
        && beyond(ours.0, theirs.0, thresholds)
    {
        return if theirs > ours { Verdict::TheyBillMore } else { Verdict::TheyBillLess };
    }
    if let Some((ours, theirs)) = ours.tokens().zip(theirs.tokens()) {
        let apart = ours.abs_diff(theirs);
        if apart > FEW_TOKENS && apart as f64 > thresholds.share * ours.max(theirs) as f64 {
            return Verdict::CountsDiffer;
        }
    }
    if amounts.is_some() { Verdict::Agrees } else { Verdict::Unknown }
}

fn beyond(ours: i64, theirs: i64, thresholds: Thresholds) -> bool {
    let apart = i128::from(ours).abs_diff(i128::from(theirs));
    let larger = ours.unsigned_abs().max(theirs.unsigned_abs());
    apart > u128::from(thresholds.amount.0.unsigned_abs()) && apart as f64 > thresholds.share * larger as f64
}

/// Whether a provider that says `told` means the model asked for as `name`: the same name, in any case, or a dated snapshot
/// of it (`gpt-4o-2024-08-06`, `small-20260301`), as providers resolve an alias.
pub fn is_same_model(name: &str, told: &str) -> bool {
    if name.is_empty() || !told.is_char_boundary(name.len().min(told.len())) {
        return false;
    }
    let (head, tail) = told.split_at(name.len().min(told.len()));
    head.eq_ignore_ascii_case(name) && (tail.is_empty() || tail.strip_prefix('-').is_some_and(is_date))
}

fn is_date(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    digits == 8 && digits + dashes == text.len() && (dashes == 0 || dashes == 2)
}

/// The model in a line of a bill: `gpt-4o-2024-08-06, cached input` is of `gpt-4o-2024-08-06`.
pub fn model_of_line(line_item: &str) -> &str {
    line_item.split_once(", ").map_or(line_item, |(model, _)| model).trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USUAL: Thresholds = Thresholds { share: 0.02, amount: MicroUsd(100_000) };

    fn billed(usd: f64) -> Account {
        Account { cost: Some(MicroUsd::from_usd(usd)), ..Account::NOTHING }
    }

    #[test]
    fn drift_is_beyond_the_share_and_beyond_the_amount() {
        let verdict = |ours, theirs| judge(&billed(ours), &billed(theirs), USUAL, true).as_str();
        let cases = [
            (10.0, 10.0, "agrees"),
            (10.0, 10.19, "agrees"),
            (10.0, 10.25, "they-bill-more"),
            (10.25, 10.0, "they-bill-less"),
            (0.01, 0.10, "agrees"),
            (0.0, 0.20, "they-bill-more"),
            (1_000.0, 1_015.0, "agrees"),
        ];
        for (ours, theirs, expected) in cases {
            assert_eq!(verdict(ours, theirs), expected, "{ours} {theirs}");
        }
        assert_eq!(judge(&billed(0.0), &billed(9.0), USUAL, false), Verdict::TooEarly);
    }

    #[test]
    fn what_nobody_told_is_unknown_and_tokens_are_compared_without_dollars() {
        let ours = Account { input_tokens: Some(100_000), output_tokens: Some(10_000), ..billed(1.0) };
        assert_eq!(judge(&ours, &Account::default(), USUAL, true), Verdict::Unknown);
        let counted = Account { cost: None, ..ours };
        assert_eq!(judge(&ours, &counted, USUAL, true), Verdict::Unknown, "equal tokens are no bill");
        let more = Account { input_tokens: Some(120_000), ..ours };
        assert_eq!(judge(&ours, &more, USUAL, true), Verdict::CountsDiffer);
        assert_eq!(judge(&ours, &Account { cost: None, ..more }, USUAL, true), Verdict::CountsDiffer);
    }

    #[test]
    fn a_snapshot_is_its_model_and_another_model_is_not() {
        for told in ["gpt-4o", "GPT-4o", "gpt-4o-2024-08-06", "gpt-4o-20240806"] {
            assert!(is_same_model("gpt-4o", told), "{told}");
        }
        for told in ["gpt-4o-mini", "gpt-4o-mini-2024-07-18", "gpt-4", "gpt-4o-2024", "", "gpt-4ö"] {
            assert!(!is_same_model("gpt-4o", told), "{told}");
        }
        assert!(!is_same_model("", "m"));
        assert_eq!(model_of_line("gpt-4o-2024-08-06, cached input"), "gpt-4o-2024-08-06");
        assert_eq!(model_of_line("Image models"), "Image models");
    }

    proptest! {
        #[test]
        fn neither_side_is_favoured(ours in 0_i64..1_000_000_000, theirs in 0_i64..1_000_000_000) {
            let of = |micro| Account { cost: Some(MicroUsd(micro)), ..Account::NOTHING };
            let there = judge(&of(ours), &of(theirs), USUAL, true);
            let back = judge(&of(theirs), &of(ours), USUAL, true);
            let turned = match there {
                Verdict::TheyBillMore => Verdict::TheyBillLess,
                Verdict::TheyBillLess => Verdict::TheyBillMore,
                same => same,
            };
            prop_assert_eq!(back, turned);
            prop_assert_eq!(there.is_drift(), (ours - theirs).abs() > 100_000
                && (ours - theirs).abs() as f64 > 0.02 * ours.max(theirs) as f64);
        }

        #[test]
        fn names_of_any_script_break_nothing(name in "\\PC{0,8}", told in "\\PC{0,12}") {
            let _ = is_same_model(&name, &told);
        }
    }
}
