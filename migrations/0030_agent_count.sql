-- What agents' fresh answers are like, and how they and models' words were judged: sums by hour, of nobody in particular.
create table agent_count (
    agent text not null,
    -- beginning of the hour, UTC
    at bigint not null,
    release_id text not null,
    engine text not null,
    -- feature/<name>: one of agents::features; plan, plan-rule, reply, reply-rule, words, prompt, model: see agent_quality::counts
    subject text not null,
    word text not null,
    times bigint not null,
    primary key (agent, at, release_id, engine, subject, word)
);
create index agent_count_at on agent_count (at);

-- How what was shown and planned lately was taken, without reading all of it.
create index insight_shown on insight (first_shown_at) where first_shown_at is not null;
create index check_in_received on check_in (received_at, status, rating, task_id);
