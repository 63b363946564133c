-- Apps' people and keys are kept apart by tenant.
create table tenant (
    id text not null primary key,
    created_at bigint not null,
    demo bigint not null
);

-- People who sign in to the console. Emails are stored in lower case.
create table person_account (
    id text not null primary key,
    email text not null unique,
    role text not null,
    password_hash text not null,
    disabled bigint not null,
    created_at bigint not null
);

-- The one-time link of the first start: one row at most, only the hash of its token.
create table setup_token (
    id bigint not null primary key,
    token_hash text not null,
    expires_at bigint not null
);

create table session (
    id text not null primary key,
    token_hash text not null unique,
    account_id text not null references person_account (id),
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    address text not null,
    user_agent text not null
);
create index session_account on session (account_id);

-- Keys of apps: only the hash of the secret and its first characters.
create table api_key (
    id text not null primary key,
    secret_hash text not null unique,
    prefix text not null,
    name text not null,
    tenant text not null references tenant (id),
    tier text not null,
    scopes text not null,
    created_at bigint not null,
    created_by text not null,
    expires_at bigint,
    revoked_at bigint,
    last_used_at bigint
);

-- Append-only and chained: each hash covers the entry and the hash before it. The head is a row of its own, so that
-- entries cut off at the end are noticed, and so that writers take turns on both engines.
create table audit_entry (
    seq bigint not null primary key,
    at bigint not null,
    actor text not null,
    action text not null,
    subject text not null,
    detail text not null,
    previous_hash text not null,
    hash text not null
);
create index audit_entry_at on audit_entry (at);
create table audit_head (
    id bigint not null primary key,
    seq bigint not null,
    hash text not null
);
insert into audit_head (id, seq, hash) values (1, 0, '');
