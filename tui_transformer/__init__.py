"""Watch a transformer think, in a terminal.

Text goes in on the left, numbers flow through rooms that each do one thing, and everything a
person sees is read off one recorded forward pass.
"""

__version__ = "0.1.0"
