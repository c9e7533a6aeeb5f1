"""Cards: search among millions, and what happens in production."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
