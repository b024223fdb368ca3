-- What the service's role may do on PostgreSQL. To be run by the owner's role after each `countersign migrate`:
--
--   psql -v ON_ERROR_STOP=1 -f docs/postgres-roles.sql postgres://countersign_owner@host/countersign
--
-- countersign_owner owns tables, triggers and functions, and is used for migrations only; countersign_service is what
-- `countersign serve` signs in as. Where roles are named otherwise, change the names here. All of it may run again.
--
-- Why two roles: who owns a table can drop its triggers. A service that owns nothing cannot change or remove an
-- event, whatever is made to run inside it: the triggers refuse, and the right is missing as well.

BEGIN;

-- Older databases let everybody create tables in `public`.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO countersign_service;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO countersign_service;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO countersign_service;

-- Tables that later migrations make.
ALTER DEFAULT PRIVILEGES FOR ROLE countersign_owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO countersign_service;
ALTER DEFAULT PRIVILEGES FOR ROLE countersign_owner IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO countersign_service;

-- Events are added and read, nothing else. (TRIGGER would allow a trigger that rewrites what is being inserted.)
REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON events FROM countersign_service, PUBLIC;

-- So is the ledger, the one order of all events.
REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON ledger FROM countersign_service, PUBLIC;

-- What a commit leaves to be done is written by the triggers alone, put off and taken away by the service.
REVOKE INSERT, UPDATE ON events_pending, follow_ups FROM countersign_service, PUBLIC;
GRANT UPDATE (tries, next_try, may_have_left) ON follow_ups TO countersign_service;

-- Which migrations ran is for the service to read, and for the owner to write.
DO $$
BEGIN
    IF to_regclass('public._sqlx_migrations') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public._sqlx_migrations FROM countersign_service;
    END IF;
END
$$;

COMMIT;
