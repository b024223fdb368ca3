-- Counters that are not events: they expire, and nobody asks for their history.

-- Messages that were sent to an address, one row each, so that any window can be counted.
CREATE TABLE message_counts
(
    -- The message's id: one that is tried again is counted once.
    message     text PRIMARY KEY NOT NULL,
    address_key text             NOT NULL,
    -- Messages of a class have their limits together.
    class       text             NOT NULL,
    -- Milliseconds since 1970.
    at          integer          NOT NULL,
    -- When no window holds the row any more.
    expires_at  integer          NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX message_counts_by_address ON message_counts (address_key, class, at);
CREATE INDEX message_counts_by_expiry ON message_counts (expires_at);

-- Attempts to sign in with an address that nobody owns.
CREATE TABLE stranger_counts
(
    address_key text PRIMARY KEY NOT NULL,
    attempts    integer          NOT NULL,
    expires_at  integer          NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX stranger_counts_by_expiry ON stranger_counts (expires_at);
