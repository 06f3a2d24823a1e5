"""The followed feeds when steps got names. New databases begin here, or further on."""

revision = "0001_feeds"
down_revision = None


def upgrade() -> None:
    """Nothing leads here: whatever is older was never released."""
