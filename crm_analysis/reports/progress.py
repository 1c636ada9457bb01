"""Progress as people like it: one moving line on a terminal, plain lines in a log."""

from crm_analysis import streams


class Progress:
    """Callable that hears of events; use as a context manager so that the moving line is left tidy."""

    def __init__(self, stream):
        self.stream = stream
        self.moving = stream.isatty()
        self.cells = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.moving and self.cells:
            streams.say(self.stream, "\r\033[K", end="")

    def __call__(self, event, stem="", **more):
        if event == "data":
            facts = more["facts"]
            rows = facts["tables"]["transactions"]
            dropped = sum(rows["dropped"].values())
            self._line(
                f"{facts['name']}: {rows['rows_in']:,} transactions read, {rows['rows_kept']:,} used, {dropped:,} dropped; "
                f"as of {facts['as_of']}"
            )
        elif event == "part":
            self._line(f"{more['name']}:")
        elif event == "cell":
            self.cells[stem] = f"{stem} {more['done']}/{more['of']}"
            if self.moving:
                streams.say(self.stream, "\r\033[K" + "   ".join(self.cells.values()), end="")
        elif event == "declined":
            self.cells.pop(stem, None)
            self._line(f"{stem}: not in this report: {more['cause']}")
        elif event == "done":
            self.cells.pop(stem, None)
            self._line(f"{stem}: done in {more['seconds']:.1f} s")

    def _line(self, text):
        streams.say(self.stream, ("\r\033[K" if self.moving else "") + text)
