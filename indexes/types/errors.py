"""The errors of the index. Each message names what is affected and the next step."""


class OnRecordError(Exception):
    """Base of every error that may be shown to people. One line: what happened, to what, and what to do next."""


class IndexBusy(OnRecordError):
    """Another process is writing to this index. Seen by anyone who adds, removes or reindexes."""


class DiskFailed(OnRecordError):
    """Something could not be written because the disk is full or failing. Seen by the user and the operator."""


class IndexMismatch(OnRecordError):
    """The index was built with a different model or different passage rules than the settings name."""


class Damaged(OnRecordError):
    """Stored data cannot be read. ``remedy`` is the next step."""

    remedy = "Restore it from a backup."


class IndexDamaged(Damaged):
    """The stored articles themselves cannot be read. Seen by the operator."""


class DatabaseUnusable(OnRecordError):
    """The database cannot be used right now: unreachable, access denied, full or read-only. Its content is sound.

    Seen by the operator; others see that the service is unavailable.
    """


class ModelNotFound(OnRecordError):
    """A model is not on this machine, or not the one it claims to be."""


class NoSuchArticle(OnRecordError):
    """The article, or that version of it, is not in the index."""


class Unreadable(OnRecordError):
    """A file, or one record in it, contains no article we can read. The others are still read."""


class NotFetched(Unreadable):
    """A web address may not be fetched, or could not be. Seen by anyone who adds or follows it."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class NoSuchFeed(OnRecordError):
    """This feed is not followed. Seen by anyone who tries to unfollow it."""


class FeedsBusy(IndexBusy):
    """Another process is checking the followed feeds. Seen by anyone who tries to check them too."""


class FeedsDamaged(Damaged):
    """The list of followed feeds cannot be read or written. Seen by the operator."""

    remedy = "Move it away and add the feeds again."


class ClusterFailed(OnRecordError):
    """A cluster cannot be joined, or cannot continue. Seen by anyone who adds articles with it."""
