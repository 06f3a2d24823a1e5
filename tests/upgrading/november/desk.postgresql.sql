CREATE SCHEMA IF NOT EXISTS onrecord;
SET search_path TO onrecord;
CREATE TABLE about (
    name VARCHAR(32) NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE users (
    id VARCHAR(32) NOT NULL,
    auth VARCHAR(16) NOT NULL,
    subject VARCHAR(512) NOT NULL,
    name VARCHAR(256) NOT NULL,
    role VARCHAR(16) NOT NULL,
    password VARCHAR(256),
    created TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (auth, subject)
);
CREATE TABLE keys (
    id VARCHAR(32) NOT NULL,
    name VARCHAR(256) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    scopes TEXT NOT NULL,
    created TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    expires TIMESTAMP WITHOUT TIME ZONE,
    used TIMESTAMP WITHOUT TIME ZONE,
    revoked TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    UNIQUE (hash)
);
CREATE TABLE attempts (
    kind VARCHAR(16) NOT NULL,
    hash VARCHAR(64) NOT NULL,
    failures INTEGER NOT NULL,
    last TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (kind, hash)
);
CREATE TABLE audit (
    number INTEGER NOT NULL,
    at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    who VARCHAR(64) NOT NULL,
    what VARCHAR(32) NOT NULL,
    about VARCHAR(64) NOT NULL,
    size INTEGER NOT NULL,
    seal VARCHAR(64) NOT NULL,
    PRIMARY KEY (number)
);
CREATE TABLE sessions (
    hash VARCHAR(64) NOT NULL,
    user_id VARCHAR(32) NOT NULL,
    created TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    used TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (hash),
    FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE conversations (
    id VARCHAR(32) NOT NULL,
    user_id VARCHAR(32) NOT NULL,
    title TEXT NOT NULL,
    words TEXT NOT NULL,
    created TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    updated TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX conversations_by_age ON conversations (updated);
CREATE INDEX conversations_by_user ON conversations (user_id, updated);
CREATE TABLE feedback (
    id VARCHAR(32) NOT NULL,
    user_id VARCHAR(32),
    turn_id VARCHAR(32) NOT NULL,
    created TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    thumb VARCHAR(8) NOT NULL,
    reason VARCHAR(64) NOT NULL,
    comment TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (user_id, turn_id),
    FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE SET NULL
);
CREATE INDEX feedback_by_age ON feedback (created);
CREATE TABLE turns (
    id VARCHAR(32) NOT NULL,
    conversation_id VARCHAR(32) NOT NULL,
    position INTEGER NOT NULL,
    created TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    json TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (conversation_id, position),
    FOREIGN KEY(conversation_id) REFERENCES conversations (id) ON DELETE CASCADE
);
INSERT INTO about VALUES ('schema', '1');
INSERT INTO users VALUES ('ada', 'users', 'ada', 'Ada', 'editor', NULL, '2026-10-01 09:00:00.000000');
INSERT INTO sessions VALUES ('hash', 'ada', '2026-10-01 09:00:00.000000', '2026-10-01 09:00:00.000000');
INSERT INTO keys VALUES ('key', 'feeds', 'hash', '[]', '2026-10-01 09:00:00.000000', NULL, NULL, NULL);
INSERT INTO attempts VALUES ('login', 'hash', 1, '2026-10-01 09:00:00.000000');
INSERT INTO conversations VALUES ('talk', 'ada', 'The ferry', 'ferry', '2026-10-01 09:00:00.000000', '2026-10-01 09:00:00.000000');
INSERT INTO turns VALUES ('turn', 'talk', 0, '2026-10-01 09:00:00.000000', '{}', 'ferry');
INSERT INTO feedback VALUES ('given', 'ada', 'turn', '2026-10-01 09:00:00.000000', 'up', '', '', '{}');
INSERT INTO audit VALUES (1, '2026-10-01 09:00:00.000000', 'user ada', 'articles added', 'f2', 1, 'seal');
