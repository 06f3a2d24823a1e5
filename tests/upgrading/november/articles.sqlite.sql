CREATE TABLE meta (
    "key" TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY ("key")
) WITHOUT ROWID;
CREATE TABLE articles (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (id)
) WITHOUT ROWID;
CREATE INDEX articles_by_origin ON articles (origin);
CREATE TABLE dropped (
    seq INTEGER NOT NULL,
    PRIMARY KEY (seq)
);
CREATE TABLE changes (
    number INTEGER NOT NULL,
    job TEXT NOT NULL,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    ids TEXT NOT NULL,
    hashes TEXT NOT NULL,
    PRIMARY KEY (number, kind)
);
CREATE TABLE stories (
    article_id TEXT NOT NULL,
    story TEXT NOT NULL,
    signature BLOB NOT NULL,
    PRIMARY KEY (article_id)
) WITHOUT ROWID;
CREATE INDEX stories_by_story ON stories (story);
CREATE TABLE bands (
    hash INTEGER NOT NULL,
    article_id TEXT NOT NULL,
    PRIMARY KEY (hash, article_id)
) WITHOUT ROWID;
CREATE TABLE versions (
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    title TEXT NOT NULL,
    url TEXT NOT NULL,
    source TEXT NOT NULL,
    authors TEXT NOT NULL,
    published TEXT,
    language TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    text TEXT NOT NULL,
    host TEXT DEFAULT '' NOT NULL,
    stated_source TEXT DEFAULT '' NOT NULL,
    source_note TEXT DEFAULT '' NOT NULL,
    fetched_from TEXT DEFAULT '' NOT NULL,
    added_by TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (article_id, version),
    FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX versions_by_facet ON versions (published, source, host, language, authors, article_id, version);
CREATE TABLE passages (
    seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    recipe INTEGER NOT NULL,
    id TEXT NOT NULL,
    article_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    position INTEGER NOT NULL,
    sentences TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (recipe, id),
    FOREIGN KEY(article_id) REFERENCES articles (id) ON DELETE CASCADE
);
CREATE INDEX passages_by_article ON passages (article_id, recipe, version);
INSERT INTO meta VALUES ('revision', '4');
INSERT INTO meta VALUES ('identity', '"0123"');
INSERT INTO articles VALUES ('ferry', 2, 'https://quay.example/ferry');
INSERT INTO versions VALUES ('ferry', 1, 'f1', 'Ferry to stop', 'https://quay.example/ferry', 'Quay Chronicle', '["Ines Torvald"]', '2026-10-02', 'en', '2026-10-02T09:00:00+00:00', 'The ferry stops on 13 October.', 'quay.example', 'Quay', 'sent with the key feeds', '', 'key feeds');
INSERT INTO versions VALUES ('ferry', 2, 'f2', 'Ferry to stop', 'https://quay.example/ferry', 'Quay Chronicle', '["Ines Torvald"]', '2026-10-02', 'en', '2026-10-02T09:00:00+00:00', 'The ferry stops on 14 October.', 'quay.example', 'Quay', 'sent with the key feeds', '', 'key feeds');
INSERT INTO passages VALUES (7, 1, 'ferry:2:0', 'ferry', 2, 0, '[]', x'0000803F');
INSERT INTO dropped VALUES (6);
INSERT INTO changes VALUES (3, 'job', '2026-10-02T09:00:00+00:00', 'user x', 'added', '["ferry"]', '["f2"]');
INSERT INTO stories VALUES ('ferry', 'ferry', x'0000803F');
INSERT INTO bands VALUES (-9223372036854775808, 'ferry');
PRAGMA user_version = 3;
