"""No address answers 5xx to anything, and none that is only read changes a row.

Every address × six people × hostile values, in the path, the query, forms, JSON, multipart and headers. The suite
tries a sample, always the same. `pytest -n 0 enforcement/tests/whole/test_hostile_walk.py --full` goes everywhere, with
HOSTILE_VALUES (100) values of those that read and as many of those that send, for each address and person; which
ones, HOSTILE_SEED chooses. HOSTILE_TOGETHER=5 puts up to five in one request, each in a place of its own: quicker, but
what one place refuses at once hides the others. HOSTILE_PART=1/2 walks half of the way, for a second process with a
data folder of its own. HOSTILE_MINUTES stops it earlier, HOSTILE_FIRST=40 goes on after 40. HOSTILE_REPORT names a
file for the counts.
"""

import gc
import io
import logging
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.files.storage import storages
from django.core.signals import got_request_exception
from django.db import connection, transaction
from django.test import Client, RequestFactory, TestCase, override_settings
from django.test.client import ClientHandler

from cases.actions import summing
from cases.leads import keys
from cases.models import Case
from cases.selection import saved_views
from cases.tests import builders as cases
from enforcement import roles
from enforcement.accounts.models import ApiToken
from enforcement.tests.whole import hostile
from regions import places
from regions.tests import builders as regions
from regions.tests.test_places import square

PEOPLE = ["anonymous", "reader", "analyst", "neighbour", "officer", "superuser"]
SAMPLE = 300  # requests beyond the first of each address
SECONDS = 30  # for the sample, on a busy machine
ROUND = 10  # values that read, and as many that send, for each address and person
ASKED = {"SEED": 1, "FIRST": 0, "VALUES": 100, "TOGETHER": 1}
SLOW = 10  # seconds of work that no answer may take, however busy the machine is
READING, SENDING, METHODS = (
    [(kind, value) for kind, values in kinds.items() for value in values]
    for kinds in (
        {"GET": hostile.TEXTS, "query": hostile.QUERIES, "header": hostile.HEADERS},
        {"POST": hostile.TEXTS, "body": hostile.BODIES, "header of a POST": hostile.HEADERS},
        {"method": hostile.METHODS},
    )
)
READING_KINDS = {kind for kind, _value in READING}
# Asked in between of PostgreSQL itself, it sees what was rolled back too. That somebody looked at a document or a meter
# is kept with who it was, and so written by reading it.
WRITTEN = """
    SELECT sum(pg_stat_get_xact_tuples_inserted(oid) + pg_stat_get_xact_tuples_updated(oid)
               + pg_stat_get_xact_tuples_deleted(oid))
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname NOT IN ('cases_documentlook', 'cases_meterlook', 'pghistory_context')
"""


