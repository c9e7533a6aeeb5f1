"""Cards: recommendations as factorization, and their losses."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
