"""A chapter as a lecture: reveal.js slides with living widgets, speaker notes and questions, and the same as PDF."""
