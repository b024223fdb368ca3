-- A confirmation leaves work as well: the kept reply that showed the code is forgotten, also behind a crash.
-- The list is the one of `leaves_work` in the domain; a test compares them.

DROP TRIGGER events_leave_work ON events;

CREATE TRIGGER events_leave_work
    AFTER INSERT
    ON events
    FOR EACH ROW
    WHEN (NEW.event_type IN
          ('account.closed', 'account.email_changed', 'account.password_changed', 'backup_code.issued',
           'backup_code.redeemed', 'backup_code.save_confirmed', 'code.requested', 'email.claimed',
           'recovery.cancelled', 'recovery.completed', 'recovery.operator_code_issued', 'sign_in.signed_in'))
EXECUTE FUNCTION events_leave_work();
