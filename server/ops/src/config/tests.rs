//! Every mistake in a configuration is told with its place and its remedy, and stops the start.

use super::*;

fn told(text: &str, environment: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    std::fs::write(&path, text).unwrap();
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    match Config::read(Some(&path), environment) {
        Ok(_) => "right".to_owned(),
        Err(error) => error.to_string().replace(&format!("{}/", folder.path().display()), ""),
    }
}

#[test]
fn the_embedded_defaults_are_complete_and_within_their_ranges() {
    Config::defaults().check().unwrap();
    assert_eq!(told("", &[]), "right");
}

#[test]
fn a_fault_names_file_line_and_remedy() {
    let cases = [
        (
            "[cost]\n\nbudgt_usd = 5",
            "mine.toml:3: cost.budgt_usd is not a setting: did you mean cost.budget_usd?",
        ),
        ("[email]\ncolour = 1", "mine.toml:2: email.colour is not a setting: [email] has from, smtp_url, to"),
        (
            "[weather]\nrain = 1",
            "mine.toml:2: weather.rain is not a setting: the sections are access, agents, alerts, caps, cost, degrade, email, fallback_models, health, limits, memory, model, reconciliation, run_limits, server, slack, store, telemetry",
        ),
        (
            "[limits.free]\nbehaviour_per_hour = 1",
            "mine.toml:2: limits.free.behaviour_per_hour is not a setting: did you mean limits.free.behavior_per_hour?",
        ),
        ("[cost]\nbudget_usd = \"much\"", "mine.toml:2: cost.budget_usd must be a floating point"),
        ("[cost]\nbudget_usd = 5 5", "mine.toml:2: this is not TOML: "),
        (
            "[cost]\nbudget_usd = 5.5",
            "mine.toml:2: cost.budget_usd is 5.5, but must not be below cost.alert_usd, which is 40",
        ),
        (
            "[cost]\ntime_zone = \"Moon\"\nalert_usd = -1",
            "mine.toml:3: cost.alert_usd is -1, but must be above 0\nmine.toml:2: cost.time_zone is \"Moon\", but must be a time zone such as Europe/Berlin",
        ),
        (
            "server = { addr = \"here\" }",
            "mine.toml:1: server.addr is \"here\", but must be HOST:PORT, such as 127.0.0.1:3000",
        ),
        (
            "[store]\nurl = \"mysql://x\"",
            "mine.toml:2: store.url must begin with sqlite: or postgres:, or be empty",
        ),
    ];
    for (text, expected) in cases {
        let told = told(text, &[]);
        assert!(told.starts_with(expected), "{text}\n  told     {told}\n  expected {expected}");
    }
}

#[test]
fn a_step_that_cannot_be_is_named_with_its_line() {
    let cases = [
        (
            "[degrade]\nsteps = [\"80% any cheaper-model\", \"90% all planner\"]",
            "mine.toml:2: degrade.steps (steps[1]) must be like: 80% any cheaper-model",
        ),
        (
            "[degrade]\n\nroutine = [\"90% any planner\", \"80% any planner\"]",
            "mine.toml:3: degrade.routine must be in order",
        ),
        ("[degrade]\nchat = [\"90% any planner\"]", "mine.toml:2: degrade.chat of chat must be throttle"),
        (
            "[degrade]\nroutine = [\"90% any cheaper-model sim-small\"]",
            "mine.toml:2: degrade.routine names the model \"sim-small\", but must name one of",
        ),
        ("[degrade]\nsteps = \"none\"", "mine.toml:2: degrade.steps"),
        (
            "[run_limits.routine]\nusd = -1.0",
            "mine.toml:2: run_limits.routine.usd is -1, but must be dollars",
        ),
        (
            "[run_limits]\nroutine = { call = 3 }",
            "mine.toml:2: run_limits.routine.call is not a setting: did you mean",
        ),
    ];
    for (text, expected) in cases {
        let told = told(text, &[]);
        assert!(told.starts_with(expected), "{text}\n  told     {told}\n  expected {expected}");
    }
    assert_eq!(told("[run_limits]\nroutine = { calls = 3 }\n[degrade]\nsteps = []", &[]), "right");
    let environment = [
        ("HOLISTICOS__DEGRADE__ROUTINE", "80% any throttle 5/min,95% any planner"),
        ("HOLISTICOS__RUN_LIMITS__ROUTINE__CALLS", "3"),
    ];
    assert_eq!(told("", &environment), "right");
}

#[test]
fn with_one_model_nothing_is_given_up_before_a_cap_is_full() {
    let degrade = Config::defaults().degrade;
    for agent in domain::degrade::AGENTS {
        assert!(!degrade.policy(agent, 1).unwrap().acts_early(), "{agent}");
        assert_eq!(degrade.policy(agent, 2).unwrap().acts_early(), agent != Agent::Chat, "{agent}");
    }
}

