//! Real sockets: an SMTP server and a Slack API that keep what they are sent.

use std::sync::{Arc, Mutex};

use domain::incident::{IncidentState, Severity};
use jiff::SignedDuration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::access::Actor;
use crate::alerts::Condition;
use crate::testing;

type Kept = Arc<Mutex<Vec<String>>>;

/// Speaks as much SMTP as a client needs; refuses the first `refusals` messages.
async fn smtp_server(refusals: usize) -> (String, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let kept = Kept::default();
    let mails = Arc::clone(&kept);
    testing::in_background(async move {
        let mut refuse = refusals;
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (read, mut write) = socket.into_split();
            let mut lines = BufReader::new(read).lines();
            write.write_all(b"220 test ESMTP\r\n").await.unwrap();
            let mut mail = None::<String>;
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(text) = &mut mail {
                    if line != "." {
                        text.push_str(&line);
                        text.push('\n');
                        continue;
                    }
                    let text = mail.take().unwrap();
                    let answer = if refuse > 0 { "451 later\r\n" } else { "250 kept\r\n" };
                    if refuse > 0 {
                        refuse -= 1;
                    } else {
                        mails.lock().unwrap().push(text);
                    }
                    write.write_all(answer.as_bytes()).await.unwrap();
                    continue;
                }
                let answer = match line.split(' ').next().unwrap_or_default() {
                    "DATA" => {
                        mail = Some(String::new());
                        "354 go on\r\n"
                    }
                    "QUIT" => "221 bye\r\n",
                    _ => "250 ok\r\n",
                };
                if write.write_all(answer.as_bytes()).await.is_err() {
                    break;
                }
            }
        }
    });
    (url, kept)
}

/// Answers like Slack does, except the method `refused`; keeps path and body.
async fn slack_api(refused: &'static str) -> (String, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = format!("http://{}", listener.local_addr().unwrap());
    let url = format!("{host}/api");
    let kept = Kept::default();
    let calls = Arc::clone(&kept);
    testing::in_background(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(socket);
            loop {
                let (mut head, mut length) = (String::new(), 0);
                loop {
                    let mut line = String::new();
                    if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                        break;
                    }
                    if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line == "\r\n" {
                        break;
                    }
                    head.push_str(&line);
                }
                if head.is_empty() {
                    break;
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).await.unwrap();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let number = {
                    let mut calls = calls.lock().unwrap();
                    calls.push(format!("{path} {}", String::from_utf8_lossy(&body)));
                    calls.len()
                };
                let answer = match path.split('?').next().unwrap_or_default() {
                    path if !refused.is_empty() && path.ends_with(refused) => {
                        r#"{"ok":false,"error":"missing_scope"}"#.to_owned()
                    }
                    "/api/files.getUploadURLExternal" => {
                        format!(r#"{{"ok":true,"upload_url":"{host}/upload/v1/abc","file_id":"F1"}}"#)
                    }
                    "/upload/v1/abc" => "OK - 4711".to_owned(),
                    "/api/files.completeUploadExternal" => {
                        r#"{"ok":true,"files":[{"id":"F1","title":"chart"}]}"#.to_owned()
                    }
                    _ => format!(
                        r#"{{"ok":true,"channel":"C1","ts":"1700000000.00000{number}","message":{{"type":"message","text":"","ts":"1700000000.00000{number}"}}}}"#
                    ),
                };
                let kind = if answer.starts_with('{') { "application/json" } else { "text/plain" };
                let response = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{answer}",
                    answer.len()
                );
                stream.get_mut().write_all(response.as_bytes()).await.unwrap();
            }
        }
    });
    (url, kept)
}

fn errors(holds: Option<bool>) -> Condition {
    Condition {
        fingerprint: "error-rate".to_owned(),
        rule: "error-rate",
        title: "Error rate above 5 %".to_owned(),
        severity: Severity::P1,
        holds,
        hold_for: SignedDuration::from_secs(30),
        facts: "7.5 % of 200 agent requests failed in the last 5 minutes".to_owned(),
    }
}

async fn told(refusals: usize, refused: &'static str) -> (crate::Ops, Kept, Kept) {
    let (smtp, mails) = smtp_server(refusals).await;
    let (slack, calls) = slack_api(refused).await;
    let ops = testing::ops_with(|config| {
        config.email.smtp_url = smtp.into();
        config.email.to = vec!["oncall@example.org".to_owned()];
        config.slack.bot_token = "xoxb-test".to_owned().into();
        config.slack.channel = "incidents".to_owned();
        config.slack.api_base_url = slack;
        config.server.public_url = "https://console.example.org".to_owned();
    })
    .await;
    (ops, mails, calls)
}

