-- Requests that may be asked again under the same key, and the replies that they are answered with. What is stored of a
-- key, and of a request, is a keyed hash.

CREATE TABLE idempotency_keys
(
    key_mac     text   PRIMARY KEY,
    -- The keyed hash of the request's body.
    fingerprint text    NOT NULL,
    -- The command that works on it, or did last.
    command_id  text    NOT NULL,
    -- The account that the request makes, if it makes one: whoever takes it over makes the same.
    account     text    NOT NULL,
    -- Milliseconds since 1970, as all times here: until then nobody takes it over.
    lease_until bigint  NOT NULL,
    expires_at  bigint  NOT NULL
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- One reply for each command that worked on a key, written before each attempt to append: good only if the event behind
-- the version is the command's. Without a stream, nothing was appended, and it is good as it is.
CREATE TABLE idempotency_replies
(
    key_mac        text    NOT NULL,
    command_id     text    NOT NULL,
    aggregate_type text,
    stream         text,
    version        bigint,
    -- The sign-in whose end takes the reply away.
    sign_in        text,
    -- Sealed with a key that the presented credential is a part of.
    reply          bytea   NOT NULL,
    expires_at     bigint  NOT NULL,
    PRIMARY KEY (key_mac, command_id)
);

CREATE INDEX idempotency_replies_by_expiry ON idempotency_replies (expires_at);
CREATE INDEX idempotency_replies_by_sign_in ON idempotency_replies (sign_in) WHERE sign_in IS NOT NULL;
