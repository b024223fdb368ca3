-- Work that must follow a commit, written in the same commit, and deleted when it is done: a message to
-- send, an event of another stream to append. After a crash it is still here.

CREATE TABLE follow_ups
(
    aggregate_type text    NOT NULL,
    aggregate_id   text    NOT NULL,
    sequence       integer NOT NULL,
    event_type     text    NOT NULL,
    -- When the event happened, in the stored form of times, which sorts as it reads.
    at             text    NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX follow_ups_by_age ON follow_ups (at);

-- The list is the one of `leaves_work` in the domain; a test compares them.
CREATE TRIGGER events_leave_work
    AFTER INSERT
    ON events
    WHEN NEW.event_type IN
         ('account.closed', 'backup_code.issued', 'backup_code.redeemed', 'code.requested', 'email.claimed',
          'sign_in.signed_in')
BEGIN
    INSERT OR IGNORE INTO follow_ups (aggregate_type, aggregate_id, sequence, event_type, at)
    VALUES (NEW.aggregate_type, NEW.aggregate_id, NEW.sequence, NEW.event_type,
            json_extract(NEW.payload, '$.at'));
END;
