-- Answers kept so that a write which is sent again is not done again (decision 20). Bodies may be health data of the person named.
create table kept_answer (
    tenant text not null,
    key_id text not null,
    -- what the app sent in Idempotency-Key
    idempotency_key text not null,
    -- whose data it is, so that it is erased with them; null: nobody's
    user_id text,
    -- of method, path and body, SHA-256 in hex
    fingerprint text not null,
    -- who works on it: ours, made anew with every claim
    claim text not null,
    -- until then nobody else may take it; 0: it is answered
    claimed_until bigint not null,
    status bigint,
    -- as JSON pairs of name and value
    headers text,
    -- null although answered: it was too large to keep
    body text,
    created_at bigint not null,
    expires_at bigint not null,
    primary key (tenant, key_id, idempotency_key)
);
create index kept_answer_person on kept_answer (tenant, user_id);
create index kept_answer_end on kept_answer (expires_at);
