-- What came of a code's message ends the work that its request left, in the commit that records it.

CREATE FUNCTION events_settle_codes() RETURNS trigger
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = public, pg_temp
AS
$$
BEGIN
    DELETE
    FROM public.follow_ups AS work
        USING public.events AS requested
    WHERE work.aggregate_type = NEW.aggregate_type
      AND work.aggregate_id = NEW.aggregate_id
      AND work.event_type = 'code.requested'
      AND requested.aggregate_type = work.aggregate_type
      AND requested.aggregate_id = work.aggregate_id
      AND requested.sequence = work.sequence
      AND requested.payload ->> 'challenge' = NEW.payload ->> 'challenge'
      AND requested.payload ->> 'send' = NEW.payload ->> 'send';
    RETURN NULL;
END
$$;

CREATE TRIGGER events_settle_codes
    AFTER INSERT
    ON events
    FOR EACH ROW
    WHEN (NEW.event_type IN ('code.sent', 'code.delivery_failed'))
EXECUTE FUNCTION events_settle_codes();
