-- Work that could not be done is put off, longer each time: a mail server that is away is not asked every few seconds
-- for every message that waits for it.

ALTER TABLE follow_ups
    ADD COLUMN tries    integer NOT NULL DEFAULT 0,
    -- When to try again, in the stored form of times; nothing where it was never put off.
    ADD COLUMN next_try text COLLATE "C";