#[test]
fn a_fault_of_the_environment_names_the_variable() {
    let file = "[cost]\nbudget_usd = 60.0";
    assert_eq!(
        told(file, &[("HOLISTICOS__COST__BUDGET_USD", "1")]),
        "environment variable HOLISTICOS__COST__BUDGET_USD: cost.budget_usd is 1, but must not be below cost.alert_usd, which is 40"
    );
    assert_eq!(
        told(file, &[("HOLISTICOS__COST__BUDGET", "70")]),
        "environment variable HOLISTICOS__COST__BUDGET: cost.budget is not a setting: did you mean cost.budget_usd?"
    );
    assert_eq!(
        told(file, &[("DATABASE_URL", "oracle:x")]),
        "environment variable DATABASE_URL: store.url must begin with sqlite: or postgres:, or be empty"
    );
    assert_eq!(told(file, &[("HOLISTICOS__LIMITS__FREE__BEHAVIOR_PER_HOUR", "30")]), "right");
    assert_eq!(told(file, &[("HOLISTICOS__EMAIL__TO", "a@example.org,b@example.org")]), "right");
}

#[test]
fn a_model_without_a_price_is_refused_and_one_by_environment_alone_is_not() {
    let refused = told(
        "",
        &[("HOLISTICOS__MODEL__NAME", "gpt-5-mini"), ("HOLISTICOS__MODEL__INPUT_USD_PER_MTOK", "0")],
    );
    for line in [
        "environment variable HOLISTICOS__MODEL__INPUT_USD_PER_MTOK: model.input_usd_per_mtok must be the price",
        "default setting: model.output_usd_per_mtok must be the price",
    ] {
        assert!(refused.contains(line), "{refused}");
    }
    let environment = [
        ("HOLISTICOS__MODEL__NAME", "gpt-5-mini"),
        ("HOLISTICOS__MODEL__BASE_URL", "http://127.0.0.1:4010"),
        ("HOLISTICOS__MODEL__API_KEY", "k"),
        ("HOLISTICOS__MODEL__INPUT_USD_PER_MTOK", "0.25"),
        ("HOLISTICOS__MODEL__OUTPUT_USD_PER_MTOK", "2"),
        ("HOLISTICOS__MODEL__MAX_OUTPUT_TOKENS", "1500"),
    ];
    assert_eq!(told("", &environment), "right");
    let second = "[model]\nname = \"a\"\ninput_usd_per_mtok = 1\noutput_usd_per_mtok = 1\n[[fallback_models]]\nname = \"b\"";
    assert!(told(second, &[]).starts_with("mine.toml:5: fallback_models (b): input_usd_per_mtok must be"));
}

#[test]
fn a_secret_is_not_repeated() {
    let told = told("[slack]\nbot_token = [\"xoxb-secret\"]", &[]);
    assert!(told.starts_with("mine.toml:2: slack.bot_token must be") && !told.contains("xoxb"), "{told}");
}

#[test]
fn a_missing_file_is_named() {
    let told = Config::read(Some(Path::new("/nowhere/mine.toml")), Vec::new()).unwrap_err().to_string();
    assert!(told.starts_with("/nowhere/mine.toml: the file named by --config cannot be read"), "{told}");
}

#[test]
fn free_limits_are_read_and_a_wrong_one_is_told_with_its_line() {
    let right = "[[limits.rules]]\ntenant = \"acme\"\nkey = \"*\"\nrequests_per_minute = 600\ntokens_per_day = 2_000_000\n\
                 [[limits.rules]]\nparallel_requests = 40";
    assert_eq!(told(right, &[]), "right");
    let cases = [
        ("limits.rules = []", "right"),
        (
            "[limits]\nenabled = true\n[[limits.rules]]\nperson = \"*\"\nrequests_per_minute = 5",
            "mine.toml:3: limits.rules[0] is requests:minute:person=*, which has a setting of its own: change that",
        ),
        (
            "[[limits.rules]]\nrequests_per_day = 5\n[[limits.rules]]\nrequests_per_day = 6",
            "mine.toml:3: limits.rules[1] is requests:day, as a rule before it",
        ),
        (
            "[[limits.rules]]\nrequests_per_day = 5\nagent = \"hero\"",
            "mine.toml:3: limits.rules[0].agent must be one of orchestrator",
        ),
        (
            "[[limits.rules]]\nmodel = \"m\"\nrequests_per_day = 5",
            "mine.toml:2: limits.rules[0].model only tokens are counted by model",
        ),
        (
            "[[limits.rules]]\nkey = \"*\"",
            "mine.toml:1: limits.rules[0].requests_per_minute or another quota",
        ),
        (
            "[[limits.rules]]\ntokens_per_day = 4_000_000_000",
            "mine.toml:2: limits.rules[0].tokens_per_day must be a whole",
        ),
    ];
    for (text, expected) in cases {
        let told = told(text, &[]);
        assert!(told.starts_with(expected), "{text}\n  told     {told}\n  expected {expected}");
    }
    for wrong in ["[[limits.rules]]\ntokens_per_day = -1", "[[limits.rules]]\ntokens_per_year = 1"] {
        assert!(told(wrong, &[]).contains("limits.rules"), "{}", told(wrong, &[]));
    }
}
