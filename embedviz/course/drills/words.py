"""Cards: word vectors, from counts to word2vec and beyond."""

from embedviz.course.drills.card import Card

CARDS: list[Card] = []
