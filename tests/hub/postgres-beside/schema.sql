create table if not exists notes (id bigint generated always as identity, body text);