fn messages(calls: &Kept) -> Vec<String> {
    calls.lock().unwrap().iter().filter(|call| call.starts_with("/api/chat.postMessage ")).cloned().collect()
}

async fn fire(ops: &crate::Ops) {
    ops.apply_conditions(&[errors(Some(true))]).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(30));
    ops.apply_conditions(&[errors(Some(true))]).await.unwrap();
}

#[tokio::test]
async fn an_alert_reaches_mailbox_and_slack_and_its_recovery_the_thread() {
    let (ops, mails, calls) = told(0, "").await;
    fire(&ops).await;
    ops.apply_conditions(&[errors(Some(true))]).await.unwrap();
    ops.deliver_due().await.unwrap();
    assert_eq!(
        (mails.lock().unwrap().len(), messages(&calls).len()),
        (1, 1),
        "told once, not per evaluation"
    );
    {
        let mail = mails.lock().unwrap()[0].clone();
        for part in [
            "Subject: [P1] INC-1 Error rate above 5 % (test)",
            "text/plain",
            "text/html",
            "In-Reply-To: <",
            "Content-ID: <chart>",
            "image/png",
            "https://console.example.org/incidents/",
        ] {
            assert!(mail.contains(part), "{part} is not in {mail}");
        }
        let call = calls.lock().unwrap()[0].clone();
        assert!(
            call.starts_with("/api/chat.postMessage ")
                && call.contains("INC-1")
                && !call.contains("thread_ts"),
            "{call}"
        );
    }

    ops.apply_conditions(&[errors(None)]).await.unwrap();
    ops.clock.advance(SignedDuration::from_hours(1));
    ops.apply_conditions(&[errors(None)]).await.unwrap();
    assert_eq!(ops.open_incidents().await.unwrap().len(), 1, "unknown does not resolve");
    ops.apply_conditions(&[errors(Some(false))]).await.unwrap();
    ops.clock.advance(SignedDuration::from_secs(30));
    ops.apply_conditions(&[errors(Some(false))]).await.unwrap();
    ops.deliver_due().await.unwrap();
    assert!(mails.lock().unwrap()[1].contains("Subject: [P1] INC-1 Resolved: Error rate above 5 % (test)"));
    assert!(messages(&calls)[1].contains("\"thread_ts\":\"1700000000.000001\""));
    let incident = &ops.incidents(10).await.unwrap()[0];
    assert_eq!(
        (incident.state, incident.resolved_by.as_deref()),
        (IncidentState::Resolved, Some("system:alerts"))
    );
    assert!(ops.alerts_now().await.unwrap().is_empty());
    assert_eq!(ops.alert_history(24).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_mail_server_that_is_down_gets_it_later() {
    let (ops, mails, _) = told(2, "").await;
    fire(&ops).await;
    ops.deliver_due().await.unwrap();
    assert!(mails.lock().unwrap().is_empty());
    let waiting = ops.deliveries(10).await.unwrap();
    let email = waiting.iter().find(|delivery| delivery.channel == "email").unwrap();
    assert!(
        email.state == "waiting" && email.last_error.as_ref().is_some_and(|error| error.contains("later"))
    );
    for _ in 0..3 {
        ops.clock.advance(SignedDuration::from_mins(6));
        ops.deliver_due().await.unwrap();
    }
    assert_eq!(mails.lock().unwrap().len(), 1);
    let deliveries = ops.deliveries(10).await.unwrap();
    assert!(deliveries.iter().all(|delivery| delivery.state == "delivered"));
}

#[tokio::test]
async fn the_chart_stands_in_the_thread() {
    let (ops, _, calls) = told(0, "").await;
    fire(&ops).await;
    ops.deliver_due().await.unwrap();
    let calls = calls.lock().unwrap();
    let paths: Vec<_> = calls.iter().filter_map(|call| call.split(['?', ' ']).next()).collect();
    let expected = [
        "/api/chat.postMessage",
        "/api/files.getUploadURLExternal",
        "/upload/v1/abc",
        "/api/files.completeUploadExternal",
    ];
    assert_eq!(paths, expected);
    assert!(calls[1].contains("filename=chart.png") && calls[1].contains("alt_txt=errors"), "{}", calls[1]);
    assert!(calls[2].contains("PNG"));
    let complete = &calls[3];
    for part in [r#""id":"F1""#, r#""channel_id":"C1""#, r#""thread_ts":"1700000000.000001""#] {
        assert!(complete.contains(part), "{part} is not in {complete}");
    }
}

#[tokio::test]
async fn a_refused_chart_does_not_hold_back_the_message() {
    let (ops, _, calls) = told(0, "files.getUploadURLExternal").await;
    fire(&ops).await;
    ops.deliver_due().await.unwrap();
    ops.clock.advance(SignedDuration::from_mins(10));
    ops.deliver_due().await.unwrap();
    assert_eq!(messages(&calls).len(), 1, "told once");
    let deliveries = ops.deliveries(10).await.unwrap();
    let slack = deliveries.iter().find(|delivery| delivery.channel == "slack").unwrap();
    assert_eq!(slack.state, "delivered");
    let without = slack.last_error.as_deref().unwrap();
    assert_eq!(without, "arrived without its chart: Slack refused it: missing_scope");
}

#[tokio::test]
async fn an_incident_without_channels_has_a_timeline_and_people_change_it() {
    let ops = testing::ops().await;
    let responder = Actor::Person {
        id: "p".to_owned(),
        email: "r@example.org".to_owned(),
        role: domain::access::Role::Responder,
    };
    let incident = ops.open_incident(&responder, Severity::P2, "Odd plans").await.unwrap();
    ops.acknowledge_incident(&responder, &incident.id).await.unwrap();
    assert!(ops.acknowledge_incident(&responder, &incident.id).await.is_err());
    ops.add_incident_note(&responder, &incident.id, "looking at the release").await.unwrap();
    ops.set_shutoff(&responder, domain::shutoff::ShutoffMode::Degrade, "to be safe", None).await.unwrap();
    ops.resolve_incident(&responder, &incident.id, "was a misreading").await.unwrap();
    let detail = ops.incident(&incident.id).await.unwrap();
    let kinds: Vec<_> = detail.timeline.iter().map(|event| event.kind.as_str()).collect();
    assert_eq!(kinds, ["opened", "acknowledged", "note", "change", "resolved"]);
    assert!(detail.deliveries.is_empty());
    let viewer = Actor::Person {
        id: "v".to_owned(),
        email: "v@example.org".to_owned(),
        role: domain::access::Role::Viewer,
    };
    assert!(ops.open_incident(&viewer, Severity::P2, "not allowed").await.is_err());
}

#[tokio::test]
async fn settings_that_cannot_work_stop_the_start() {
    let open = |change: fn(&mut crate::Config)| async move {
        let mut config = crate::Config::defaults();
        config.store.url = testing::empty_store().await;
        change(&mut config);
        crate::Ops::open(config, crate::Clock::system()).await.err().map(|error| error.to_string())
    };
    let no_one = open(|config| config.email.smtp_url = "smtp://127.0.0.1:1".to_owned().into()).await;
    assert!(no_one.is_some_and(|error| error.contains("email.to is empty")));
    let no_channel = open(|config| config.slack.bot_token = "xoxb".to_owned().into()).await;
    assert!(no_channel.is_some_and(|error| error.contains("slack.channel is empty")));
}

#[test]
fn waits_longer_every_time_but_never_above_five_minutes() {
    let waits: Vec<i64> = (1..=10).map(|attempt| super::backoff(attempt, 1.0).as_secs()).collect();
    assert_eq!(waits, [6, 11, 21, 41, 81, 161, 301, 301, 301, 301]);
    assert!(super::backoff(5, 0.0).as_secs() >= 1);
}

/// Two processes during a hand-over: the message is sent once, by the one on duty.
#[tokio::test]
async fn who_is_off_duty_sends_nothing_and_loses_nothing() {
    let (url, mails) = smtp_server(0).await;
    let (old, new) = testing::two_instances_with(|config| {
        config.email.smtp_url = url.into();
        config.email.to = vec!["oncall@example.org".to_owned()];
    })
    .await;
    old.lifecycle.set_duty(false);
    old.open_incident(&Actor::CommandLine, Severity::P1, "opened while it hands over").await.unwrap();
    old.deliver_due().await.unwrap();
    assert!(mails.lock().unwrap().is_empty(), "it waits in the outbox");
    let both = futures::future::join_all([new.deliver_due(), old.deliver_due(), new.deliver_due()]).await;
    both.into_iter().for_each(|sent| sent.unwrap());
    assert_eq!(mails.lock().unwrap().len(), 1);
}
