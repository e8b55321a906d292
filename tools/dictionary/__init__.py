"""Trains the dictionaries with which a customer's entries and states are stored small."""
