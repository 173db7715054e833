"""Four who write over HTTP while the server and its database are killed: what each sent, and what was acknowledged.

A write is known by a text or a digest that is in nothing else, so that it can be found afterwards: once, or not at all.
"""

import contextlib
import hashlib
import http.client
import json
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode
from uuid import uuid4

from cases.leads import proof, receipts
from cases.models.intake import DoubtRule

from .load import LOGIN, Asking, FilledForm, upload

AGAIN = 0.2  # seconds after which a refused write is sent again
IDLE = 20  # seconds after which a connection is not used again: the server lets go who is silent for long
LONGEST_IMPORT = 300  # seconds
ROWS = 5  # of an import
REGION, COUNTRY_PART = "CN-150800", "CN-NM"
NEW = {
    "region": REGION, "place": "A place", "lead_source": "public_tip", "site_type": "warehouse", "kind": "raid",
    "status": "found", "confidence": "high", "raids-TOTAL_FORMS": "1", "raids-INITIAL_FORMS": "0",
    "raids-0-lines-TOTAL_FORMS": "1", "raids-0-lines-INITIAL_FORMS": "0", "raids-0-lines-0-kind": "unknown",
    "raids-0-lines-0-count": "1000", "figures-TOTAL_FORMS": "1", "figures-INITIAL_FORMS": "0",
    "figures-0-quantity": "energy_kwh", "figures-0-amount": "5000000", "agencies-TOTAL_FORMS": "0",
    "agencies-INITIAL_FORMS": "0", "sources-TOTAL_FORMS": "1", "sources-INITIAL_FORMS": "0",
    "why": "drill",
}  # fmt: skip
HEAD = "ref,title_en,occurred_on,region_code,source_publisher,kind,confidence"
OFTEN = {"case": 4, "edit": 3, "tip": 3, "lead": 4, "document": 3, "import": 1}


@dataclass
class Write:
    kind: str
    name: str  # a text that is in nothing else
    more: str = ""  # the case that it changes, the page of a new one, the digest of a document, the receipt of a tip
    acknowledged: bool = False
    again: int = 0  # how often it was sent once more

    @property
    def known_by(self):
        if self.kind == "tip":
            return receipts.digest_of(self.more)
        return self.more if self.kind == "document" else self.name


@dataclass
class Notes:
    """What all writers note: what they sent, what they were answered, and what should not have been."""

    writes: list = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)
    acknowledged: list = field(default_factory=list)  # when each acknowledged write was begun
    wrong: list = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def is_acknowledged_since(self, moment):
        """Whether a write that was begun after `moment` is acknowledged."""
        return any(begun >= moment for begun in self.acknowledged[-20:])


class NotAcknowledged(Exception):
    """A write was not acknowledged: it may be there or not, but not in part."""


