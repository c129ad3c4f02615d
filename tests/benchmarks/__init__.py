"""Measurements, run by hand. Timings never decide a test."""
