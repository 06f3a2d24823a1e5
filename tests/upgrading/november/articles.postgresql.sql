CREATE SCHEMA IF NOT EXISTS onrecord;
SET search_path TO onrecord;
CREATE TABLE meta (
    key TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (key)
);
CREATE TABLE articles (
    id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    origin TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX articles_by_origin ON articles USING hash (origin);
CREATE TABLE dropped (
    seq BIGINT NOT NULL,
    PRIMARY KEY (seq)
);
CREATE TABLE changes (
    number BIGINT NOT NULL,
    job TEXT COLLATE "C" NOT NULL,
    at TEXT COLLATE "C" NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    ids TEXT COLLATE "C" NOT NULL,
    hashes TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number, kind)
);
CREATE TABLE stories (
    article_id TEXT COLLATE "C" NOT NULL,
    story TEXT COLLATE "C" NOT NULL,
    signature BYTEA NOT NULL,
    PRIMARY KEY (article_id)
);
CREATE INDEX stories_by_story ON stories (story);
CREATE TABLE bands (
    hash BIGINT NOT NULL,
    article_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (hash, article_id)
);
CREATE TABLE versions (
    article_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    url TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    authors TEXT COLLATE "C" NOT NULL,
    published TEXT COLLATE "C",
    language TEXT COLLATE "C" NOT NULL,
    fetched_at TEXT COLLATE "C" NOT NULL,
    text TEXT COLLATE "C" NOT NULL,
    host TEXT COLLATE "C" DEFAULT '' NOT NULL,
    stated_source TEXT COLLATE "C" DEFAULT '' NOT NULL,
    source_note TEXT COLLATE "C" DEFAULT '' NOT NULL,
    fetched_from TEXT COLLATE "C" DEFAULT '' NOT NULL,
    added_by TEXT COLLATE "C" DEFAULT '' NOT NULL,
    PRIMARY KEY (article_id, version),
    FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX versions_by_day ON versions (published);
CREATE TABLE passages (
    seq BIGSERIAL NOT NULL,
    recipe INTEGER NOT NULL,
    id TEXT COLLATE "C" NOT NULL,
    article_id TEXT COLLATE "C" NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sentences TEXT COLLATE "C" NOT NULL,
    vector BYTEA NOT NULL,
    PRIMARY KEY (seq),
    UNIQUE (recipe, id),
    FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX passages_by_article ON passages (article_id, recipe, version);
INSERT INTO meta VALUES ('revision', '4');
INSERT INTO meta VALUES ('identity', '"0123"');
INSERT INTO articles VALUES ('ferry', 2, 'https://quay.example/ferry');
INSERT INTO versions VALUES ('ferry', 1, 'f1', 'Ferry to stop', 'https://quay.example/ferry', 'Quay Chronicle', '["Ines Torvald"]', '2026-10-02', 'en', '2026-10-02T09:00:00+00:00', 'The ferry stops on 13 October.', 'quay.example', 'Quay', 'sent with the key feeds', '', 'key feeds');
INSERT INTO versions VALUES ('ferry', 2, 'f2', 'Ferry to stop', 'https://quay.example/ferry', 'Quay Chronicle', '["Ines Torvald"]', '2026-10-02', 'en', '2026-10-02T09:00:00+00:00', 'The ferry stops on 14 October.', 'quay.example', 'Quay', 'sent with the key feeds', '', 'key feeds');
INSERT INTO passages VALUES (7, 1, 'ferry:2:0', 'ferry', 2, 0, '[]', '\x0000803f');
INSERT INTO dropped VALUES (6);
INSERT INTO changes VALUES (3, 'job', '2026-10-02T09:00:00+00:00', 'user x', 'added', '["ferry"]', '["f2"]');
INSERT INTO stories VALUES ('ferry', 'ferry', '\x0000803f');
INSERT INTO bands VALUES (-9223372036854775808, 'ferry');
SELECT setval('passages_seq_seq', 7);
COMMENT ON TABLE meta IS '3';
