-- The tree over the ledger, as far as its tiles are full: 256 hashes, each over 256 to the power of the level
-- leaves. All of it can be made anew from `ledger`.
CREATE TABLE ledger_tiles
(
    level  bigint NOT NULL,
    idx    bigint NOT NULL,
    hashes bytea NOT NULL CHECK (length(hashes) = 8192),
    PRIMARY KEY (level, idx)
);

-- What the ledger is called in its signed heads: the newest counts. A ledger that was restored from a backup
-- and goes on another way than the one that was published gets another name, and somebody says why.
CREATE TABLE ledger_origins
(
    number bigint PRIMARY KEY NOT NULL,
    origin text NOT NULL UNIQUE,
    reason text NOT NULL,
    -- Milliseconds since the start of 1970.
    at     bigint NOT NULL
);

-- Every head that was signed.
CREATE TABLE tree_heads
(
    origin text   NOT NULL,
    size   bigint NOT NULL,
    root   bytea NOT NULL CHECK (length(root) = 32),
    note   text   NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (origin, size)
);
