-- Steps and items of a completed run that have failed and were tolerated: what `list` shows beside `completed`.
--
-- Runs that ended before this column have 0 here; their journals have the failures, as ever.

ALTER TABLE runs ADD COLUMN failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0);
