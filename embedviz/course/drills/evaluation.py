"""Cards: how to judge, and how numbers mislead."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
