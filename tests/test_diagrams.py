"""The drawings in images/ are those that the code makes, and what the chapter says of them is what it shows."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from embedviz.course.diagrams import ITEM_FEATURES, TWO_TOWER_ALT, USER_FEATURES, two_tower_figure

ROOT = Path(__file__).parents[1]


def test_the_picture_is_the_codes():
    buffer = io.BytesIO()
    two_tower_figure().savefig(buffer, facecolor="white")
    drawn, kept = (
        np.asarray(Image.open(file).convert("RGB"), dtype=int) for file in (buffer, ROOT / "images/two_tower_NN.png")
    )
    assert drawn.shape == kept.shape and np.abs(drawn - kept).mean() < 1, "run: python -m embedviz.course.diagrams"


@pytest.mark.slow
def test_it_shows_the_features_that_the_chapter_uses():
    from embedviz.datasets.film_facts import film_facts
    from embedviz.datasets.films import load_films
    from embedviz.datasets.movielens import load_movielens
    from embedviz.inputs.features import film_features, user_features

    movielens = load_movielens()
    sizes = {feature.name: len(feature.values) for feature in user_features(movielens.users)}
    films = film_features(film_facts(movielens, load_films()))
    sizes |= {feature.name: len(feature.values) for feature in films}
    said = dict(USER_FEATURES) | dict(ITEM_FEATURES)
    for shown, name in (
        ("age group", "age"),
        ("gender", "gender"),
        ("occupation", "occupation"),
        ("region", "region"),
        ("year", "year"),
    ):
        assert said[shown] == f"one of {sizes[name]}"
    assert said["genres"] == f"a bag of {sizes['genre']}" and said["film"] == f"one of {len(movielens.films):,}"


def test_the_chapter_and_the_readme_show_it_with_a_description():
    chapter = json.loads((ROOT / "notebooks/04_two_tower.ipynb").read_text())
    outputs = [
        output
        for cell in chapter["cells"]
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert TWO_TOWER_ALT in [output["metadata"]["image/png"]["alt"] for output in outputs]
    assert "](images/two_tower_NN.png)" in (ROOT / "README.md").read_text()
