-- The life of an insight: what kind it is, where it stands, when it was shown, until when it is true.
-- Columns only; rows that a version before writes meanwhile get these defaults, and their expiry at the next sweep.
alter table insight add column kind text not null default '';
-- new, surfaced, acknowledged, rated; or, at its end: expired, superseded, dismissed.
alter table insight add column state text not null default 'new';
-- Category, subject and direction: a newer insight of the same topic takes its place.
alter table insight add column topic text not null default '';
alter table insight add column metric text not null default '';
-- Rank in thousandths, 10,000 more for what a professional should look at; changes with the person's reactions.
alter table insight add column rank_points bigint not null default 0;
alter table insight add column expires_at bigint;
alter table insight add column first_shown_at bigint;
alter table insight add column last_shown_at bigint;
-- Days on which it was shown, and the last of them, of the person's calendar.
alter table insight add column shown_days bigint not null default 0;
alter table insight add column shown_on text;
alter table insight add column rated_at bigint;
alter table insight add column dismissed_at bigint;
-- When it reached one of its three ends.
alter table insight add column ended_at bigint;
alter table insight add column superseded_by text;

update insight set
    expires_at = created_at + 2592000000,
    rated_at = case when rating is not null or helpful is not null then created_at end,
    state = case when rating is not null or helpful is not null then 'rated'
                 when acknowledged_at is not null then 'acknowledged' else 'new' end;

create index insight_expires on insight (expires_at) where ended_at is null;
-- An id alone names an insight of a tenant.
create index insight_id on insight (tenant, id);
