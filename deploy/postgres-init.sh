#!/bin/sh
# Run once by PostgreSQL's image, as its superuser: the database, its tables' owner, and the role that the server works
# as, which owns nothing. Neither may make itself more.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$(cat "$OWNER_PASSWORD_FILE")" -v server="$(cat "$SERVER_PASSWORD_FILE")" \
    --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE ai_conspects LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE ai_conspects_server LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'server';
CREATE DATABASE ai_conspects OWNER ai_conspects;
REVOKE CONNECT, TEMPORARY ON DATABASE ai_conspects FROM PUBLIC;
GRANT CONNECT ON DATABASE ai_conspects TO ai_conspects_server;
\connect ai_conspects
CREATE EXTENSION vector;
SQL
