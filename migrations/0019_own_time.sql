-- What of a request's time went by while a model was being asked; the rest is ours.
alter table requests add column provider_us bigint not null default 0;

-- The time that was ours, of every request, and the time for which a model was asked, of those that asked one.
-- Both empty where none did: then the histogram of all of their time is that of ours.
alter table bucket_10s add column own_histogram text not null default '';
alter table bucket_10s add column provider_histogram text not null default '';
alter table bucket_1m add column own_histogram text not null default '';
alter table bucket_1m add column provider_histogram text not null default '';
alter table bucket_1h add column own_histogram text not null default '';
alter table bucket_1h add column provider_histogram text not null default '';
