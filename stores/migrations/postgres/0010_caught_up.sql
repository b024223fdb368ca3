-- Whether a read model had once taken every fact that there was: one that replaces another is read from then on.
ALTER TABLE projections ADD COLUMN caught_up bigint NOT NULL DEFAULT 0 CHECK (caught_up IN (0, 1));
