//! Files of rules, and the shares of chance.

use std::path::Path;

use serde_json::json;

use super::{ask, question, quick, router};
use crate::simulator::{Options, Script};

fn script(text: &str) -> Script {
    Script::parse(text, Path::new("drill.toml")).unwrap()
}

fn refusal(text: &str) -> String {
    Script::parse(text, Path::new("drill.toml")).unwrap_err().to_string()
}

async fn statuses(options: Options, model: &str, count: usize) -> Vec<u16> {
    let router = router(options);
    let mut statuses = Vec::new();
    for _ in 0..count {
        statuses.push(ask(&router, &question(&json!({ "model": model }))).await.status.as_u16());
    }
    statuses
}

#[tokio::test]
async fn a_rule_holds_for_its_numbers_and_its_model() {
    let text = "[[fault]]\nkind = \"error-503\"\nfrom = 2\nto = 3\n\
        [[fault]]\nkind = \"error-500\"\nfrom = 3\nto = 4\nmodel = \"sim-large\"\n";
    let options = || Options { script: Some(script(text)), ..quick() };
    assert_eq!(statuses(options(), "sim-large", 5).await, [200, 503, 503, 500, 200]);
    assert_eq!(statuses(options(), "sim-small", 5).await, [200, 503, 503, 200, 200]);
}

#[tokio::test]
async fn a_share_hits_about_as_many_and_always_the_same() {
    let text = "[[fault]]\nkind = \"error-500\"\nfrom = 1\nto = 200\nshare = 0.5\n";
    let options = || Options { script: Some(script(text)), ..quick() };
    let first = statuses(options(), "m", 200).await;
    let failed = first.iter().filter(|status| **status == 500).count();
    assert!((70..=130).contains(&failed), "{failed}");
    assert_eq!(first, statuses(options(), "m", 200).await);
}

#[tokio::test(start_paused = true)]
async fn a_latency_holds_for_its_numbers() {
    let latency = script("[[latency]]\nfrom = 2\nto = 2\nlatency_ms = 5000\n");
    let router = router(Options { script: Some(latency), ..quick() });
    for seconds in [0, 5, 0] {
        let start = tokio::time::Instant::now();
        ask(&router, &question(&json!({}))).await;
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[test]
fn a_refused_script_names_file_line_and_remedy() {
    let table = "\n[[fault]]\nkind = \"error-500\"\n";
    let cases = [
        ("\n[[fault]]\nkind = \"sleep\"\nfrom = 1\nto = 2\n".to_owned(), 3, "write one of timeout"),
        (format!("{table}from = 0\nto = 2\n"), 2, "write 1 or more"),
        (format!("{table}from = 3\nto = 2\n"), 2, "write 3 or more"),
        (format!("{table}from = 1\nto = 2\nshare = 1.5\n"), 2, "write a number from 0 to 1"),
        (format!("{table}from = 1\nto = 2\nmodle = \"m\"\n"), 6, "model"),
        (format!("{table}from = 1\n"), 2, "missing field `to`"),
        (format!("{table}from = \n"), 4, ""),
    ];
    for (text, line, remedy) in cases {
        let message = refusal(&text);
        assert!(message.starts_with(&format!("drill.toml:{line}: ")), "{message}");
        assert!(message.contains(remedy), "{message}");
    }
    let missing = Script::read("no/such/drill.toml").unwrap_err().to_string();
    assert!(missing.starts_with("no/such/drill.toml: ") && missing.contains("--script"), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn the_error_rate_mixes_errors_and_slow_answers() {
    let router = router(Options { error_rate: 0.3, latency_ms: 100, jitter_ms: 0, ..Options::default() });
    let (mut fine, mut slow, mut e500, mut e503) = (0, 0, 0, 0);
    for _ in 0..300 {
        let start = tokio::time::Instant::now();
        match ask(&router, &question(&json!({}))).await.status.as_u16() {
            500 => e500 += 1,
            503 => e503 += 1,
            _ if start.elapsed().as_millis() >= 2_000 => slow += 1,
            _ => fine += 1,
        }
    }
    assert!((180..=240).contains(&fine), "{fine}");
    assert!([slow, e500, e503].iter().all(|count| *count >= 10), "{slow} {e500} {e503}");
}
