-- Export and erasure of a person. What audits call a person is a handle that is erased with them and leads to nobody then.
alter table person add column handle text not null default '';

-- Erasures, each until it is confirmed that nothing came after it: then the row names nobody.
create table erasure (
    id text not null primary key,
    tenant text not null,
    -- null once it is confirmed
    user_id text,
    -- what the person's rows in the service's own books say instead
    pseudonym text not null,
    -- the handle that audits used
    handle text not null,
    asked_by text not null,
    erased_at bigint not null,
    -- rows by section, as JSON
    erased text not null,
    confirmed_at bigint
);
create index erasure_open on erasure (erased_at) where confirmed_at is null;
