-- Answers are kept for a day for people, and for longer for services, whose sagas may stand still meanwhile.
ALTER TABLE {service}_idempotency ADD COLUMN expires_at timestamptz;
UPDATE {service}_idempotency SET expires_at = created_at + interval '24 hours';
ALTER TABLE {service}_idempotency ALTER COLUMN expires_at SET NOT NULL;
DROP INDEX {service}_idempotency_age;
CREATE INDEX {service}_idempotency_expiry ON {service}_idempotency (expires_at);

-- When the saga came to its step, as far back as the step's Idempotency-Key may have been used.
ALTER TABLE {service}_sagas ADD COLUMN step_since timestamptz NOT NULL DEFAULT now();
UPDATE {service}_sagas SET step_since = created_at;
