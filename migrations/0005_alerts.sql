-- The state of each alert, one row per fingerprint: where the state machine of domain::alert stands.
create table alert (
    fingerprint text not null primary key,
    rule text not null,
    title text not null,
    severity text not null,
    -- inactive, pending, firing
    state text not null,
    since bigint not null,
    clear_since bigint,
    facts text not null,
    evaluated_at bigint not null,
    incident_id text
);

-- Every change of state: the history, and what the timeline is made of.
create table alert_transition (
    id text not null primary key,
    at bigint not null,
    fingerprint text not null,
    rule text not null,
    title text not null,
    severity text not null,
    from_state text not null,
    to_state text not null,
    facts text not null,
    incident_id text
);
create index alert_transition_at on alert_transition (at);

-- Evaluations take turns here, so that several instances never tell the same thing twice.
create table alert_turn (
    id bigint not null primary key,
    at bigint not null
);
insert into alert_turn (id, at) values (1, 0);

create table incident (
    id text not null primary key,
    number bigint not null unique,
    title text not null,
    severity text not null,
    -- open, acknowledged, resolved
    state text not null,
    rule text,
    opened_at bigint not null,
    opened_by text not null,
    acknowledged_at bigint,
    acknowledged_by text,
    resolved_at bigint,
    resolved_by text
);
create index incident_state on incident (state, opened_at);

create table incident_event (
    id text not null primary key,
    incident_id text not null references incident (id),
    at bigint not null,
    kind text not null,
    text text not null,
    by_whom text not null
);
create index incident_event_of on incident_event (incident_id, at);

-- What must be told: made in the transaction of what it tells, kept until delivered or given up.
create table delivery (
    id text not null primary key,
    incident_id text,
    -- opened, raised, acknowledged, resolved, test
    kind text not null,
    channel text not null,
    target text not null,
    payload text not null,
    -- waiting, delivered, failed
    state text not null,
    attempts bigint not null,
    next_at bigint not null,
    locked_until bigint not null,
    last_error text,
    receipt text,
    created_at bigint not null,
    delivered_at bigint
);
create index delivery_due on delivery (state, next_at);
create index delivery_of on delivery (incident_id, created_at);
