//! Where the lines of a chart's grid are, and what is written beside them.

use jiff::Timestamp;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps of a clock and a calendar that people count in.
const TIME_STEPS: [i64; 16] = [
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    28 * DAY,
];

/// Round values from zero to at least `most`, about `count` of them: steps of 1, 2, 2.5 or 5 times a power of ten.
pub(super) fn ticks(most: f64, count: u32) -> Vec<f64> {
    let most = if most.is_finite() && most > 0.0 { most } else { 1.0 };
    let rough = most / f64::from(count.max(1));
    let power = 10_f64.powf(rough.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|step| step * power >= rough * 0.999).unwrap_or(10.0);
    let step = step * power;
    let last = (most / step * 0.999).ceil().max(1.0) as u32;
    (0..=last).map(|n| f64::from(n) * step).collect()
}

/// Round moments in [from, to], at most `count`, with their labels: `03:15`, or `3 Mar` where days pass.
pub(super) fn moments(from: i64, to: i64, count: u32) -> Vec<(i64, String)> {
    let length = (to - from).max(1);
    let step = TIME_STEPS.into_iter().find(|step| length / step < i64::from(count.max(1)));
    let step = step.unwrap_or(length / i64::from(count.max(1)) + 1);
    let first = (from + step - 1).div_euclid(step) * step;
    let at = (0..).map(|n| first + n * step).take_while(|at| *at <= to);
    at.map(|at| (at, label(at, step))).collect()
}

fn label(at: i64, step: i64) -> String {
    let Ok(time) = Timestamp::from_millisecond(at) else { return String::new() };
    let format = match step {
        DAY.. => "%-d %b",
        _ if at.rem_euclid(DAY) == 0 => "%-d %b",
        MINUTE.. => "%H:%M",
        _ => "%H:%M:%S",
    };
    time.strftime(format).to_string()
}

/// `3 Mar 07:15 UTC`.
pub(super) fn moment(at: i64) -> String {
    let Ok(time) = Timestamp::from_millisecond(at) else { return String::new() };
    time.strftime("%-d %b %H:%M UTC").to_string()
}

/// A value with its unit: `2.5 s`, `$0.04`.
pub(super) fn value(value: f64, unit: &str) -> String {
    let digits = match value.abs() {
        0.0 => 0,
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    with_unit(&trimmed(value, digits), unit)
}

/// The label of a grid line: as many digits as the step between two lines needs, the same on all of them.
pub(super) fn tick(value: f64, step: f64, unit: &str) -> String {
    let digits = (0..6_i32).find(|digits| {
        let scaled = step * 10_f64.powi(*digits);
        (scaled - scaled.round()).abs() < 1e-6
    });
    let digits = usize::try_from(digits.unwrap_or(6)).unwrap_or(0);
    with_unit(&grouped(&format!("{value:.digits$}")), unit)
}

fn with_unit(number: &str, unit: &str) -> String {
    match unit {
        "" => number.to_owned(),
        "USD" => format!("${number}"),
        _ => format!("{number}\u{a0}{unit}"),
    }
}

fn trimmed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    grouped(text)
}

/// Thousands apart: `12,000`.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut out = String::from(sign);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(rest) = rest {
        out.push('.');
        out.push_str(rest);
    }
    out
}
