"""``onrecord info``, ``remove``, ``reindex`` and ``doctor``: looking after an index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.output import FAILED, Json, errors_in_a_line, opened_both, opened_index, say, say_json, step_back

if TYPE_CHECKING:
    from indexes import Index


def info(
    articles: Annotated[bool, typer.Option("--articles", help="List the articles instead.")] = False,
    json: Json = False,
) -> None:
    """Show what the index contains and how it was built."""
    with opened_index() as (index, _):
        if articles:
            _list_articles(index, json)
            return
        facts = _facts(index)
        if json:
            say_json(facts)
        else:
            for name, value in facts.items():
                say(f"{name.replace('_', ' '):<14} {'-' if value is None else value}")


def _facts(index: Index) -> dict[str, Any]:
    counts, kept = index.store.counts(), index.store.recipe()
    return {
        "home": str(index.home.resolve()),
        "database": index.store.place.label,
        "articles": counts.articles,
        "versions": counts.versions,
        "passages": counts.passages,
        "outlets": counts.sources,
        "earliest": counts.earliest and counts.earliest.isoformat(),
        "latest": counts.latest and counts.latest.isoformat(),
        "last_added": counts.last_added and counts.last_added.isoformat(timespec="seconds"),
        "model": kept and kept[1].model,
        "model_sha256": kept and kept[1].sha256,
        "number_format": kept and kept[1].number_format,
        "passage_tokens": kept and kept[1].passage_tokens,
        "vector_search": index.dense.health,
        "disk_mb": round(sum(f.stat().st_size for f in index.home.rglob("*") if f.is_file()) / 1e6, 1),
    }


def _list_articles(index: Index, json: bool) -> None:
    from assistant.output.lines import described

    for article in map(index.store.article, index.store.article_ids()):
        if json:
            say_json(
                {
                    "article_id": article.id,
                    "version": article.version,
                    "title": article.title,
                    "source": article.source,
                    "source_note": article.source_note,
                    "published": article.published and article.published.isoformat(),
                    "url": article.url,
                    "sha256": article.sha256,
                }
            )
        else:
            say(f"{article.id}  {described(article)}")


def remove(
    names: Annotated[
        list[str], typer.Argument(metavar="ARTICLE...", help="Article ids, URLs or files.", show_default=False)
    ],
    json: Json = False,
) -> None:
    """Remove articles with all their versions, everywhere. On an error, none of them is removed.

    Saved answers lose their quotations from them.
    """
    from assistant.article_changes import remove_articles

    with opened_both() as (index, desk, _):
        for article in remove_articles(index, desk, [id for name in names for id in index.find(name)]):
            if json:
                say_json({"kind": "removed", "article_id": article.id, "title": article.title})
            else:
                say(f"removed    {article.label}")


def reindex(json: Json = False) -> None:
    """Rebuild everything derived from the stored articles.

    Passages are split and embedded again only if the model or the passage settings changed.
    """
    from rich.console import Console
    from rich.progress import Progress

    step_back()
    with opened_index(upgrade=True) as (index, _):
        console = Console(stderr=True)
        with Progress(console=console, disable=json or not console.is_terminal, transient=True) as bar:
            task = bar.add_task("Embedding articles", total=index.store.counts().articles, visible=False)
            for done in index.reindex():
                bar.update(task, completed=done, visible=True)
        counts = index.store.counts()
        if json:
            say_json({"articles": counts.articles, "passages": counts.passages})
        else:
            say(f"rebuilt: {counts.articles} articles in {counts.passages} passages")


def doctor(json: Json = False) -> None:
    """Check that everything On Record needs is present and intact. Exit code 1 if not."""
    with errors_in_a_line():
        from assistant.settings import load_settings

        settings = load_settings()
        checks = [_check("model", lambda: _model_line(settings)), _check("reader", lambda: _reader_line(settings))]
        if settings.llm != "none":
            checks.append(_check("llm", lambda: _llm_line(settings)))
        checks.append(_check("reading", _reading_line))
        checks.append(_check("disk", lambda: _disk_line(settings.home)))
        checks += _index_checks(settings)
    for name, sound, line in dict.fromkeys(checks):
        if json:
            say_json({"check": name, "ok": sound, "detail": line})
        else:
            say(f"{'ok' if sound else 'PROBLEM':<8} {name:<8} {line}")
    if not all(sound for _, sound, _ in checks):
        raise typer.Exit(FAILED)


_Check = tuple[str, bool, str]


def _check(name: str, test: Any) -> _Check:
    from indexes.types.errors import OnRecordError

    try:
        return name, True, test()
    except OnRecordError as error:
        return name, False, str(error)


def _model_line(settings: Any) -> str:
    from indexes.embedding.embedder import locate_model

    files = locate_model(settings.embedding_model)
    return f"{files.name}, sha256 {files.sha256[:12]}…"


def _reader_line(settings: Any) -> str:
    from assistant.reader.calibration import Calibration
    from assistant.reader.weights_loader import locate_reader

    files = locate_reader(settings.reader_model)
    Calibration.load(files.calibration)
    return f"{files.name}, in {files.layers or files.folder}"


def _llm_line(settings: Any) -> str:
    """Asks the language model for a word; no article text is sent."""
    import time

    from assistant.generation.providers import open_language_model

    model = open_language_model(settings)
    start = time.monotonic()
    said = "".join(model.stream("Reply with the word: ready"))
    seconds = time.monotonic() - start
    return f"{model.label} on {model.place} wrote {len(said)} characters in {seconds:.1f} s. It is sent article text"


def _reading_line() -> str:
    """Starts the process that reads files, and asks what it is kept from."""
    from indexes.loaders.sandbox.pool import Limits, ReadingFailed, unprotected

    limits, missing = Limits(), unprotected()
    if missing:
        raise ReadingFailed(
            f"files are read in a process of its own, but this system cannot {', nor '.join(missing)}. "
            "Add files of strangers on Linux, on x86-64 or 64-bit ARM"
        )
    return f"in a process of its own: {limits.cpu_seconds:g} s and {limits.megabytes} MB a file, no network, no writing"


def _disk_line(home: Path) -> str:
    import shutil

    from indexes.types.errors import OnRecordError

    existing = next(folder for folder in (home.resolve(), *home.resolve().parents) if folder.exists())
    free = shutil.disk_usage(existing).free / 1e9
    if free < 1:
        raise OnRecordError(f"only {free:.1f} GB free for {home.resolve()}; make room, or move it: ONRECORD_HOME")
    return f"{free:.0f} GB free for {home.resolve()}"


def _index_checks(settings: Any) -> list[_Check]:
    from assistant.factory import open_index
    from indexes.types.errors import OnRecordError

    if not settings.database_url.get_secret_value() and not (settings.home / "onrecord.db").exists():
        return [("index", True, "none yet; make one: onrecord add PATH")]
    try:
        with open_index(settings, upgrade=False) as index:
            problems = index.problems()
            counts = index.store.counts()
    except OnRecordError as error:
        return [("index", False, str(error))]
    if problems:
        return [("index", False, problem) for problem in problems]
    held = f"{counts.articles} articles in {counts.passages} passages"
    where = f" in {index.store.place.label}" if index.store.place.shared else ""
    return [("index", True, f"{held}{where}, all checks passed")]
