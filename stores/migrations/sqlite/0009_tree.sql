-- The tree over the ledger, as far as its tiles are full: 256 hashes, each over 256 to the power of the level
-- leaves. All of it can be made anew from `ledger`.
CREATE TABLE ledger_tiles
(
    level  integer NOT NULL,
    idx    integer NOT NULL,
    hashes blob NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, idx)
) STRICT;

-- What the ledger is called in its signed heads: the newest counts. A ledger that was restored from a backup
-- and goes on another way than the one that was published gets another name, and somebody says why.
CREATE TABLE ledger_origins
(
    number integer PRIMARY KEY NOT NULL,
    origin text NOT NULL UNIQUE,
    reason text NOT NULL,
    -- Milliseconds since the start of 1970.
    at     integer NOT NULL
) STRICT;

-- Every head that was signed.
CREATE TABLE tree_heads
(
    origin text   NOT NULL,
    size   integer NOT NULL,
    root   blob NOT NULL CHECK (length(root) = 32),
    note   text   NOT NULL,
    at     integer NOT NULL,
    PRIMARY KEY (origin, size)
) STRICT;
