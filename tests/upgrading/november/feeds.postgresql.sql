CREATE SCHEMA IF NOT EXISTS onrecord;
SET search_path TO onrecord;
CREATE TABLE feeds (
    url TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    added TEXT COLLATE "C" NOT NULL,
    etag TEXT COLLATE "C" DEFAULT '' NOT NULL,
    modified TEXT COLLATE "C" DEFAULT '' NOT NULL,
    last_success TEXT COLLATE "C",
    last_failure TEXT COLLATE "C",
    failure TEXT COLLATE "C" DEFAULT '' NOT NULL,
    PRIMARY KEY (url)
);
CREATE TABLE entries (
    feed TEXT COLLATE "C" NOT NULL,
    link TEXT COLLATE "C" NOT NULL,
    taken INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    PRIMARY KEY (feed, link),
    FOREIGN KEY(feed) REFERENCES feeds (url) ON DELETE CASCADE
);
INSERT INTO feeds VALUES ('https://quay.example/feed', 'Quay', '2026-10-01T09:00:00.000000+00:00', 'tag', '', NULL, NULL, '');
INSERT INTO entries VALUES ('https://quay.example/feed', 'https://quay.example/ferry', 1, 1);
