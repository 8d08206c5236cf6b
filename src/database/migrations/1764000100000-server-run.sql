-- A mark that does not outlive a crash of the server: PostgreSQL empties unlogged tables when it recovers. It does so
-- without a new start of its first process when one of the others was killed, and then gives out again the numbers of
-- transactions that had ended without a word on the disk. What a verifier knew of those numbers is void with the mark.

CREATE UNLOGGED TABLE server_run (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        run uuid NOT NULL DEFAULT gen_random_uuid()
      );
