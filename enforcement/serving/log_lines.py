"""A line of the log: when in UTC, how grave, which part, what happened, and whose request it was."""

import logging
import time


class LogLine(logging.Formatter):
    """What a message carries cannot begin another line. Of who asked it says the number of the account, no name."""

    converter = time.gmtime

    def __init__(self):
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%SZ")

    def formatMessage(self, record):  # noqa: N802 - the name is of the library
        # Only somebody who is known already: asking for them would ask a database that may be what the line is about.
        person = getattr(getattr(record, "request", None), "_cached_user", None)
        who = f" [account {person.pk}]" if person is not None and person.pk else ""
        return (super().formatMessage(record) + who).replace("\r", "\\r").replace("\n", "\\n")
