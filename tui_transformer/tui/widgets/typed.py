"""A line to type in that takes its keys in the order in which they come."""

from textual import events
from textual.widgets import Input


class Typed(Input):
    """An input that does what its own keys say itself.

    Textual inserts a letter at once but lets a key such as Backspace go up to the app and come back
    as an action: letters that arrive in the same burst would overtake it.
    """

    async def on_key(self, event: events.Key) -> None:
        """Do what one of the own keys says; what is typed is left to the stock input."""
        if self.check_consume_key(event.key, event.character):
            return
        found = self.screen.active_bindings.get(event.key)
        if found is not None and found.node is self and found.enabled:
            event.stop()
            event.prevent_default()
            await self.run_action(found.binding.action)
