-- Memories say who they are from, what they claim and what they are about. A version that knows none of these columns may write beside
-- this one during an upgrade: its rows differ in claimed_at, and are read by their key.
alter table memory add column source text not null default '';
alter table memory add column claim text not null default '';
-- topics, as JSON
alter table memory add column about text not null default '[]';
-- updated_at of the write that set source, claim and about
alter table memory add column claimed_at bigint not null default 0;
-- fresh answers that named it, and the last one
alter table memory add column recalled bigint not null default 0;
alter table memory add column recalled_at bigint;
create index memory_listed on memory (tenant, user_id, updated_at, id);

-- What is no longer held: superseded, contradicted, faded, summarised.
create table memory_past (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    layer text not null,
    memory_key text not null,
    content text not null,
    source text not null,
    claim text not null,
    about text not null,
    confidence double precision not null,
    importance double precision not null,
    evidence text not null,
    created_at bigint not null,
    updated_at bigint not null,
    left_at bigint not null,
    why text not null,
    reason text not null,
    -- key of the memory that has its evidence or its place
    replaced_by text
);
create index memory_past_key on memory_past (tenant, user_id, memory_key, left_at);
create index memory_past_listed on memory_past (tenant, user_id, left_at, id);

-- What the person wants not to be learned again.
create table memory_forgotten (
    tenant text not null,
    user_id text not null,
    layer text not null,
    memory_key text not null,
    forgotten_at bigint not null,
    primary key (tenant, user_id, layer, memory_key)
);

-- Which memories an answer named, in their order. The reason has nothing of what the memory says.
create table memory_use (
    analysis_id text not null,
    place bigint not null,
    tenant text not null,
    user_id text not null,
    memory_id text not null,
    why text not null,
    at bigint not null,
    primary key (analysis_id, place)
);
create index memory_use_of on memory_use (tenant, user_id, memory_id, at);

-- When time was last let do its work on this person's memories.
alter table person add column memory_kept_at bigint not null default 0;
create index person_memory_kept on person (memory_kept_at);
