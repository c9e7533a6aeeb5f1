"""What a class hands out and collects."""
