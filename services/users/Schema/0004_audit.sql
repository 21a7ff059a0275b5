-- The audit is searched by what happened and by time, besides by thing and by actor.

CREATE INDEX users_events_type ON users_events (type, position);
-- Positions and times rise together, so that a summary of each range of blocks finds a day.
CREATE INDEX users_events_time ON users_events USING brin (occurred_at);
