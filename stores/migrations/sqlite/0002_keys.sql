-- Keys, and what this database is for.

-- The keys that personal values and verifiers are sealed with, one for each subject (an account, a client).
CREATE TABLE subject_keys
(
    subject text PRIMARY KEY NOT NULL,
    -- The key, sealed under the keyring; NULL once it was destroyed. The row stays, or a command in flight
    -- would make a new key for somebody who was erased.
    wrapped text,
    -- The key of the keyring that it is sealed under.
    key_id  text             NOT NULL
) STRICT, WITHOUT ROWID;

-- What tells that a key of the keyring is the one that stored values were made with.
CREATE TABLE key_checks
(
    key_id      text NOT NULL,
    purpose     text NOT NULL,
    check_value text NOT NULL,
    PRIMARY KEY (key_id, purpose)
) STRICT, WITHOUT ROWID;

-- What this database is for, in its one row.
CREATE TABLE realm
(
    only_row integer PRIMARY KEY NOT NULL CHECK (only_row = 1),
    mode     text                NOT NULL CHECK (mode IN ('development', 'production'))
) STRICT;
