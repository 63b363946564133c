//! Figures as people read them: a number, its unit, never more digits than it means.

/// `7 µs`, `0.42 ms`, `38 ms`, `1.24 s`, `92 s`.
pub fn duration_us(us: f64) -> String {
    let (value, unit) = split_duration_us(us);
    format!("{value} {unit}")
}

/// Number and unit apart, for the large figures.
pub fn split_duration_us(us: f64) -> (String, &'static str) {
    match us {
        us if us < 100.0 => (format!("{us:.0}"), "µs"),
        us if us < 10_000.0 => (format!("{:.2}", us / 1e3), "ms"),
        us if us < 1_000_000.0 => (format!("{:.0}", us / 1e3), "ms"),
        us if us < 10_000_000.0 => (format!("{:.2}", us / 1e6), "s"),
        us => (format!("{:.0}", us / 1e6), "s"),
    }
}

/// `$0.0042`, `$12.34`.
pub fn usd(usd: f64) -> String {
    domain::money::MicroUsd::from_usd(usd).to_string()
}

/// A share as percent: `0.42 %`, `12 %`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent >= 10.0 { format!("{percent:.0} %") } else { format!("{percent:.2} %") }
}

/// `1,204`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1,204`, or `at least 1,204` where not all was looked at.
pub fn known(n: u64, at_least: bool) -> String {
    format!("{}{}", if at_least { "at least " } else { "" }, count(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_a_figure_means() {
        assert_eq!(duration_us(7.0), "7 µs");
        assert_eq!(duration_us(420.0), "0.42 ms");
        assert_eq!(duration_us(1_240_000.0), "1.24 s");
        assert_eq!(percent(0.0042), "0.42 %");
        assert_eq!(count(1_204_000), "1,204,000");
        assert_eq!(count(7), "7");
        assert_eq!((known(7, false), known(1_204, true)), ("7".to_owned(), "at least 1,204".to_owned()));
    }
}
