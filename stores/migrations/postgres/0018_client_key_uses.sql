-- When each key of a client was last accepted, to the minute: who rotates has to see whether the key before is still used.
-- Not an event, since nobody replays it. What was noted before keys were told apart stands under the number 0.

CREATE TABLE client_key_uses
(
    client       text   NOT NULL,
    -- Which of the client's keys, counted from 1.
    number       bigint NOT NULL,
    -- Milliseconds since 1970.
    last_used_at bigint NOT NULL,
    PRIMARY KEY (client, number)
);

INSERT INTO client_key_uses (client, number, last_used_at)
SELECT client, 0, last_used_at
FROM client_uses;

DROP TABLE client_uses;
