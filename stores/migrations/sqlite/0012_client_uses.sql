-- When a client's key was last accepted, to the minute: not an event, since nobody replays it.
CREATE TABLE client_uses
(
    client       text PRIMARY KEY NOT NULL,
    -- Milliseconds since 1970.
    last_used_at integer          NOT NULL
) STRICT, WITHOUT ROWID;
