"""Cards: two towers, how they are trained, and what they see."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
