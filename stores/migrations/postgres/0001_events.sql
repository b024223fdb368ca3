-- Events: added and read, never changed. The columns are those of the adapter (postgres-es).
-- Everything lives in the schema public.

CREATE TABLE events
(
    aggregate_type text                         NOT NULL,
    aggregate_id   text                         NOT NULL,
    sequence       bigint CHECK (sequence >= 1) NOT NULL,
    event_type     text                         NOT NULL,
    event_version  text                         NOT NULL,
    payload        json                         NOT NULL,
    metadata       json                         NOT NULL,
    -- The lock of optimistic concurrency, and the only unique constraint there may be:
    -- the adapter takes any violation of one for a lost race.
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

-- Events that have no place in the one order of all events yet, written in the commit of the event.
CREATE TABLE events_pending
(
    aggregate_type text   NOT NULL,
    aggregate_id   text   NOT NULL,
    sequence       bigint NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

-- The service's role owns neither table nor trigger, so the function acts for its owner. The schema of
-- temporary tables comes last, or a temporary table named like ours would be written to instead.
CREATE FUNCTION events_are_pending() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = public, pg_temp
AS
$$
BEGIN
    -- A row that is left from an event that is not there any more must not pass for a lost race.
    INSERT INTO public.events_pending (aggregate_type, aggregate_id, sequence)
    VALUES (NEW.aggregate_type, NEW.aggregate_id, NEW.sequence)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- Not ENABLE ALWAYS: a replica receives the pending rows themselves.
CREATE TRIGGER events_are_pending
    AFTER INSERT
    ON events
    FOR EACH ROW
EXECUTE FUNCTION events_are_pending();

CREATE FUNCTION events_never_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = public, pg_temp
AS
$$
BEGIN
    RAISE EXCEPTION 'events never change' USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER events_never_change
    BEFORE UPDATE OR DELETE
    ON events
    FOR EACH ROW
EXECUTE FUNCTION events_never_change();

CREATE TRIGGER events_are_never_emptied
    BEFORE TRUNCATE
    ON events
    FOR EACH STATEMENT
EXECUTE FUNCTION events_never_change();

-- Also where a session calls itself a replica, which leaves out ordinary triggers.
ALTER TABLE events
    ENABLE ALWAYS TRIGGER events_never_change,
    ENABLE ALWAYS TRIGGER events_are_never_emptied;
