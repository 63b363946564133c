-- Limits that people set in place of the configuration's, and how often each said no.

insert into switch_epoch (name, epoch) values ('limits', 0);

-- Every change of a limit. The current row of a rule is in force; without one, or where its quota is null, the default is.
create table limit_change (
    id text not null primary key,
    -- requests:hour:tier=free,agent=behavior,person=*
    rule text not null,
    -- 0: no limit, null: back to the default, or gone where there is none
    quota bigint,
    -- what the rule had before, 0: no limit, null: there was no such rule
    before_quota bigint,
    at bigint not null,
    made_by text not null,
    reason text not null,
    is_current bigint not null
);
create unique index limit_change_one_current on limit_change (rule) where is_current = 1;
create index limit_change_at on limit_change (rule, at);

-- Refusals of each rule by minute, of all instances. Kept for eight days.
create table limit_refusal (
    rule text not null,
    -- since the epoch
    minute bigint not null,
    refusals bigint not null,
    primary key (rule, minute)
);
create index limit_refusal_at on limit_refusal (minute);
