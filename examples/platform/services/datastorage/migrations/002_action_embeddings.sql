-- The embedding of an action's summary: 384 numbers of length 1, as the embedding service makes
-- them, so that similar past actions can be found. Plain arrays: no extension is needed.
BEGIN;
SET LOCAL client_min_messages = warning;

ALTER TABLE actions
    ADD COLUMN IF NOT EXISTS embedding real[]
    CHECK (embedding IS NULL OR cardinality(embedding) = 384);

INSERT INTO schema_migrations (version) VALUES (2) ON CONFLICT DO NOTHING;

COMMIT;
