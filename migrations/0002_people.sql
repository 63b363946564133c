-- A person of an app. Health data stays in these tables; nothing of it is copied into logs, metrics or notifications.
create table person (
    tenant text not null,
    user_id text not null,
    profile text not null,
    -- When the profile was last replaced: answers made before it are not given again.
    profile_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, user_id)
);

create table score (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    kind text not null,
    at bigint not null,
    score double precision not null,
    body text not null,
    received_at bigint not null
);
create unique index score_once on score (tenant, user_id, kind, at);
create index score_received on score (tenant, user_id, received_at);

create table biomarker (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    kind text not null,
    value double precision not null,
    start_at bigint not null,
    end_at bigint not null,
    source text not null,
    received_at bigint not null
);
create unique index biomarker_once on biomarker (tenant, user_id, kind, start_at, end_at, source);
create index biomarker_received on biomarker (tenant, user_id, received_at);
create index biomarker_end on biomarker (tenant, user_id, end_at);

create table check_in (
    tenant text not null,
    user_id text not null,
    task_id text not null,
    planned_on text not null,
    title text,
    status text not null,
    rating bigint,
    note text,
    received_at bigint not null,
    primary key (tenant, user_id, task_id, planned_on)
);

-- Every fresh answer of an agent.
create table analysis (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    agent text not null,
    archetype text not null,
    -- The local day it is about, YYYY-MM-DD.
    day text not null,
    engine text not null,
    release_id text not null,
    -- What the caller wished for, as JSON; another wish is another answer.
    wishes text not null,
    body text not null,
    created_at bigint not null
);
create index analysis_newest on analysis (tenant, user_id, agent, created_at);
create index analysis_day on analysis (tenant, user_id, day, agent);

create table memory (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    layer text not null,
    memory_key text not null,
    content text not null,
    confidence double precision not null,
    importance double precision not null,
    evidence text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index memory_once on memory (tenant, user_id, layer, memory_key);

create table insight (
    id text not null,
    tenant text not null,
    user_id text not null,
    category text not null,
    meaning text not null,
    content_hash text not null,
    body text not null,
    created_at bigint not null,
    acknowledged_at bigint,
    rating bigint,
    helpful bigint,
    comment text,
    primary key (tenant, user_id, id)
);
