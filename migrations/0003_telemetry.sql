-- Every finished request, for as long as config.telemetry.raw_days.
create table requests (
    id text not null primary key,
    at bigint not null,
    method text not null,
    route text not null,
    status bigint not null,
    -- 2 and 3 answered, 4 refused, 5 failed: see telemetry::buckets::class.
    class bigint not null,
    error_type text,
    duration_us bigint not null,
    tenant text,
    user_id text,
    key_prefix text,
    tier text,
    agent text,
    archetype text,
    engine text,
    decision text,
    degraded bigint not null,
    degraded_reason text,
    release_id text,
    cost_micro bigint not null,
    attempts bigint not null,
    tokens_in bigint not null,
    tokens_out bigint not null,
    steps text not null,
    demo bigint not null
);
create index requests_at on requests (at, id);
create index requests_agent on requests (agent, at);
create index requests_class on requests (class, at);
create index requests_user on requests (user_id, at);

-- Sums that merge. '' stands for "none" so that every dimension can be part of the key.
-- A part is one process's share of one bucket: each is written whole, so that writing it again changes nothing.
create table bucket_10s (
    at bigint not null,
    part text not null,
    route text not null,
    agent text not null,
    release_id text not null,
    engine text not null,
    class bigint not null,
    requests bigint not null,
    degraded bigint not null,
    under_5s bigint not null,
    cost_micro bigint not null,
    tokens_in bigint not null,
    tokens_out bigint not null,
    duration_us bigint not null,
    histogram text not null,
    primary key (at, part, route, agent, release_id, engine, class)
);
create table bucket_1m (
    at bigint not null,
    route text not null,
    agent text not null,
    release_id text not null,
    engine text not null,
    class bigint not null,
    requests bigint not null,
    degraded bigint not null,
    under_5s bigint not null,
    cost_micro bigint not null,
    tokens_in bigint not null,
    tokens_out bigint not null,
    duration_us bigint not null,
    histogram text not null,
    primary key (at, route, agent, release_id, engine, class)
);
create table bucket_1h (
    at bigint not null,
    route text not null,
    agent text not null,
    release_id text not null,
    engine text not null,
    class bigint not null,
    requests bigint not null,
    degraded bigint not null,
    under_5s bigint not null,
    cost_micro bigint not null,
    tokens_in bigint not null,
    tokens_out bigint not null,
    duration_us bigint not null,
    histogram text not null,
    primary key (at, route, agent, release_id, engine, class)
);

-- The process on its machine, one row a minute: the highest of the minute.
create table host_sample (
    at bigint not null,
    instance text not null,
    memory_bytes bigint not null,
    cpu_percent double precision not null,
    primary key (at, instance)
);

-- The last known state of each component, every change of it, and what its days were like.
create table health_state (
    component text not null primary key,
    status text not null,
    since bigint,
    checked_at bigint,
    failures bigint not null,
    successes bigint not null,
    down bigint not null,
    latency_us bigint,
    detail text not null
);
create table health_change (
    id text not null primary key,
    at bigint not null,
    component text not null,
    from_status text not null,
    to_status text not null,
    detail text not null
);
create index health_change_at on health_change (at);
create table health_day (
    component text not null,
    day text not null,
    ok bigint not null,
    bad bigint not null,
    unmeasured bigint not null,
    primary key (component, day)
);
-- What the store's own check writes and reads back.
create table health_probe (
    name text not null primary key,
    written_at bigint not null
);
