-- What the providers of models say that they counted and billed, beside what the ledger says.

-- One day of a provider in UTC: a row per model, and one of all models together named '*'. A figure that the provider did not
-- tell is null. A day without the row '*' was never told.
create table reconciliation (
    provider text not null,
    -- 2026-03-03
    day text not null,
    model text not null,
    -- api, file
    source text not null,
    told_at bigint not null,
    their_requests bigint,
    their_input_tokens bigint,
    their_cached_input_tokens bigint,
    their_cache_write_tokens bigint,
    their_output_tokens bigint,
    their_micro bigint,
    compared_at bigint not null,
    our_requests bigint not null,
    our_input_tokens bigint not null,
    our_cached_input_tokens bigint not null,
    our_cache_write_tokens bigint not null,
    our_output_tokens bigint not null,
    our_micro bigint not null,
    -- of these, booked at their worst case because nobody knows what they used
    our_unknown_micro bigint not null,
    primary key (provider, day, model)
);
create index reconciliation_day on reconciliation (day);

-- When each provider was last asked, and since when it gives no answer.
create table reconciliation_source (
    provider text not null primary key,
    asked_at bigint not null,
    answered_at bigint,
    -- null: it answers
    failing_since bigint,
    error text
);
