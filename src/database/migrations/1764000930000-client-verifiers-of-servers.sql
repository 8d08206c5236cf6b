-- How many client verifiers each verifier answers for, as it says with each round.

ALTER TABLE verifiers ADD COLUMN client_verifiers integer NOT NULL DEFAULT 0;
