-- Prices: the lists there were, every class of tokens that a call used, and what recomputing a period corrected.

-- What a model charged under a version of its price list: micro-dollars per million tokens. Never updated but for valid_from,
-- never deleted; so a version means one thing for ever.
create table price_list (
    model text not null,
    version text not null,
    -- the first call booked under it, or when it was recorded
    valid_from bigint not null,
    recorded_at bigint not null,
    input_micro bigint not null,
    cached_input_micro bigint not null,
    cache_write_micro bigint not null,
    output_micro bigint not null,
    primary key (model, version)
);

-- Parts of input_tokens and of output_tokens; 0 where the provider does not say.
alter table ledger add column cache_write_tokens bigint not null default 0;
alter table ledger add column reasoning_tokens bigint not null default 0;

-- A row with these is a correction: of this booked row, made by this run. It stands beside the booked row, at its time.
alter table ledger add column corrects text;
alter table ledger add column run_id text;
create index ledger_corrects on ledger (corrects) where corrects is not null;
create index ledger_run on ledger (run_id) where run_id is not null;
-- Days are recomputed in the order of their calls.
drop index if exists ledger_day;
create index ledger_day on ledger (day, at, id);

-- Every time that somebody had a period corrected. Runs take turns by the epoch of the switch 'prices'.
create table price_run (
    id text not null primary key,
    from_day text not null,
    to_day text not null,
    -- empty: every model
    model text not null,
    version text not null,
    reason text not null,
    made_by text not null,
    started_at bigint not null,
    -- null: interrupted, or under way
    finished_at bigint,
    -- up to where it has come
    day text not null,
    at bigint not null,
    entry_id text not null,
    -- calls looked at, calls corrected, and by how much together
    calls bigint not null,
    corrected bigint not null,
    delta_micro bigint not null
);
create index price_run_started on price_run (started_at);
insert into switch_epoch (name, epoch) values ('prices', 0);
