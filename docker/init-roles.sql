-- Run once by the postgres image, as its superuser, in the new and empty database: one role owns what the migrations
-- make, another runs the service. Passwords come from the environment (\getenv: psql 15 or newer).
\getenv owner_password COUNTERSIGN_OWNER_PASSWORD
\getenv service_password COUNTERSIGN_SERVICE_PASSWORD

CREATE ROLE countersign_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE countersign_service LOGIN PASSWORD :'service_password';

ALTER DATABASE :"DBNAME" OWNER TO countersign_owner;
-- TEMPORARY is taken from everybody as well: a temporary table named like ours would be found before it.
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"DBNAME" TO countersign_service;
