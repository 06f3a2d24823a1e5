"""What can go wrong in the index, each with the thing it happened to and the next step."""


class OnRecordError(Exception):
    """Base of every error a person may be shown: one line, what happened, to what, what to do next."""


class IndexBusy(OnRecordError):
    """Another process is writing to this index. Seen by whoever adds, removes or reindexes."""


class DiskFailed(OnRecordError):
    """Something could not be written: the disk is full, or fails. Seen by whoever wrote, and by the operator."""


class IndexMismatch(OnRecordError):
    """The index was built with another model or other passage rules than the settings name."""


class Damaged(OnRecordError):
    """What is kept cannot be read. ``remedy`` is the next step."""

    remedy = "Restore it from a backup."


class IndexDamaged(Damaged):
    """The stored articles themselves cannot be read. Seen by the operator."""


class DatabaseUnusable(OnRecordError):
    """The database cannot be used for now: not reached, not let in, full or read-only. What is in it is sound.

    Seen by the operator; by others as a service that is not available.
    """


class ModelNotFound(OnRecordError):
    """The embedding model is not on this machine, or not the one it claims to be."""


class NoSuchArticle(OnRecordError):
    """An article, or a version of it, that is not in the index."""


class Unreadable(OnRecordError):
    """A file, or one record of a file, that does not hold an article we can read. The rest goes on."""


class NotFetched(Unreadable):
    """A web address that may not be fetched, or could not be. Seen by whoever adds or follows it."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason


class NoSuchFeed(OnRecordError):
    """A feed that is not followed. Seen by whoever wants to follow it no more."""


class FeedsBusy(IndexBusy):
    """Another process is looking at the followed feeds. Seen by whoever wants to look at them too."""


class FeedsDamaged(Damaged):
    """The list of followed feeds cannot be read or written. Seen by the operator."""

    remedy = "Move it away and add the feeds again."


class ClusterFailed(OnRecordError):
    """A cluster cannot be joined, or cannot go on with the work. Seen by whoever adds on it."""
