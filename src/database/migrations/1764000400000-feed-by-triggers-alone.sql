-- The triggers write to the feed with the rights of the schema's owner, and nobody calls what they call: the service
-- needs no right to append to the feed by itself.

DO $$ DECLARE name text; BEGIN
        FOREACH name IN ARRAY ARRAY['feed_of_token()', 'feed_of_owner()', 'feed_of_business()', 'feed_of_everything()'] LOOP
          EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = %I, pg_temp', name, current_schema());
        END LOOP;
      END $$;
      ALTER FUNCTION feed_append(text, text) SECURITY INVOKER RESET search_path;
      REVOKE EXECUTE ON FUNCTION feed_append(text, text) FROM PUBLIC;
