-- Actions that services took, newest last. Safe to run again.
BEGIN;
SET LOCAL client_min_messages = warning;

CREATE TABLE IF NOT EXISTS schema_migrations (
    version    integer PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS actions (
    sequence    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL UNIQUE,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    service     text NOT NULL CHECK (service <> ''),
    kind        text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]*$'),
    signal      text NOT NULL CHECK (signal <> ''),
    target      text NOT NULL CHECK (target <> ''),
    outcome     text NOT NULL CHECK (outcome IN ('proposed', 'succeeded', 'failed')),
    summary     text NOT NULL CHECK (summary <> ''),
    parameters  jsonb NOT NULL DEFAULT '{}'
);

CREATE INDEX IF NOT EXISTS actions_by_signal ON actions (signal, sequence DESC);

INSERT INTO schema_migrations (version) VALUES (1) ON CONFLICT DO NOTHING;

COMMIT;
