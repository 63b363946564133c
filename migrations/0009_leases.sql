-- Leases: an instance takes a part of every sum it spends from, durably and before it uses it, and admits calls from memory within it.

-- A row per process that has taken money. Its exchange number tells after a broken connection whether a commit arrived.
create table cost_instance (
    id text not null primary key,
    started_at bigint not null,
    seen_at bigint not null,
    exchange bigint not null
);

-- What an instance holds of one sum: part of its reserved_micro and likely_micro until it is spent or given back.
create table cost_lease (
    instance text not null,
    day text not null,
    scope text not null,
    -- 1: of what is set aside for essential agents
    essential bigint not null,
    bound_micro bigint not null,
    likely_micro bigint not null,
    primary key (instance, day, scope, essential)
);

-- Whose call it is, while it is open; and how large its input was, to learn from after a restart.
alter table ledger add column instance text;
alter table ledger add column size_class bigint not null default 0;

-- Calls that no process of the version before will settle any more cost their worst case.
update ledger set settled_micro = reserved_micro, state = 'settled', settled_at = at where state = 'open';
insert into switch_epoch (name, epoch) values ('leases', 0);
update cost_counter set spent_micro = spent_micro + reserved_micro, reserved_micro = 0, likely_micro = 0;
alter table cost_counter drop column in_flight;
