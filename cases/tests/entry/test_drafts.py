"""A draft opens again, whatever was typed."""

import os
import uuid

from django.urls import reverse
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from cases.models import Draft
from cases.tests.builders import make_case
from cases.tests.entry.test_entry import BAYANNUR, NEW, make_world
from regions import places

# What people and programs may send for any field; each was an error of some system.
ODD = [
    "", " ", "\0", "5\0", "\ud800", "\u202egpj.exe", "-1", "0", "1e400", "nan", "inf", "9" * 5000, str(2**63),
    str(10**30), "1_000", "٣٤", "１２００", "40,8", "111.7", "211.7", "1.01万", "几百", "2021-02-31", "2021年9月",
    "9999-12-31",
    "%s%n{0}", "' OR 1=1 --", "<script>", "../../x", "true", "on", "null", "[]", "{}", "x" * 8192, "é" * 300,
    "Bayannur · CN-150800",
]  # fmt: skip
NAMES = [
    *BAYANNUR, "arrests", "premises", "running_since", "theft", "outcome", "note", "sensitive", "why", "then",
    "reason-twin", "raids-0-when", "raids-0-place", "raids-0-id", "raids-0-DELETE", "raids-0-lines-0-rig",
    "raids-0-lines-0-qualifier", "raids-0-lines-0-id", "raids-1-when", "figures-0-currency", "figures-0-basis",
    "figures-0-id", "agencies-0-add", "agencies-0-id", "citations-TOTAL_FORMS", "citations-0-text",
    "citations-0-policy", "sources-0-title", "sources-0-url", "sources-0-published", "sources-0-id",
    "raids-__prefix__-when", "a[]", "\0",
]  # fmt: skip
texts = st.sampled_from(ODD) | st.text(max_size=60) | st.integers().map(str) | st.floats().map(str)
changes = st.dictionaries(st.sampled_from(NAMES) | st.text(min_size=1, max_size=20), texts, max_size=8)


# The same examples each time; HYPOTHESIS_EXAMPLES=2000 tries more of them.
effort = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "15")), deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


class AnyDraftTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        make_world(cls)
        cls.case = make_case(
            ref="twin", region=cls.bayannur, occurred_on="2021-09-25", title_en=BAYANNUR["title_en"], latitude=40.75,
            longitude=107.39, location_precision="site",
        )  # fmt: skip
        cls.addClassCleanup(places.forget)

    @effort
    @example(changes={"longitude": "111,7"}, whole=True, stored=False)
    @given(changes=changes, whole=st.booleans(), stored=st.booleans())
    def test_a_draft_of_anything_opens_again(self, changes, whole, stored):
        """What was typed while the page is open is answered, and the draft opens as often as somebody wants."""
        self.client.force_login(self.officer)
        page = reverse("cases:case-edit", args=["twin"]) if stored else NEW
        key = str(uuid.uuid4())
        typed = (BAYANNUR if whole else {}) | changes | {"key": key}
        sent = {_sendable(name): _sendable(value) for name, value in typed.items()}
        response = self.client.post(page, sent, headers={"HX-Request": "true", "HX-Target": "checks"})
        self.assertLess(response.status_code, 500, changes)
        if response.status_code == 200:
            self.assertEqual(self.client.get(page, {"draft": key}).status_code, 200, changes)

    @effort
    @example(changes={"longitude": "111,7"}, whole=True)
    @given(changes=changes, whole=st.booleans())
    def test_what_a_draft_kept_before_opens_too(self, changes, whole):
        """Drafts of earlier versions hold what those let through."""
        self.client.force_login(self.officer)
        typed = {
            name.translate(UNWRITABLE): [value.translate(UNWRITABLE)]
            for name, value in ((BAYANNUR if whole else {}) | changes).items()
        }
        draft = Draft.objects.create(by=self.officer, typed=typed)
        self.assertEqual(self.client.get(NEW, {"draft": str(draft.key)}).status_code, 200, changes)


UNWRITABLE = str.maketrans({0: None, **dict.fromkeys(range(0xD800, 0xE000))})


def _sendable(text):
    """A lone half of a character has no bytes; a server reads what is sent for it as a replacement character."""
    return text.encode(errors="surrogatepass").decode(errors="replace")
