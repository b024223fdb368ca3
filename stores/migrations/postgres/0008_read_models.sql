-- What is kept of the facts for who asks. All of it can be made anew from `events` and `ledger`.

-- How far each read model has read: the index of the fact that it takes next. It moves in the transaction
-- that writes the rows, and only if it still is what was read.
CREATE TABLE projections
(
    name     text    PRIMARY KEY NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    -- Why it stands still at the position; nothing while it goes on.
    failure  text
);

-- The rows of the folds. A fact touches rows of one group only: those of an account, those of an hour.
CREATE TABLE read_model_rows
(
    model text NOT NULL,
    grp   text NOT NULL,
    key   text NOT NULL,
    body  text NOT NULL,
    PRIMARY KEY (model, grp, key)
);

-- One row a fact, with the columns that auditors filter by.
CREATE TABLE sign_in_history
(
    idx            bigint PRIMARY KEY NOT NULL,
    -- Milliseconds since the start of 1970.
    at             bigint NOT NULL,
    event_type     text    NOT NULL,
    aggregate_type text    NOT NULL,
    stream         text    NOT NULL,
    sequence       bigint NOT NULL,
    account        text,
    sign_in        text,
    session        text,
    client         text,
    actor          text,
    request_id     text,
    outcome        text,
    factor         text
);

-- A page of what one of these says is read backwards from its end, however long the history is.
CREATE INDEX sign_in_history_at ON sign_in_history (at, idx);
CREATE INDEX sign_in_history_type ON sign_in_history (event_type, idx);
CREATE INDEX sign_in_history_stream ON sign_in_history (stream, idx);
CREATE INDEX sign_in_history_account ON sign_in_history (account, idx);
CREATE INDEX sign_in_history_sign_in ON sign_in_history (sign_in, idx);
CREATE INDEX sign_in_history_session ON sign_in_history (session, idx);
CREATE INDEX sign_in_history_client ON sign_in_history (client, idx);
CREATE INDEX sign_in_history_outcome ON sign_in_history (outcome, idx);
CREATE INDEX sign_in_history_factor ON sign_in_history (factor, idx);