class DrillWriter(threading.Thread):
    """Somebody who writes, and who sends again what was refused where the page can tell it from a second one.

    `processes()` tells which processes of the server live. Of `often` are the kinds that are written; `new` is said of
    new cases.
    """

    def __init__(self, notes, number, port, refs, processes, *, name, password, often=OFTEN, new=None):
        super().__init__(daemon=True)
        self.notes, self.number, self.refs, self.processes = notes, number, refs, processes
        self.often, self.new = often, NEW | (new or {})
        self.saved = []  # what was acknowledged, in this order
        self.chance = random.Random(number)  # noqa: S311 - the same in every run
        self.person, self.public = Asking(port), Asking(port)
        self.person.sign_in(name, password)
        # {client: (when it was answered last, which processes lived then)}: its connection is to a process of these.
        self.answered = dict.fromkeys((self.person, self.public), (time.monotonic(), processes()))

    def run(self):
        """The first of them begins with one of each kind, so that a short drill has them all."""
        turns = sorted(self.often, key=lambda kind: kind != "import") if self.number == 0 else []
        sending = {
            "case": self._case, "edit": self._edit, "tip": self._tip, "lead": self._lead, "document": self._document,
            "import": self._import,
        }  # fmt: skip
        try:
            while not self.notes.stop.is_set():
                kind = turns.pop(0) if turns else self.chance.choices([*self.often], [*self.often.values()])[0]
                write = Write(kind, f"drill {self.number} {uuid4().hex}")
                self.notes.writes.append(write)
                begun = time.monotonic()
                with contextlib.suppress(NotAcknowledged):
                    sending[kind](write)
                if write.acknowledged:
                    self.notes.acknowledged.append(begun)
                    self.saved.append(write)
        except Exception as problem:
            self.notes.wrong.append(f"writer {self.number}: {problem!r}")
            raise

    def _ask(self, who, path, *arguments, expected=(200,), **options):
        """The answer, or NotAcknowledged. Wrong is anything but 503 and a connection that breaks with its process."""
        when, lived = self.answered[who]
        if time.monotonic() > when + IDLE:
            who.connection.close()  # the next request makes a new connection
        fresh = who.connection.sock is None
        try:
            status, headers, body = who.ask(path, *arguments, **options)
        except (OSError, http.client.HTTPException) as problem:
            time.sleep(AGAIN)  # a killed process breaks its connections before the system tells that it is dead
            alive = self.processes()
            with_it = alive != lived or not alive
            # A process that gives way to another closes, between two requests, the connections that it kept.
            kind = "broken with the process" if with_it else "broken" if fresh else "closed between two requests"
            self.notes.answers[kind] += 1
            if kind == "broken":
                self.notes.wrong.append(f"{path}: {problem!r}")
            raise NotAcknowledged from problem
        self.answered[who] = time.monotonic(), self.processes()
        self.notes.answers[status] += 1
        if status in expected and not (status == 302 and headers["Location"].startswith(LOGIN)):
            return status, headers, body
        if status != 503:
            self.notes.wrong.append(f"{path}: {status} {headers['Location'] or ''}")
        time.sleep(AGAIN)
        raise NotAcknowledged

    def _until_taken(self, write, who, path, *arguments, **options):
        """Send a form that the server knows again, until it is acknowledged."""
        while True:
            try:
                answer = self._ask(who, path, *arguments, **options)
            except NotAcknowledged:
                if self.notes.stop.is_set() or self.notes.wrong:
                    raise
                write.again += 1
            else:
                return answer

    def _case(self, write):
        day = f"20{self.chance.randrange(15, 24)}-{self.chance.randrange(1, 13):02}-{self.chance.randrange(1, 28):02}"
        reasons = {f"reason-{rule}": "A drill." for rule in DoubtRule.values}
        # A source of its own: two that are listed for the first time at once wait for each other.
        own = {"sources-0-publisher": f"A paper of writer {self.number}"}
        typed = self.new | reasons | own | {"key": uuid4(), "title_en": write.name, "when": day}
        answer = self._until_taken(write, self.person, "/cases/new/", urlencode(typed), expected=[302], plain=True)
        write.more, write.acknowledged = answer[1]["Location"], True

    def _edit(self, write):
        write.more = self.chance.choice(self.refs)
        path = f"/cases/{write.more}/edit/"
        form = FilledForm()
        form.feed(self._ask(self.person, path, plain=True)[2].decode())
        changed = {"note": write.name, "why": write.name}
        fields = [(name, changed.pop(name, value)) for name, value in form.fields]
        self._ask(self.person, path, urlencode(fields + list(changed.items())), expected=[302])
        write.acknowledged = True

    def _lead(self, write):
        typed = {"kind": "plan", "region": REGION, "place": "A place", "summary": write.name, "score": ""}
        self._ask(self.person, "/leads/new/", urlencode(typed), expected=[302])
        write.acknowledged = True

    def _tip(self, write):
        page = self._ask(self.public, "/tips/new/", plain=True)[2].decode()
        token = unescape(re.search(r'name="token" value="([^"]+)"', page)[1])
        write.more = receipts.receipt_of(token.split(":")[0])
        challenge = json.loads(re.search(r'<script id="tip-challenge"[^>]*>(.*?)</script>', page)[1])
        typed = {"about": "enterprise", "text": write.name, "token": token, "proof": proof.solution(challenge)}
        # All senders together may send so many in an hour; who comes then is told so, and nothing is kept.
        status, _headers, body = self._until_taken(
            write, self.public, "/tips/new/", urlencode(typed), plain=True, expected=[200, 429]
        )
        write.acknowledged = status == 200
        if write.acknowledged and write.more.encode() not in body:
            self.notes.wrong.append("/tips/new/: 200 without the receipt")

    def _document(self, write):
        ref = self.chance.choice(self.refs)
        content = b"%PDF-1.4\n" + write.name.encode() + b"\n%%EOF\n"
        write.more = hashlib.sha256(content).hexdigest()
        status, _headers, body = self._until_taken(
            write, self.person, f"/cases/{ref}/documents/", *upload("files", "order.pdf", content),
            plain=True, expected=[302, 400],
        )  # fmt: skip
        # Acknowledged, or known already: from the time when the answer was lost.
        write.acknowledged = status == 302 or (write.again > 0 and b"already has that file" in body)
        if not write.acknowledged:
            self.notes.wrong.append(f"/cases/{ref}/documents/: 400")

    def _import(self, write):
        mark = write.name.split()[-1]
        rows = [
            f"d-{mark}-{row},{write.name} {row},2021-05-{row + 1:02},{COUNTRY_PART},A paper,raid,high"
            for row in range(ROWS)
        ]
        file = upload("file", "drill.csv", "\n".join([HEAD, *rows]).encode())
        address = self._ask(self.person, "/cases/import/", *file, expected=[302])[1]["Location"]
        ends = time.monotonic() + LONGEST_IMPORT
        while time.monotonic() < ends and not self.notes.wrong:
            with contextlib.suppress(NotAcknowledged):
                page = self._ask(self.person, address, plain=True)[2].decode()
                if f'"{address}undo/"' in page:
                    write.acknowledged = True
                    return
                for step in ("run", "again"):  # broken off, it says so and can be checked again
                    if f'action="{address}{step}/"' in page:
                        self._ask(self.person, f"{address}{step}/", urlencode({"reason": "drill"}), expected=[302])
                        break
            time.sleep(AGAIN)
        if not self.notes.wrong:
            self.notes.wrong.append(f"{address}: the import never came to its end")
