"""Cards: what one vector for each word cannot say."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
