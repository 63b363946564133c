//! What happens to a process that is about to leave: while one request is still under way, it is asked for something else, or who
//! was to take over is gone.

use crate::half::{Half, refused};
use crate::service::Service;
use crate::{installed, start};

/// A service that does not wait before it leaves.
async fn service() -> Service {
    installed(&[("SERVER__DRAIN_SECONDS", "0".to_owned())]).await
}

fn upgraded(service: &Service) -> u32 {
    let said = service.run(&["upgrade"]);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let text = String::from_utf8(said.stdout).unwrap();
    let (_, pid) = text.split(" took over").next().unwrap().rsplit_once(' ').unwrap();
    pid.parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finishes_its_last_request_lets_nobody_connect() {
    let mut service = service().await;
    service.listens_by_itself();
    let pid = start(&service).await;
    let half = Half::of(&service).await;
    service.signal(pid, "-TERM");
    refused(&service).await;
    assert!(service.is_alive(pid), "it finishes what is under way: {}", service.log());
    let answer = half.end().await;
    assert!(answer.starts_with("HTTP/1.1 20") && answer.contains("connection: close"), "{answer}");
    service.gone(pid).await;
    assert!(service.log().contains("stopped; every request was answered"), "{}", service.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_was_asked_for_is_not_forgotten_when_the_successor_is_gone() {
    let service = service().await;
    let old = start(&service).await;
    let half = Half::of(&service).await;
    let new = upgraded(&service);
    service.says("the new process serves").await;
    service.signal(old, "-TERM");
    service.says("finishing what is under way").await;
    service.signal(new, "-KILL");
    service.says("stopping: /readyz says so").await;
    let answer = half.end().await;
    assert!(answer.starts_with("HTTP/1.1 20"), "{answer}");
    service.gone(old).await;
    assert!(service.log().contains("stopped; every request was answered"), "{}", service.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_upgraded_whose_predecessor_may_serve_again() {
    let service = service().await;
    let old = start(&service).await;
    let half = Half::of(&service).await;
    let new = upgraded(&service);
    service.says("the new process serves").await;
    // It is the new one that is chosen, without `--pid`, and it says why not.
    let said = service.run(&["upgrade"]);
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    assert_eq!(said.status.code(), Some(1), "{text}");
    assert!(text.contains("has not ended yet") && text.contains("goes on serving"), "{text}");
    assert!(half.end().await.starts_with("HTTP/1.1 20"));
    service.gone(old).await;
    service.says("the process before has ended").await;
    assert_ne!(upgraded(&service), new);
    service.gone(new).await;
}
