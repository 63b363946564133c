-- Caps that people set in place of the configuration's, and what they allowed above a cap for a while.

insert into switch_epoch (name, epoch) values ('caps', 0);

-- Every change of a cap. The current row of a rule is in force; without one, or where its amount is null, the default is.
create table cap_change (
    id text not null primary key,
    -- agent:routine:day
    rule text not null,
    -- micro-dollars, 0: no cap, null: back to the default
    amount_micro bigint,
    -- what held before, 0: no cap
    before_micro bigint not null,
    at bigint not null,
    made_by text not null,
    reason text not null,
    is_current bigint not null
);
create unique index cap_change_one_current on cap_change (rule) where is_current = 1;
create index cap_change_at on cap_change (rule, at);

-- Asked for by one person, in force once another approved it, over at expires_at in any case.
create table cap_override (
    id text not null primary key,
    rule text not null,
    amount_micro bigint not null,
    reason text not null,
    requested_by text not null,
    requested_at bigint not null,
    expires_at bigint not null,
    approved_by text,
    approved_at bigint,
    is_open bigint not null,
    ended_at bigint,
    ended_by text,
    -- expired, lapsed, withdrawn, replaced
    ended_how text,
    ended_reason text
);
create unique index cap_override_one_open on cap_override (rule) where is_open = 1;
create index cap_override_at on cap_override (rule, requested_at);

-- Under which tier a person was asked for: their default cap depends on it.
create index ledger_person on ledger (tenant, user_id, at);
