#!/bin/sh
# Run once by the image of PostgreSQL, on an empty volume: makes the owner of the schema, who is no superuser, and its
# database. The superuser is used for nothing else.
set -eu
psql --set ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv password POSTGRES_PASSWORD
CREATE ROLE rescind LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE rescind OWNER rescind;
SQL
