-- Lets the log be searched by ranges of addresses, whatever a proxy said that the address was.

-- The address that a text is, an IPv4 one also in IPv6 clothing (RFC 4291 §2.5.5.2); NULL for any other text.
CREATE FUNCTION audit_address(ip text) RETURNS inet LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE WHEN ip ~* '^::ffff:[0-9.]+$' THEN substr(ip, 8) ELSE ip END::inet;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END $$;
DO $$ BEGIN
  EXECUTE format('ALTER FUNCTION audit_address(text) SET search_path = %I, pg_temp', current_schema());
END $$;
