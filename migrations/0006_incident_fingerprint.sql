-- Which alert opened an incident: it decides which chart tells of it.
alter table incident add column fingerprint text;
