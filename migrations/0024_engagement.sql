-- What people do with their plans and write down of their days.

-- One day's journal: figures and a person's own words, as JSON. Health data.
create table journal (
    tenant text not null,
    user_id text not null,
    -- the person's local day, YYYY-MM-DD
    day text not null,
    body text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (tenant, user_id, day)
);

-- Tasks of a plan that a person put into their calendar.
create table calendar_selection (
    tenant text not null,
    user_id text not null,
    day text not null,
    task_id text not null,
    note text,
    selected_at bigint not null,
    primary key (tenant, user_id, day, task_id)
);

-- Every change of a person's archetype.
create table archetype_switch (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    -- null: there was none, and the default was taken
    from_archetype text,
    to_archetype text not null,
    compatibility text not null,
    strategy text not null,
    -- the person's local day it began on
    day text not null,
    at bigint not null,
    -- key:<prefix>
    made_by text not null
);
create index archetype_switch_newest on archetype_switch (tenant, user_id, at, id);

-- Listing by day.
create index check_in_day on check_in (tenant, user_id, planned_on, task_id);
create index insight_newest on insight (tenant, user_id, created_at, id);
