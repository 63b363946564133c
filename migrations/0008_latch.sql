-- A shutoff that the cost ladder set at the ceiling: only a person with a fresh sign-in ends it.
alter table shutoff add column latched bigint not null default 0;
