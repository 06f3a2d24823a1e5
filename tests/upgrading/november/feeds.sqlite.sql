CREATE TABLE feeds (
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    added TEXT NOT NULL,
    etag TEXT DEFAULT '' NOT NULL,
    modified TEXT DEFAULT '' NOT NULL,
    last_success TEXT,
    last_failure TEXT,
    failure TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (url)
) WITHOUT ROWID;
CREATE TABLE entries (
    feed TEXT NOT NULL,
    link TEXT NOT NULL,
    taken INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (feed, link),
    FOREIGN KEY(feed) REFERENCES feeds (url) ON DELETE CASCADE
) WITHOUT ROWID;
INSERT INTO feeds VALUES ('https://quay.example/feed', 'Quay', '2026-10-01T09:00:00.000000+00:00', 'tag', '', NULL, NULL, '');
INSERT INTO entries VALUES ('https://quay.example/feed', 'https://quay.example/ferry', 1, 1);