@override_settings(
    API_RATES={"anon": None, "user": None},
    STORAGES={
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
)
class HostileWalkTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        roles.sync()
        malaysia = regions.make_region(code="MY", name_en="Malaysia", currency="MYR", latitude=3, longitude=102)
        cls.sarawak = regions.make_region(code="MY-13", name_en="Sarawak", parent=malaysia)
        mongolia = regions.make_region(
            code="CN-NM", name_en="Inner Mongolia", parent=regions.make_region(code="CN", name_en="China")
        )
        regions.make_boundary(cls.sarawak, geometry=square(109, 0, 116, 5))
        claim = regions.make_savings_claim(region=malaysia, energy_kwh_per_year=1000)
        policy = regions.make_policy(ref="rule", region=malaysia, deadline_on="2021-01-01")
        provision = regions.make_provision(policy)
        regions.make_reading(regions.make_indicator(region=malaysia))
        factor = regions.make_factor()
        regions.make_position(region=malaysia, policy=policy)
        rig = cases.make_rig(manufacturer="generic", is_generic=True, released_year=2018, power_w=1400)
        case = cls.case = cases.make_case(
            ref="the-raid", region=cls.sarawak, title_en="A raid", latitude=4.4, longitude=113.9, published=True,
            location_precision="site", occurred_on="2021-08-05", site_type="farm", theft=True, arrests=7,
        )  # fmt: skip
        raid = cases.make_raid(case, raided_on="2021-08-05", place="A lane")
        seizure = cases.make_seizure(raid, count=3000, rig=rig)
        document = cases.make_document(case, raid=raid)
        disposal = cases.make_disposal(seizure, document=document)
        cases.make_figure(case, quantity="loss", basis="total", amount=31337, currency="MYR")
        cases.make_citation(case, text="A rule", policy=policy, provision=provision)
        cases.make_sanction(case, party=cases.make_party(case))
        cases.make_reason(case)
        cases.make_open_doubt(case)
        case.agencies.add(regions.make_agency(name_en="A bureau"))
        case.sources.add(regions.make_source(title="News"))
        cases.make_case(ref="other-raid", region=cls.sarawak, title_en="A raid", occurred_on="2021-08-05")
        summing.sum_up(Case.objects.all())

        people = {
            "reader": ("Reader", []), "analyst": ("Analyst", []), "neighbour": ("Case officer", [mongolia]),
            "officer": ("Case officer", [cls.sarawak]),
        }  # fmt: skip
        cls.people = {}
        for name, (group, scopes) in people.items():
            person = regions.make_person(username=name, regions=scopes, is_staff=group == "Case officer")
            person.groups.add(Group.objects.get(name=group))
            cls.people[name] = person
        root = cls.people["superuser"] = regions.make_person(username="root", is_staff=True, is_superuser=True)
        token = ApiToken.objects.create(user=root, name="a token")
        view = cases.make_saved_view(slug="everything", name="Everything", shared=True, owner=cls.people["officer"])
        draft = cases.make_draft(by=cls.people["officer"], typed={"place": ["x"]})
        the_import = cases.make_import(by=cls.people["officer"])
        cases.make_factor_set()
        meter = cases.make_screened_meter()
        saved_views.open_feed(view, by=view.owner)
        saved_views.fetched(view)  # it keeps the day, once a day
        cls.known = {
            "ref": case.ref, "slug": view.slug, "code": "MY-13", "what": "region", "rule": "many_arrests",
            "change": "at-1", "format": ".json", "app_label": "cases", "content_type_id": "1",
            "object_id": str(case.pk),
            "of": {
                "account/tokens/": {"pk": str(token.pk)},
                "policies/": {"ref": policy.ref}, "method/factors/": {"pk": str(factor.pk)},
                "cases/drafts/": {"key": str(draft.key)}, "cases/import/": {"key": str(the_import.pk)},
                "cases/{ref}/documents/": {"key": str(document.key)}, "cases/{ref}/custody/": {"pk": str(disposal.pk)},
                "api/v1/savings/": {"ref": claim.ref},
                "screening/": {"key": str(meter.run_id), "meter": meter.meter},
            },
        }  # fmt: skip
        places.forget()
        cls.addClassCleanup(places.forget)

    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        self.enterContext(override_settings(TIP_KEY=Path(folder, "public"), TIP_SECRET=Path(folder, "secret")))
        keys.make_keys()
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)
        # The work of an import goes on in a thread, which does not see this transaction.
        for begin in ("cases.imports.progress.begin", "cases.screening.results.kept.begin_screening"):
            self.enterContext(mock.patch(begin))
        self.enterContext(override_settings(READINGS=Path(folder, "readings")))
        self.addCleanup(storages["default"].__dict__.clear)
        self.routes = sorted(set(hostile.routes()))
        self.assertLess({"admin/cases/case/", "cases/{ref}/edit/"}, set(self.routes))
        self.arguments = {route: hostile.arguments_of(route, self.known) for route in self.routes}
        # The walk takes longer than an hour, and the renewal of a session, which every answer would then take back, is
        # no writing of what was asked for.
        self.enterContext(mock.patch("enforcement.middleware.SESSION_RENEWED_EVERY", 10**9))
        self.sender, self.cookies = Sender(), {}
        for name, person in self.people.items():
            client = Client()
            client.force_login(person)
            client.get("/")  # writes the row of the session once
            self.cookies[name] = client.cookies.output(header="", sep=";")
        self.count, self.broken, self.written, self.slow = Counter(), {}, {}, {}
        self.learn()
        gc.freeze()  # what is loaded by now need not be searched for garbage again and again
        self.addCleanup(gc.unfreeze)

    def learn(self):
        """What each address asks for in a query and in a form, and what its page offers to be sent."""
        self.asked, self.offered = {}, {}
        for route in self.routes:
            address = self.here(route)
            with hostile.Listening() as heard:
                page = self.request("superuser", "GET", address)
                self.request("superuser", "POST", address, body=b"a=1")
            text = page.content.decode(errors="replace") if not page.streaming else ""
            offered = hostile.FieldsOfPage(text).fields if "<form" in text else []
            self.offered[route] = [(name, value) for name, value in offered if name != "csrfmiddlewaretoken"][:300]
            names = dict.fromkeys([*heard.names, *hostile.lookups_of(route)])
            self.asked[route] = [name for name in names if name != "csrfmiddlewaretoken"] or ["a"]

    def test_a_sample_of_hostile_requests_is_answered_and_reading_changes_nothing(self):
        choose = random.Random(12)  # noqa: S311 - the same sample each time
        tried = [*READING, *SENDING]
        requests = [(route, "superuser", [choose.choice(tried)]) for route in self.routes]
        for _time in range(SAMPLE):
            requests.append((choose.choice(self.routes), choose.choice(PEOPLE), [choose.choice(tried)]))
        ends = time.monotonic() + SECONDS
        for request in requests:
            if time.monotonic() < ends:
                self.attempt_each(*request)
        self.report()

    def test_hostile_requests_at_every_address_are_answered_and_reading_changes_nothing(self):
        if not os.environ.get("HOSTILE_FULL"):
            pytest.skip("the whole walk takes hours: --full")
        part, parts = map(int, os.environ.get("HOSTILE_PART", "1/1").split("/"))
        seed, first, last, together = (int(os.environ.get(f"HOSTILE_{name}", value)) for name, value in ASKED.items())
        ends = time.monotonic() + 60 * float(os.environ.get("HOSTILE_MINUTES", "600"))
        everywhere = [(route, person) for route in self.routes for person in PEOPLE][part - 1 :: parts]
        random.Random(seed).shuffle(everywhere)  # noqa: S311
        # In a mixed order, round after round: also a walk that is stopped was in all corners.
        for start in range(first, last, ROUND):
            for number, (route, person) in enumerate(everywhere, start=1):
                if time.monotonic() > ends:
                    break
                choose = random.Random(f"{seed} {route} {person}")  # noqa: S311 - the same requests again
                for tried in (READING, SENDING):
                    chosen = choose.sample(tried, len(tried))[start : start + ROUND]
                    self.attempt_each(route, person, self.together(route, chosen, together))
                if not start:
                    self.attempt_each(route, person, METHODS)
                self.note(f"from {first} to {start}, then {number} of {len(everywhere)} addresses × people")
        self.report()

    def here(self, route):
        return "/" + hostile.address(route, self.arguments[route]).lstrip("/")

    def together(self, route, chosen, most):
        """The same, with up to `most` texts in one attempt where the address knows as many places for them."""
        attempts = [(kind, value) for kind, value in chosen if kind not in ("GET", "POST")]
        for kind, places_ in (("GET", self.asked[route]), ("POST", self.places_in_form(route))):
            texts = [value for this, value in chosen if this == kind]
            size = min(most, len(places_))
            attempts += [(kind, *texts[start : start + size]) for start in range(0, len(texts), size)]
        return attempts

    def attempt_each(self, route, person, tried):
        """Send them. PostgreSQL is asked once what all that read wrote; if that is something, what each wrote."""
        reading = [this for this in tried if this[0] in READING_KINDS]
        before = _written()
        for this in reading:
            self.attempt(route, person, *this)
        if _written() != before:
            self.written[route, person] = [this for this in reading if self.writes(route, person, *this)]
        for this in tried:
            if this[0] not in READING_KINDS:
                self.attempt(route, person, *this)

    def writes(self, *request):
        before = _written()
        self.attempt(*request)
        return _written() != before

    def attempt(self, route, person, kind, *values):
        here, value = self.here(route), values[0]
        turn = random.Random(f"{route} {person} {kind} {values!r}")  # noqa: S311 - the same request at each walk
        if kind == "GET":
            for sent in self.in_address(route, values, turn):
                self.request(person, "GET", *sent)
        elif kind == "POST":
            for sent in self.in_form(route, here, values, turn):
                self.request(person, "POST", *sent)
        elif kind == "query":
            self.request(person, "GET", here, value)
        elif kind == "body":
            self.request(person, "POST", here, content_type=value[0], body=value[1])
        elif kind == "header":
            self.request(person, "GET", here, **value)
        elif kind == "header of a POST":
            body = hostile.pairs(self.offered[route]).encode()
            self.request(person, "POST", here, body=body, **value)
        else:
            self.request(person, value, here, body=b"{}", content_type="application/json")

    def in_address(self, route, values, turn):
        """Each value as an argument of the address, or all as parameters that the address knows."""
        if hostile.names_in(route) and turn.random() < 0.3:
            return [(self.in_path(route, value, turn), "") for value in values]
        names = turn.sample(self.asked[route], len(values)) if turn.random() < 0.95 else values
        return [(self.here(route), hostile.pairs([*zip(names, values, strict=True)] * turn.choice([1, 1, 1, 2])))]

    def in_path(self, route, value, turn):
        changed = self.arguments[route] | {turn.choice(hostile.names_in(route)): value}
        return "/" + hostile.address(route, changed).lstrip("/")

    def places_in_form(self, route):
        return [*dict.fromkeys(name for name, _value in self.offered[route])] or self.asked[route]

    def in_form(self, route, here, values, turn):
        """(address, query, content type, body) of the page's own form with each value in one place."""
        in_path = "path" if hostile.names_in(route) else "form"
        how = turn.choice(["form", "form", "form", "form", "multipart", "json", in_path, "name"])
        fields, places_ = list(self.offered[route]), self.places_in_form(route)
        if turn.random() < 0.3 and len(self.asked[route]) >= len(values):
            places_ = self.asked[route]
        placed = dict(zip(turn.sample(places_, len(values)), values, strict=True))
        if how == "path":
            body = hostile.pairs(fields).encode()
            return [(self.in_path(route, value, turn), "", FORM, body) for value in values]
        if how == "json":
            return [(here, "", "application/json", hostile.as_json(*one)) for one in placed.items()]
        changed = [(known, placed.get(known, old)) for known, old in fields]
        changed += [one for one in placed.items() if one[0] not in dict(fields)]
        if how == "name":
            changed.append((values[0], "x"))
        if how == "multipart":
            return [(here, "", "multipart/form-data; boundary=XxXx", hostile.as_multipart(changed))]
        return [(here, "", FORM, hostile.pairs(changed).encode())]

    def request(self, person, method, address, query="", content_type=None, body=b"", **headers):
        """Send it, read the whole answer, and take back what it wrote."""
        environ = {
            "QUERY_STRING": query, "HTTP_COOKIE": self.cookies.get(person, ""), "REQUEST_METHOD": method,
            "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": content_type or FORM,
        } | headers  # fmt: skip
        began, error = time.process_time(), ""
        try:
            with transaction.atomic():
                response = self.sender.generic(method, address, **environ)
                if response.streaming:
                    b"".join(response.streaming_content)
                transaction.set_rollback(True)
            status = response.status_code
            if status >= 500 and self.sender.problem:
                error = "".join(traceback.format_exception_only(self.sender.problem)).strip()
                frames = traceback.extract_tb(self.sender.problem.__traceback__)
                ours = [frame for frame in frames if str(settings.BASE_DIR) in frame.filename]
                error += f" at {ours[-1].filename}:{ours[-1].lineno}" if ours else ""
        except Exception as problem:
            response, status = None, 599
            error = "".join(traceback.format_exception_only(problem)).strip()
        took = time.process_time() - began
        self.count[method] += 1
        sent = (person, method, address[:200], query[:200], str(content_type), repr(body[:3000]), str(headers)[:200])
        if status >= 500:
            self.broken.setdefault((error[:300], status), []).append(sent)
        if took > SLOW:
            self.slow.setdefault(sent, took)
        return response

    def report(self):
        told = self.told()
        self.note("all that was asked for")
        self.assertEqual(told, [], "\n".join(told))

    def told(self):
        told = [
            f"{status} × {len(requests)}: {error}\n    {requests[0]}"
            for (error, status), requests in sorted(self.broken.items(), key=lambda item: -len(item[1]))
        ]
        told += [f"{where} wrote at {str(requests)[:500]}" for where, requests in self.written.items()]
        return told + [f"{took:.0f} s: {request}" for request, took in self.slow.items()]

    def note(self, how_far):
        """Keep what is known so far, for who waits for the end."""
        if os.environ.get("HOSTILE_REPORT"):
            with open(os.environ["HOSTILE_REPORT"], "w") as file:
                counts = f"{how_far}: {sum(self.count.values())} requests {dict(self.count)}"
                file.write("\n".join([counts, *self.told()]) + "\n")


class Sender(RequestFactory):
    """Sends to the site as Django's test client does, without its copies of every context of every template."""

    def __init__(self):
        super().__init__()
        self.handler = ClientHandler(enforce_csrf_checks=False)
        got_request_exception.connect(self.keep)

    def keep(self, **_more):
        self.problem = sys.exc_info()[1]

    def request(self, **environ):
        self.problem = None
        return self.handler(self._base_environ(**environ))


FORM = "application/x-www-form-urlencoded"


def _written():
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        return cursor.fetchone()[0]
