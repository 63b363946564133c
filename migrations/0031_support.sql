-- A person lets the service's staff look at their data, for a purpose and a time.
create table support_consent (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    -- in the words of the person or of their app
    purpose text not null,
    granted_at bigint not null,
    -- prefix of the key
    granted_by text not null,
    expires_at bigint not null,
    -- also when a newer one took its place
    withdrawn_at bigint
);
create index support_consent_newest on support_consent (tenant, user_id, granted_at, id);

-- Who of the staff looked at what of a person, and why: the person reads it.
create table support_access (
    id text not null primary key,
    tenant text not null,
    user_id text not null,
    at bigint not null,
    -- hours since 1970: one row per person, viewer, section, hour and ground
    hour bigint not null,
    -- a name of the member of staff that only this person's rows have
    viewer text not null,
    role text not null,
    -- a section, or 'emergency' where one was begun
    section text not null,
    -- 'consent' or 'emergency'
    ground text not null,
    ground_id text not null,
    why text not null,
    -- of an emergency only
    expires_at bigint
);
create unique index support_access_once on support_access (tenant, user_id, viewer, section, hour, ground_id);
create index support_access_listed on support_access (tenant, user_id, at, id);
