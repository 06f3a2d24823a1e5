"""What an article only says of its source stands apart; what is done to articles is written down for the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0002_stated_source"
down_revision = "0001_articles"

_WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in ("stated_source", "source_note", "fetched_from", "added_by"):
        op.add_column("versions", sa.Column(name, _WORDS, nullable=False, server_default=sa.text("''")))
    op.create_table(
        "changes",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("job", _WORDS, nullable=False),
        sa.Column("at", _WORDS, nullable=False),
        sa.Column("who", _WORDS, nullable=False),
        sa.Column("kind", _WORDS, primary_key=True),
        sa.Column("ids", _WORDS, nullable=False),
        sa.Column("hashes", _WORDS, nullable=False),
        if_not_exists=True,
    )
