-- What a shutoff is for: all, agent:routine, tier:free, model:sim-small. Those before were for everything.
alter table shutoff add column scope text not null default 'all';
-- Several may be open, each for something else.
drop index shutoff_one_open;
create unique index shutoff_open_scope on shutoff (scope) where is_open = 1;
-- What a model was paid, read before it is cut.
create index ledger_model on ledger (model, at);
