-- The gateway: switches that admission reads in memory, the cost shutoff, releases, and the ledger of money.

-- One row per switch. Every change raises its epoch first (which also serialises changes);
-- other instances poll this row and reload when it moved.
create table switch_epoch (
    name text not null primary key,
    epoch bigint not null
);
insert into switch_epoch (name, epoch) values ('shutoff', 0), ('releases', 0);

-- Every shutoff there was; at most one is open.
create table shutoff (
    id text not null primary key,
    mode text not null,
    reason text not null,
    set_by text not null,
    since bigint not null,
    expires_at bigint,
    is_open bigint not null,
    ended_at bigint,
    ended_by text,
    -- lifted, expired, replaced
    ended_how text,
    ended_reason text
);
create unique index shutoff_one_open on shutoff (is_open) where is_open = 1;
create index shutoff_since on shutoff (since);

-- Never updated, never deleted. content_hash is the SHA-256 of the settings text.
create table release (
    id text not null primary key,
    settings text not null,
    note text not null,
    created_at bigint not null,
    created_by text not null,
    content_hash text not null
);

-- What was served from when on; the row with the highest seq is in force. seq is the epoch of the switch.
create table release_history (
    seq bigint not null primary key,
    release_id text not null references release (id),
    from_id text,
    -- served, rolled-back, restored
    action text not null,
    at bigint not null,
    made_by text not null,
    reason text not null
);

-- What one calendar day has spent and holds reserved, in micro-dollars. One statement against this row decides.
create table cost_counter (
    day text not null,
    scope text not null,
    spent_micro bigint not null,
    reserved_micro bigint not null,
    primary key (day, scope)
);

-- One row per request that reserved or cost money. An open row counts with all that it reserved.
create table ledger (
    id text not null primary key,
    request_id text not null,
    at bigint not null,
    -- calendar day in the cost zone, 2026-03-03
    day text not null,
    tenant text not null,
    user_id text,
    agent text not null,
    tier text not null,
    key_prefix text not null,
    release_id text not null,
    reserved_micro bigint not null,
    settled_micro bigint not null,
    -- open, settled
    state text not null,
    settled_at bigint
);
create index ledger_at on ledger (at);
create index ledger_day on ledger (day);
create index ledger_request on ledger (request_id);
