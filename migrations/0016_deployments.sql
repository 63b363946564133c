-- Every process that served, from its start to its end, and every upgrade that failed. Kept for 400 days.
create table deployment (
    id text not null primary key,
    -- start, upgrade
    how text not null,
    -- The process whose place it took, or was to take.
    predecessor text,
    -- Who or what asked for it; null: nobody said.
    asked_by text,
    -- What it is; null: it ended before it said.
    version text,
    revision text,
    host text not null,
    pid bigint,
    begun_at bigint not null,
    -- null: it never served
    ready_at bigint,
    seen_at bigint not null,
    ended_at bigint,
    -- null while it runs; stopped, handed-over, failed
    outcome text,
    detail text not null,
    -- An upgrade of this process that somebody asked for by command.
    upgrade_asked_at bigint,
    upgrade_asked_by text
);
create index deployment_begun on deployment (begun_at);
-- Work of which several processes may do one piece after the other, never two at once: the row is the lock.
create table turn (
    name text not null primary key,
    at bigint not null
);
insert into turn (name, at) values ('health', 0);
insert into turn (name, at) values ('roll-up', 0);
