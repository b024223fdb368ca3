-- Work that must follow a commit, written in the same commit, and deleted when it is done: a message to
-- send, an event of another stream to append. After a crash it is still here.

CREATE TABLE follow_ups
(
    aggregate_type text             NOT NULL,
    aggregate_id   text             NOT NULL,
    sequence       bigint           NOT NULL,
    event_type     text             NOT NULL,
    -- When the event happened, in the stored form of times, which sorts as it reads.
    at             text COLLATE "C" NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
);

CREATE INDEX follow_ups_by_age ON follow_ups (at);

CREATE FUNCTION events_leave_work() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = public, pg_temp
AS
$$
BEGIN
    INSERT INTO public.follow_ups (aggregate_type, aggregate_id, sequence, event_type, at)
    VALUES (NEW.aggregate_type, NEW.aggregate_id, NEW.sequence, NEW.event_type, NEW.payload ->> 'at')
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- The list is the one of `leaves_work` in the domain; a test compares them.
CREATE TRIGGER events_leave_work
    AFTER INSERT
    ON events
    FOR EACH ROW
    WHEN (NEW.event_type IN
          ('account.closed', 'backup_code.issued', 'backup_code.redeemed', 'code.requested', 'email.claimed',
           'sign_in.signed_in'))
EXECUTE FUNCTION events_leave_work();
