#!/bin/sh
# Run once by PostgreSQL's image, as its superuser: the server's own role and database. It may not make itself more.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$(cat "$APP_PASSWORD_FILE")" --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE ai_conspects LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE ai_conspects OWNER ai_conspects;
REVOKE CONNECT, TEMPORARY ON DATABASE ai_conspects FROM PUBLIC;
\connect ai_conspects
CREATE EXTENSION vector;
SQL
