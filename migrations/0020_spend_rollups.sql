-- Settled calls of the ledger, summed by minute, hour and day (UTC): what pages read instead of rows. A cell is always the sum of
-- its rows, because every write of the ledger shifts it in the same transaction. Minutes are kept for three days.
create table spend (
    -- milliseconds that a cell covers: 60000, 3600000, 86400000
    step bigint not null,
    -- where it begins
    at bigint not null,
    agent text not null,
    -- '-': of before models were noted
    model text not null,
    tier text not null,
    release_id text not null,
    calls bigint not null,
    settled_micro bigint not null,
    primary key (step, at, agent, model, tier, release_id)
);
insert into spend (step, at, agent, model, tier, release_id, calls, settled_micro)
select 86400000, at / 86400000 * 86400000, agent, coalesce(model, '-'), tier, release_id, count(*) - count(corrects), cast(sum(settled_micro) as bigint)
from ledger where state = 'settled' group by at / 86400000 * 86400000, agent, coalesce(model, '-'), tier, release_id;
insert into spend (step, at, agent, model, tier, release_id, calls, settled_micro)
select 3600000, at / 3600000 * 3600000, agent, coalesce(model, '-'), tier, release_id, count(*) - count(corrects), cast(sum(settled_micro) as bigint)
from ledger where state = 'settled' group by at / 3600000 * 3600000, agent, coalesce(model, '-'), tier, release_id;
insert into spend (step, at, agent, model, tier, release_id, calls, settled_micro)
select 60000, at / 60000 * 60000, agent, coalesce(model, '-'), tier, release_id, count(*) - count(corrects), cast(sum(settled_micro) as bigint)
from ledger where state = 'settled' and at >= (select coalesce(max(at), 0) - 259200000 from ledger)
group by at / 60000 * 60000, agent, coalesce(model, '-'), tier, release_id;

-- Under which tiers (bits 0 to 2) and for which agents (bits 8 to 15) a model was called for this person in this window; 0 for
-- every other sum. See cost::spend::seen.
alter table cost_counter add column seen bigint not null default 0;
update cost_counter set seen = called.seen
from (
    select day, 'user:' || tenant || '/' || user_id as scope,
        max(case tier when 'free' then 1 else 0 end) + max(case tier when 'premium' then 2 else 0 end)
        + max(case tier when 'admin' then 4 else 0 end)
        + max(case agent when 'orchestrator' then 256 else 0 end) + max(case agent when 'behavior' then 512 else 0 end)
        + max(case agent when 'circadian' then 1024 else 0 end) + max(case agent when 'memory' then 2048 else 0 end)
        + max(case agent when 'routine' then 4096 else 0 end) + max(case agent when 'nutrition' then 8192 else 0 end)
        + max(case agent when 'insights' then 16384 else 0 end) + max(case agent when 'chat' then 32768 else 0 end) as seen
    from (
        select day, tenant, user_id, tier, agent from ledger where user_id is not null
        union all
        select substr(day, 1, 7), tenant, user_id, tier, agent from ledger where user_id is not null
    ) as booked
    group by day, tenant, user_id
) as called
where cost_counter.day = called.day and cost_counter.scope = called.scope;

-- Of which kind a sum is stands in its first four letters.
create index cost_counter_kind on cost_counter (substr(scope, 1, 4), day);

-- Pages of the ledger continue after a moment and an id, whatever they are filtered by; sums of part of a minute need no rows.
drop index ledger_at;
create index ledger_at on ledger (at, id, settled_micro);
drop index ledger_model;
create index ledger_model on ledger (model, agent, at);
create index ledger_agent on ledger (agent, at);

-- Who asked lately is told from the index alone: rows carry their steps, and thousands of them would be read.
drop index requests_at;
create index requests_at on requests (at, id, agent, tier, tenant, user_id);

-- What was degraded and why, without looking at what was not.
create index requests_degraded on requests (at) where degraded = 1;
