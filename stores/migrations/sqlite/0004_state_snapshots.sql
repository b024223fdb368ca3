-- What a stream's events amounted to at one of them, so that a long stream loads as fast as a short one.
-- Nothing rests on these rows: without them streams are read from their first event.

CREATE TABLE state_snapshots
(
    aggregate_type text    NOT NULL,
    aggregate_id   text    NOT NULL,
    sequence       integer NOT NULL,
    -- The number of the state's shape; a row of another shape is ignored.
    state_version  integer NOT NULL,
    -- Whose key the state is sealed with; when the key is destroyed the row is as good as gone.
    subject        text    NOT NULL,
    sealed         text    NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id)
) STRICT;
