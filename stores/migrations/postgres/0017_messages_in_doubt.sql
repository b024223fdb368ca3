-- Whether an attempt may have left its message although nobody knows: 1 from the commit on, since the command's own task is
-- at it, and whenever an attempt is under way or had no answer; 0 where every attempt so far is known to have left nothing.
-- What ends then is known never to have left.

ALTER TABLE follow_ups ADD COLUMN may_have_left integer NOT NULL DEFAULT 1;
