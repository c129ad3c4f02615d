"""The one kind of error that reaches a person.

Every room raises :class:`TuitfError` (or a subclass of it) for what a user can cause and mend; the
front ends print its text as one line. Anything else that is raised is a defect of ours.
"""


class TuitfError(ValueError):
    """Something the user can mend. The text is one sentence: the cause, then the way out."""


class ConfigError(TuitfError):
    """A model configuration that no transformer can have. Names the field."""


class WeightsError(TuitfError):
    """Weights that do not fit their configuration. Names the tensor, what was found, expected."""


class InputError(TuitfError):
    """Tokens or text that the model cannot take: unknown words, too long, empty."""


class NotNowError(InputError):
    """Something that the screen cannot do as things are. `ways` mend it: actions by id and words.

    Which key does an action is for the screen to say; the text of the error names the action.
    """

    def __init__(self, cause: str, *ways: tuple[str, str]) -> None:
        super().__init__(f"{cause}: {', '.join(f'{action} {does}' for action, does in ways)}")
        self.cause = cause
        self.ways = ways


class Cancelled(Exception):  # noqa: N818 - a signal between threads, never shown to anyone
    """The pass was told to stop between two tensors. Not an error: nobody is shown this."""
