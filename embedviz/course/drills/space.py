"""Cards: what distances and pictures of vectors mean, and do not mean."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
