-- When each key of a client was last accepted, to the minute: who rotates has to see whether the key before is still used.
-- Not an event, since nobody replays it. Servers of the version before go on writing to `client_uses`, and do not say which key.

CREATE TABLE client_key_uses
(
    client       text    NOT NULL,
    -- Which of the client's keys, counted from 1.
    number       integer NOT NULL,
    -- Milliseconds since 1970.
    last_used_at integer NOT NULL,
    PRIMARY KEY (client, number)
) STRICT, WITHOUT ROWID;
