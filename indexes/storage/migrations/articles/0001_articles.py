"""The articles' database when steps got names; On Record had called it schema 2. New databases begin further on."""

revision = "0001_articles"
down_revision = None


def upgrade() -> None:
    """Nothing leads here: whatever is older was never released."""
