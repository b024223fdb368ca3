-- What came of a code's message ends the work that its request left, in the commit that records it.

CREATE TRIGGER events_settle_codes
    AFTER INSERT
    ON events
    WHEN NEW.event_type IN ('code.sent', 'code.delivery_failed')
BEGIN
    DELETE
    FROM follow_ups
    WHERE aggregate_type = NEW.aggregate_type
      AND aggregate_id = NEW.aggregate_id
      AND event_type = 'code.requested'
      AND EXISTS (SELECT 1
                  FROM events AS requested
                  WHERE requested.aggregate_type = follow_ups.aggregate_type
                    AND requested.aggregate_id = follow_ups.aggregate_id
                    AND requested.sequence = follow_ups.sequence
                    AND requested.payload ->> 'challenge' = NEW.payload ->> 'challenge'
                    AND requested.payload ->> 'send' = NEW.payload ->> 'send');
END;
