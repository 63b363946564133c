-- What agents give up while sums fill: the policies that people set, and when which step was in force.

insert into switch_epoch (name, epoch) values ('degrade', 0);

-- Every change of an agent's policy. The current row of an agent is in force; without one, or where its steps are null,
-- the configuration's is.
create table degrade_change (
    id text not null primary key,
    agent text not null,
    -- one step a line: 80% any cheaper-model; null: back to the default
    steps text,
    before_steps text not null,
    at bigint not null,
    made_by text not null,
    reason text not null,
    is_current bigint not null
);
create unique index degrade_change_one_current on degrade_change (agent) where is_current = 1;
create index degrade_change_at on degrade_change (agent, at);

-- When a step of an agent's policy was in force because of a sum of the service; people's sums leave no row. Kept for 90 days.
create table degrade_period (
    id text not null primary key,
    agent text not null,
    -- 80% any cheaper-model
    step text not null,
    -- the sum that is full: global, tier:free, agent:routine, key:hk_1; month:global
    scope text not null,
    -- how full it was when it began, of the cap then
    percent bigint not null,
    began_at bigint not null,
    ended_at bigint,
    is_open bigint not null
);
create unique index degrade_period_one_open on degrade_period (agent, step, scope) where is_open = 1;
create index degrade_period_at on degrade_period (began_at);
