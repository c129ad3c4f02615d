"""Recordings: the real app run by a script or by a person, as an asciicast; and its playback.

A tape (:mod:`~tui_transformer.recording.tape`) is performed on a stage without a terminal
(:mod:`~tui_transformer.recording.performance`); every picture goes to a film, which keeps what
changed (:mod:`~tui_transformer.recording.film`).
"""
