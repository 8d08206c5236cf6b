-- When each verifier last renewed its lease, as it says with each round that earns one. Nothing is decided by it.

ALTER TABLE verifiers ADD COLUMN renewed_at timestamptz;
