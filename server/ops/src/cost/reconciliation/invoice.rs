//! Invoices of providers that have no usage API: a table by day and model, as CSV or JSON.
//!
//! Columns `day`, `model` and `cost_usd`, and where the invoice has them `requests`, `input_tokens`, `cached_input_tokens`,
//! `cache_write_tokens` and `output_tokens`. An empty field is a figure that the invoice does not tell. Several lines of a model
//! and day add up.

use domain::money::MicroUsd;
use domain::reconciliation::Account;
use jiff::civil::Date;
use serde::Deserialize;

use super::client::{ALL, Told};
use crate::error::{Error, Result};

/// More lines are no invoice.
const MOST_LINES: usize = 100_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceFormat {
    Csv,
    Json,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    day: Date,
    model: String,
    #[serde(default)]
    requests: Option<u64>,
    #[serde(default)]
    input_tokens: Option<u64>,
    #[serde(default)]
    cached_input_tokens: Option<u64>,
    #[serde(default)]
    cache_write_tokens: Option<u64>,
    #[serde(default)]
    output_tokens: Option<u64>,
    cost_usd: Option<f64>,
}

/// `ours`: our name of a model that the invoice names.
pub(super) fn read(format: InvoiceFormat, text: &str, ours: impl Fn(&str) -> String) -> Result<Told> {
    let items = match format {
        InvoiceFormat::Csv => csv(text)?,
        InvoiceFormat::Json => json(text)?,
    };
    if items.is_empty() || items.len() > MOST_LINES {
        return Err(Error::invalid("file", format!("must have 1 to {MOST_LINES} lines")));
    }
    let mut told = Told::new();
    for (line, item) in items {
        let wrong = |what: &str| Error::invalid("file", format!("line {line}: {what}"));
        let model = item.model.trim();
        if model.is_empty() || model.len() > 200 || model == ALL {
            return Err(wrong("model must be 1 to 200 characters, and not *"));
        }
        if item.cost_usd.is_some_and(|usd| !usd.is_finite() || usd.abs() > 1e9) {
            return Err(wrong("cost_usd must be dollars"));
        }
        let account = Account {
            requests: item.requests,
            input_tokens: item.input_tokens,
            cached_input_tokens: item.cached_input_tokens,
            cache_write_tokens: item.cache_write_tokens,
            output_tokens: item.output_tokens,
            cost: item.cost_usd.map(MicroUsd::from_usd),
        };
        let lines = told.entry(item.day).or_default();
        for name in [ours(model), ALL.to_owned()] {
            let sum = lines.entry(name).or_insert(Account::NOTHING);
            *sum = sum.and(account);
        }
    }
    Ok(told)
}

/// Items with their lines in the file.
fn csv(text: &str) -> Result<Vec<(usize, Item)>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut items = Vec::new();
    for (place, item) in reader.deserialize::<Item>().enumerate() {
        // What csv says of a field may repeat it; the column is enough.
        let item = item.map_err(|error| {
            let line =
                error.position().map_or(place + 2, |position| usize::try_from(position.line()).unwrap_or(0));
            Error::invalid("file", format!("line {line}: {}", in_words(&error)))
        })?;
        items.push((place + 2, item));
    }
    Ok(items)
}

fn in_words(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Deserialize { err, .. } => err.field().map_or_else(
            || format!("must have {COLUMNS}"),
            |field| format!("field {} is not of its column's kind; there must be {COLUMNS}", field + 1),
        ),
        csv::ErrorKind::UnequalLengths { .. } => {
            "has another number of fields than the first line".to_owned()
        }
        _ => "is not CSV".to_owned(),
    }
}

const COLUMNS: &str = "day (such as 2026-03-01), model, cost_usd, and if wanted requests, input_tokens, \
                       cached_input_tokens, cache_write_tokens, output_tokens";

fn json(text: &str) -> Result<Vec<(usize, Item)>> {
    let items: Vec<Item> = serde_json::from_str(text).map_err(|error| {
        let what = format!("line {}: must be a JSON array of objects with {COLUMNS}", error.line());
        Error::invalid("file", what)
    })?;
    Ok(items.into_iter().enumerate().map(|(place, item)| (place + 1, item)).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn told(
        format: InvoiceFormat,
        text: &str,
    ) -> std::result::Result<BTreeMap<String, BTreeMap<String, Account>>, String> {
        match read(format, text, str::to_owned) {
            Ok(told) => Ok(told.into_iter().map(|(day, lines)| (day.to_string(), lines)).collect()),
            Err(Error::Invalid(faults)) => Err(faults[0].to_string()),
            Err(error) => panic!("{error}"),
        }
    }

    #[test]
    fn lines_of_a_day_add_up_and_what_is_not_told_stays_unknown() {
        let csv =
            "day,model,cost_usd,requests\n2026-03-02,m,1.50,10\n2026-03-02, m ,0.25,\n2026-03-02,n,1,1\n";
        let days = told(InvoiceFormat::Csv, csv).unwrap();
        let day = &days["2026-03-02"];
        assert_eq!((day["m"].cost, day["m"].requests), (Some(MicroUsd(1_750_000)), None));
        assert_eq!(
            (day[ALL].cost, day["n"].requests, day["n"].input_tokens),
            (Some(MicroUsd(2_750_000)), Some(1), None)
        );
        let json = r#"[{"day":"2026-03-02","model":"m","cost_usd":null,"output_tokens":7}]"#;
        let days = told(InvoiceFormat::Json, json).unwrap();
        assert_eq!((days["2026-03-02"]["m"].cost, days["2026-03-02"][ALL].output_tokens), (None, Some(7)));
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_line() {
        let cases = [
            (InvoiceFormat::Csv, "day,model,cost_usd\n2026-03-02,m,1\n2026-03-32,m,1\n"),
            (InvoiceFormat::Csv, "day,model,price\n2026-03-02,m,1\n"),
            (InvoiceFormat::Csv, "day,model,cost_usd\n2026-03-02,m\n"),
            (InvoiceFormat::Csv, "day,model,cost_usd\n2026-03-02,*,1\n"),
            (InvoiceFormat::Csv, "day,model,cost_usd\n2026-03-02,m,NaN\n"),
            (InvoiceFormat::Csv, ""),
            (InvoiceFormat::Json, "[{\"day\":\"2026-03-02\",\n\"model\":7}]"),
            (InvoiceFormat::Json, "{}"),
        ];
        let all: Vec<String> = cases.iter().map(|(format, text)| told(*format, text).unwrap_err()).collect();
        let columns = format!("must have {COLUMNS}");
        let all = all.join("\n").replace(&columns, "COLUMNS").replace(COLUMNS, "COLUMNS");
        insta::assert_snapshot!(all, @r"
        file: line 3: COLUMNS
        file: line 2: COLUMNS
        file: line 2: has another number of fields than the first line
        file: line 2: model must be 1 to 200 characters, and not *
        file: line 2: cost_usd must be dollars
        file: must have 1 to 100000 lines
        file: line 2: must be a JSON array of objects with COLUMNS
        file: line 1: must be a JSON array of objects with COLUMNS
        ");
    }
}
