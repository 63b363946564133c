-- What an answer rests on beside data, profile, wishes and release: the version of its planner, and a digest of what the person told that
-- this agent goes by. Empty: made before this column was, so that it is made anew.
alter table analysis add column basis text not null default '';
