-- Releases are immutable: a row is never updated. What is served is the newest row of release_pointer.
create table release (
    id text not null primary key,
    settings text not null,
    note text not null,
    created_at bigint not null,
    created_by text not null
);

-- Every time another release was served, and why: seq counts up, nothing is removed.
create table release_pointer (
    seq bigint not null primary key,
    release_id text not null references release (id),
    -- served, rolled-back, restored
    kind text not null,
    at bigint not null,
    by_whom text not null,
    reason text not null
);

-- Every shutoff there was; the one in force has no lifted_at.
create table shutoff (
    id text not null primary key,
    mode text not null,
    reason text not null,
    by_whom text not null,
    since bigint not null,
    expires_at bigint,
    lifted_at bigint,
    lifted_by text,
    lifted_reason text
);
create index shutoff_open on shutoff (lifted_at, since);

-- Counts up with every change of pointer or shutoff, so that other instances see it with one cheap read.
create table switch_epoch (
    id bigint not null primary key,
    epoch bigint not null
);
insert into switch_epoch (id, epoch) values (1, 0);

-- Money: reserved before a call leaves, settled after. Requests that cost nothing have no row.
create table ledger (
    id text not null primary key,
    request_id text not null,
    at bigint not null,
    -- Calendar day in config.cost.time_zone, YYYY-MM-DD, on which it counts.
    day text not null,
    tenant text not null,
    user_id text not null,
    agent text not null,
    tier text not null,
    key_prefix text not null,
    release_id text not null,
    reserved_micro bigint not null,
    settled_micro bigint not null,
    -- open, settled
    state text not null
);
create index ledger_day on ledger (day, state);
create index ledger_at on ledger (at);
