-- One run of all agents for one person, from its request to its end. Whichever process holds the claim runs it; when the claim is
-- not renewed, another goes on after what is stored. Health data stands in `body` of a step only.
create table workflow (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    -- The key that asked; it is looked up again whenever another process goes on.
    key_id text not null,
    key_prefix text not null,
    tier text not null,
    -- analyze: an app waits for the answer; background: nobody does
    origin text not null,
    -- As asked; once it began, the one it is made for.
    archetype text,
    force_refresh bigint not null,
    -- What was wished for, as JSON.
    wishes text not null,
    -- The request that asked for it.
    request_id text not null,
    -- In force when it was last admitted.
    release_id text,
    -- queued, running, succeeded, degraded, failed, cancelled
    status text not null,
    created_at bigint not null,
    started_at bigint,
    ended_at bigint,
    deadline_at bigint not null,
    claimed_by text,
    -- Until then nobody else takes it up; without claimed_by: nobody does.
    claimed_until bigint,
    -- Counts claims: what an earlier holder still writes is refused.
    attempt bigint not null,
    -- Counts changes: what watchers go on after.
    revision bigint not null,
    error text,
    degraded_reason text,
    -- What the answer says about itself, as JSON.
    meta text
);
create index workflow_person on workflow (tenant, user_id, id);
create index workflow_open on workflow (created_at) where ended_at is null;
create index workflow_ended on workflow (ended_at) where ended_at is not null;
-- Of a person at most one that nobody waits for is open.
create unique index workflow_one on workflow (tenant, user_id) where ended_at is null and origin = 'background';

create table workflow_step (
    workflow text not null,
    step text not null,
    -- waiting, running, ok, failed, skipped, stopped
    status text not null,
    attempts bigint not null,
    -- That of the workflow when this step last changed.
    revision bigint not null,
    started_at bigint,
    ended_at bigint,
    took_us bigint not null,
    engine text,
    model text,
    -- Micro-dollars, settled; and the most that calls under way may cost.
    cost bigint not null,
    held bigint not null,
    -- Model calls that left.
    calls bigint not null,
    tokens text not null,
    degraded_reason text,
    error text,
    -- Its answer; `body` where that is no analysis.
    analysis_id text,
    body text,
    primary key (workflow, step)
);
