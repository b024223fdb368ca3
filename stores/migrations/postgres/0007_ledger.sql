-- The one order of all events: each has one index, dense from 0, given after its commit by the sequencer.

CREATE TABLE ledger
(
    idx            bigint PRIMARY KEY CHECK (idx >= 0),
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    sequence       bigint NOT NULL,
    -- The leaf data: SHA-256 of the canonical form of the event as it is stored.
    leaf           bytea  NOT NULL CHECK (octet_length(leaf) = 32),
    UNIQUE (aggregate_type, aggregate_id, sequence)
);

CREATE FUNCTION ledger_never_changes() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = public, pg_temp
AS
$$
BEGIN
    RAISE EXCEPTION 'the ledger never changes' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER ledger_never_changes
    BEFORE UPDATE OR DELETE
    ON ledger
    FOR EACH ROW
EXECUTE FUNCTION ledger_never_changes();

CREATE TRIGGER ledger_is_never_emptied
    BEFORE TRUNCATE
    ON ledger
    FOR EACH STATEMENT
EXECUTE FUNCTION ledger_never_changes();

-- Also where a session calls itself a replica, which leaves out ordinary triggers.
ALTER TABLE ledger
    ENABLE ALWAYS TRIGGER ledger_never_changes,
    ENABLE ALWAYS TRIGGER ledger_is_never_emptied;
