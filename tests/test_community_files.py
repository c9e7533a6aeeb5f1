"""What GitHub and citation managers read: as their schemas want it, and in step with the project."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def test_the_citation_is_complete_and_of_this_version():
    # Required and allowed keys: the schema of the Citation File Format 1.2.0.
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= cited.keys()
    assert cited.keys() <= {
        *("abstract", "authors", "cff-version", "commit", "contact", "date-released", "doi", "identifiers", "keywords"),
        *("license", "license-url", "message", "preferred-citation", "references", "repository", "repository-artifact"),
        *("repository-code", "title", "type", "url", "version"),
    }
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software"
    assert cited["authors"] == PROJECT["authors"]
    assert cited["version"] == PROJECT["version"]
    assert " AND ".join(cited["license"]) == PROJECT["license"]


def test_the_change_log_has_the_form_that_it_says():
    text = (ROOT / "CHANGELOG.md").read_text()
    versions = re.findall(r"^## \[(\S+)\](?: - \d{4}-\d\d-\d\d)?$", text, flags=re.M)
    assert versions and versions[0] == "Unreleased" and len(re.findall("^## ", text, flags=re.M)) == len(versions)
    kinds = set(re.findall(r"^### (.+)$", text, flags=re.M))
    assert kinds and kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path):
    form = yaml.safe_load(path.read_text())
    assert form.keys() <= {"name", "description", "body", "labels", "title", "assignees", "projects", "type"}
    assert form["name"] and form["description"]
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids)) and all(re.fullmatch(r"[\w-]+", name) for name in ids)
    for field in form["body"]:
        assert field["type"] in ("textarea", "input") and field["attributes"]["label"].strip()
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_who_reports_a_failure_is_asked_for_what_the_doctor_says():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text())
    [field] = [field for field in form["body"] if field["id"] == "doctor"]
    assert "embedviz doctor" in field["attributes"]["label"] and field["validations"]["required"]


def test_what_contributors_are_told_to_run_is_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    assert {"setup", "check", "test"} < set(re.findall(r"(?:^|`)make ([a-z]+)", text, flags=re.M)) <= targets
    [rooms] = re.findall(r"^`base`, .*$", text, flags=re.M)
    there = {path.parent.name for path in (ROOT / "embedviz").glob("*/__init__.py")}
    assert set(re.findall(r"`(\w+)`", rooms.partition(". The")[0])) == there
    for path in re.findall(r"`((?:embedviz|tests)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
