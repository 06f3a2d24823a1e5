"""``onrecord evaluate`` over real indexes: what it prints, what it keeps, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from smallset import ARTICLES, QUESTIONS, Evaluate, write_lines

from assistant.factory import open_index
from assistant.settings import load_settings
from indexes import Index, read_paths

pytestmark = pytest.mark.slow


def told(text: str) -> dict[str, Any]:
    (line,) = text.splitlines()
    return dict(json.loads(line))


def caches(home: Path) -> list[Path]:
    return sorted(path.parent for path in home.glob("evaluation/*/whole.json"))


@pytest.fixture
def kept(evaluate: Evaluate, dataset: Path, tmp_path: Path) -> Path:
    """The folder of a run of hybrid, dense and bm25."""
    systems = ["--system", "hybrid", "--system", "dense", "--system", "bm25"]
    done = evaluate(dataset, *systems, "--output", tmp_path / "kept")
    assert (done.exit_code, done.stderr) == (0, "")
    return tmp_path / "kept"


def test_a_table_names_measures_systems_and_how_many_questions(evaluate: Evaluate, dataset: Path) -> None:
    done = evaluate(dataset, "--system", "hybrid", "--system", "bm25")
    assert done.exit_code == 0
    heading = next(line for line in done.stdout.splitlines() if line.startswith("measure"))
    assert heading.split() == ["measure", "questions", "hybrid", "bm25"]
    row = next(line for line in done.stdout.splitlines() if line.startswith("recall@10 "))
    assert row.split()[1:3] == ["3", "1.000"]
    assert "fields that are not used: choices" in done.stdout
    assert "1 of 4 questions have no relevant article" in done.stdout
    assert "report.html" in done.stdout.splitlines()[-1]


def test_json_is_one_object_with_everything_but_the_hits(evaluate: Evaluate, dataset: Path, tmp_path: Path) -> None:
    done = evaluate(dataset, "--system", "dense", "--json", "--output", tmp_path / "run")
    whole = told(done.stdout)
    (system,) = whole["systems"]
    assert (whole["dataset"], whole["questions"], whole["articles"]) == (dataset.name, 4, 4)
    assert system["system"] == "dense"
    assert system["measures"]["recall@10"] == {"n": 3, "mean": 1.0, "low": 1.0, "high": 1.0}
    assert system["measures"]["sentence-recall@10"]["n"] == 1
    assert {"encode", "dense", "total"} <= system["milliseconds"].keys()
    assert "rankings" not in system
    assert whole["folder"] == str(tmp_path / "run")


def test_the_run_keeps_every_hit_with_what_it_is_worth(kept: Path) -> None:
    run = json.loads((kept / "run.json").read_text(encoding="utf-8"))
    assert [system["system"] for system in run["systems"]] == ["hybrid", "dense", "bm25"]
    hybrid = run["systems"][0]
    rankings = {ranking["id"]: ranking["hits"] for ranking in hybrid["rankings"]}
    assert rankings.keys() == {question["id"] for question in QUESTIONS}
    first = rankings["roof"][0]
    assert (first["article_id"], first["start"], first["bears_answer"], first["bears_relevant"]) == (
        "library",
        0,
        True,
        True,
    )
    assert not any(hit["bears_answer"] for hit in rankings["who"])
    assert hybrid["measures"]["answer-recall@10"]["values"] == {"stop": 0.0, "vote": 1.0, "roof": 1.0}
    assert [one["other"] for one in run["comparisons"]] == ["dense", "bm25"]


def test_runs_are_kept_beside_the_index_unless_told_otherwise(evaluate: Evaluate, dataset: Path, home: Path) -> None:
    folder = Path(told(evaluate(dataset, "--json").stdout)["folder"])
    assert folder.parent == home / "evaluation" / "runs"
    assert folder.name.endswith(f"-{dataset.name}")
    assert {file.name for file in folder.iterdir()} == {"run.json", "report.html"}


def test_the_index_is_built_once(
    evaluate: Evaluate, dataset: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert evaluate(dataset).exit_code == 0
    built = caches(home)
    monkeypatch.setattr(Index, "add", lambda *_: pytest.fail("the index was built again"))
    assert evaluate(dataset, "--system", "bm25").exit_code == 0
    assert caches(home) == built


def test_other_articles_or_settings_make_another_index(
    evaluate: Evaluate, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "own"
    articles = write_lines(tmp_path / "articles.jsonl", ARTICLES)
    questions = dataset / "questions.jsonl"
    assert evaluate(questions, "--articles", articles, "--system", "bm25", home=home).exit_code == 0
    write_lines(articles, ARTICLES[:3])
    assert evaluate(questions, "--articles", articles, "--system", "bm25", home=home).exit_code == 0
    monkeypatch.setenv("ONRECORD_PASSAGE_TOKENS", "90")
    assert evaluate(questions, "--articles", articles, "--system", "bm25", home=home).exit_code == 0
    assert len(caches(home)) == 3


def test_an_interrupted_build_goes_on(
    evaluate: Evaluate, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = Index.add

    def interrupted(index: Index, found: Any) -> Any:
        outcomes = add(index, list(found)[:2])
        yield from outcomes
        raise KeyboardInterrupt

    home = tmp_path / "own"
    monkeypatch.setattr(Index, "add", interrupted)
    assert evaluate(dataset, home=home).exit_code == 130
    assert caches(home) == []
    monkeypatch.setattr(Index, "add", add)
    assert told(evaluate(dataset, "--json", home=home).stdout)["articles"] == 4


def test_without_articles_the_operators_own_index_is_searched(
    evaluate: Evaluate, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONRECORD_HOME", str(tmp_path / "own"))
    with open_index(load_settings()) as index:
        list(index.add(read_paths([write_lines(tmp_path / "a.jsonl", ARTICLES[1:])])))
    done = evaluate(dataset / "questions.jsonl", "--json", home=tmp_path / "own")
    whole = told(done.stdout)
    assert whole["articles"] == 3
    assert "1 of 3 relevant articles are not among the articles searched" in " ".join(whole["notices"])
    assert whole["systems"][0]["measures"]["recall@10"]["mean"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("questions", "complaint"),
    [
        ("", "holds no question. It is empty."),
        ("{\n", "holds no question. questions.jsonl line 1 is skipped: it is not JSON"),
        ('{"question": "Who?"}\n', "is empty. Name the articles: --articles PATH, or add them: onrecord add PATH"),
    ],
)
def test_what_cannot_be_evaluated_is_one_line_and_exit_code_one(
    evaluate: Evaluate, tmp_path: Path, questions: str, complaint: str
) -> None:
    (tmp_path / "questions.jsonl").write_text(questions, encoding="utf-8")
    failed = evaluate(tmp_path, home=tmp_path / "home")
    assert (failed.exit_code, failed.stdout) == (1, "")
    (line,) = failed.stderr.splitlines()
    assert complaint in line


def test_questions_without_labels_are_reported_as_such(evaluate: Evaluate, dataset: Path, tmp_path: Path) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", [{"question": "Who?"}])
    output = tmp_path / "run"
    done = evaluate(questions, "--articles", dataset / "articles.jsonl", "--output", output)
    assert done.exit_code == 0
    assert "Nothing could be measured" in (output / "report.html").read_text(encoding="utf-8")


def test_fail_under_decides_the_exit_code(evaluate: Evaluate, dataset: Path) -> None:
    assert evaluate(dataset, "--fail-under", "recall@10=1", "--fail-under", "map=0.1").exit_code == 0
    failed = evaluate(dataset, "--fail-under", "answer-recall@10=0.80", "--fail-under", "recall@10=0.9")
    assert failed.exit_code == 1
    assert failed.stderr == "onrecord: answer-recall@10 of hybrid is 0.6667, under 0.8\n"


def test_what_was_not_measured_is_not_passed(evaluate: Evaluate, dataset: Path, tmp_path: Path) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", [{"question": "Who?"}])
    failed = evaluate(questions, "--articles", dataset / "articles.jsonl", "--fail-under", "recall@10=0.5")
    assert failed.exit_code == 1
    assert failed.stderr.startswith("onrecord: recall@10 could not be measured")


@pytest.mark.parametrize("floor", ["recall@11=0.5", "recall@10", "recall@10=high", "recall@10=80", "recall@10=nan"])
def test_a_floor_that_is_none_is_wrong_usage(evaluate: Evaluate, dataset: Path, floor: str) -> None:
    wrong = evaluate(dataset, "--fail-under", floor)
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert floor in wrong.stderr
    assert ("ndcg@10" in wrong.stderr) is ("recall@10=" not in floor)


def test_a_kept_run_is_compared_question_by_question(
    evaluate: Evaluate, dataset: Path, kept: Path, tmp_path: Path
) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", QUESTIONS[:2])
    done = evaluate(
        questions, "--articles", dataset / "articles.jsonl", "--system", "dense", "--compare", kept, "--json"
    )
    (comparison,) = told(done.stdout)["comparisons"]
    assert (comparison["first"], comparison["other"]) == ("dense", "kept (dense)")
    assert comparison["measures"]["recall@10"]["n"] == 2
    assert comparison["measures"]["recall@10"]["p"] == 1.0
    shown = evaluate(dataset, "--compare", kept / "run.json")
    assert "kept (hybrid)" in shown.stdout


@pytest.mark.parametrize("content", [None, "{", "[]", '{"systems": []}', '{"systems": [{"system": "x"}]}'])
def test_what_is_no_run_cannot_be_compared_with(
    evaluate: Evaluate, dataset: Path, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "run.json").write_text(content, encoding="utf-8")
    failed = evaluate(dataset, "--compare", tmp_path)
    assert failed.exit_code == 1
    assert len(failed.stderr.splitlines()) == 1


def test_no_question_in_common_is_an_error(evaluate: Evaluate, dataset: Path, kept: Path, tmp_path: Path) -> None:
    questions = write_lines(tmp_path / "questions.jsonl", [{"id": "new", "question": "Who?", "answer": "Ann"}])
    failed = evaluate(questions, "--articles", dataset / "articles.jsonl", "--compare", kept)
    assert failed.exit_code == 1
    assert "no question in common" in failed.stderr


def test_the_day_a_question_was_asked_reaches_the_search(
    evaluate: Evaluate, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days: list[str] = []
    search = Index.search

    def spy(self: Index, question: str, top: int = 10, **options: Any) -> Any:
        days.append(str(options["today"]))
        return search(self, question, top, **options)

    monkeypatch.setattr(Index, "search", spy)
    evaluate(dataset)
    assert set(days) == {"2026-10-03", "None"}
    days.clear()
    evaluate(dataset, "--undated")
    assert set(days) == {"None"}


def test_answers_are_measured_beside_the_right_ones_and_without_the_articles(
    evaluate: Evaluate, dataset: Path, tmp_path: Path
) -> None:
    done = evaluate(dataset, "--answers", "--system", "hybrid", "--system", "reranked", "--output", tmp_path / "run")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "refused without the articles" in done.stdout
    run = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    answers = run["answers"]
    assert {reply["id"] for reply in answers["replies"]} == {"stop", "vote", "roof"}
    assert {reply["id"] for reply in answers["withheld"]} == {"stop", "vote", "roof"}
    roof = next(reply for reply in answers["replies"] if reply["id"] == "roof")
    assert (roof["short"], roof["em"], roof["bears"]) == ("80,000 crowns", 1.0, True)
    lost = next(reply for reply in answers["withheld"] if reply["id"] == "roof")
    assert lost["em"] == 0
    assert answers["figures"]["EM"]["n"] == 3
    refused = [point["refused"] for point in answers["curve"]]
    assert refused == sorted(refused)
    assert "<h2>Answers</h2>" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    plain = evaluate(dataset, "--output", tmp_path / "plain")
    assert "refused without the articles" not in plain.stdout
