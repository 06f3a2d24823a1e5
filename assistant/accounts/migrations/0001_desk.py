"""The desk when steps got names. New databases begin here, or further on."""

revision = "0001_desk"
down_revision = None


def upgrade() -> None:
    """Nothing leads here: whatever is older was never released."""
