-- Every change of a model's circuit breaker, whichever process saw it. Kept for 90 days.
create table breaker_change (
    id text not null primary key,
    at bigint not null,
    model text not null,
    -- closed, open, half-open
    from_state text not null,
    to_state text not null,
    -- a kind of failure, pause-over, answered
    cause text not null,
    failures bigint not null
);
create index breaker_change_at on breaker_change (at);
