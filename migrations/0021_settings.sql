-- What people set in place of the configuration's defaults is kept in one table, whatever it is of.

-- Every change. The current row of a subject is in force; without one, or where its value is null, the default is.
create table setting_change (
    id text not null primary key,
    -- cap, limit, degrade
    kind text not null,
    -- agent:routine:day; requests:hour:tier=free,agent=behavior,person=*; routine
    subject text not null,
    -- cap: micro-dollars, 0 is no cap; limit: quota, 0 is no limit; degrade: one step a line; null: back to the default
    value text,
    -- what was in force before, null: nothing was
    before_value text,
    at bigint not null,
    made_by text not null,
    reason text not null,
    is_current bigint not null
);
insert into setting_change select id, 'cap', rule, cast(amount_micro as text), cast(before_micro as text), at, made_by, reason, is_current from cap_change;
insert into setting_change select id, 'limit', rule, cast(quota as text), cast(before_quota as text), at, made_by, reason, is_current from limit_change;
insert into setting_change select id, 'degrade', agent, steps, before_steps, at, made_by, reason, is_current from degrade_change;
-- The tables before stay for a process of the version before, which serves beside this one during an upgrade; a later migration
-- drops them.

create unique index setting_change_one_current on setting_change (kind, subject) where is_current = 1;
create index setting_change_at on setting_change (kind, subject, at);
