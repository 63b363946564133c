-- Calls of language models: one row of the ledger each, with what it used and by which price list.
alter table ledger add column model text;
alter table ledger add column price_version text;
alter table ledger add column likely_micro bigint not null default 0;
alter table ledger add column input_tokens bigint not null default 0;
alter table ledger add column cached_input_tokens bigint not null default 0;
alter table ledger add column output_tokens bigint not null default 0;
create index ledger_open on ledger (at) where state = 'open';

-- What is in flight by its likely cost, and how many calls: the budget is judged by these, the ceiling by what is reserved.
alter table cost_counter add column likely_micro bigint not null default 0;
alter table cost_counter add column in_flight bigint not null default 0;
