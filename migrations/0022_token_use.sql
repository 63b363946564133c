-- Tokens of settled calls, summed by cost day, model and version of its prices: what the page Prices reads instead of rows. As with
-- spend, every write of the ledger shifts its sum in the same transaction.
create table token_use (
    -- calendar day in the cost zone
    day text not null,
    -- '-': of before models were noted
    model text not null,
    -- of the prices that the calls were booked under; '-': not noted
    version text not null,
    calls bigint not null,
    -- of these, calls whose use is known, and calls that cost something and of which nobody knows it
    known_calls bigint not null,
    unknown_calls bigint not null,
    input_tokens bigint not null,
    cached_input_tokens bigint not null,
    cache_write_tokens bigint not null,
    output_tokens bigint not null,
    reasoning_tokens bigint not null,
    booked_micro bigint not null,
    unknown_micro bigint not null,
    -- added since by recomputing
    corrected_micro bigint not null,
    primary key (day, model, version)
);

-- Of a correction: the version that the call was booked under, so that it counts beside it.
alter table ledger add column corrects_version text;
update ledger set corrects_version = coalesce((select booked.price_version from ledger booked where booked.id = ledger.corrects), '-')
where corrects is not null;

insert into token_use (day, model, version, calls, known_calls, unknown_calls, input_tokens, cached_input_tokens, cache_write_tokens,
    output_tokens, reasoning_tokens, booked_micro, unknown_micro, corrected_micro)
select day, coalesce(model, '-'), coalesce(corrects_version, price_version, '-'),
    count(*) - count(corrects),
    cast(sum(case when corrects is null and input_tokens > 0 then 1 else 0 end) as bigint),
    cast(sum(case when corrects is null and input_tokens = 0 and settled_micro > 0 then 1 else 0 end) as bigint),
    cast(sum(input_tokens) as bigint), cast(sum(cached_input_tokens) as bigint), cast(sum(cache_write_tokens) as bigint),
    cast(sum(output_tokens) as bigint), cast(sum(reasoning_tokens) as bigint),
    cast(sum(case when corrects is null then settled_micro else 0 end) as bigint),
    cast(sum(case when corrects is null and input_tokens = 0 then settled_micro else 0 end) as bigint),
    cast(sum(case when corrects is null then 0 else settled_micro end) as bigint)
from ledger where state = 'settled'
group by day, coalesce(model, '-'), coalesce(corrects_version, price_version, '-');

-- The newest corrections, without looking at what corrects nothing.
create index ledger_corrections on ledger (at, id) where run_id is not null;

-- Why answers were degraded is told from the index alone: thousands of rows would be read for it.
drop index requests_degraded;
create index requests_degraded on requests (at, degraded_reason, agent) where degraded = 1;
