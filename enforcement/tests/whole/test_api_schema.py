"""The description of the API: it is OpenAPI 3.1, it tells every parameter, and the API does what it says."""

import json
import re
from importlib import import_module

import pytest
import schemathesis
from django.conf import settings
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import override_settings
from django.urls import reverse
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from playwright.sync_api import expect
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cases.api.urls import router
from cases.selection.filters import CaseFilter
from cases.tests import real_record
from enforcement.tests.browser import test_pages

NOUNS = [
    "cases", "factors", "indicators", "policies", "provisions", "raids", "regions", "rigs", "savings", "seizures",
]  # fmt: skip
chromium = test_pages.chromium


@pytest.fixture(autouse=True)
def unthrottled(settings):
    settings.API_RATES = {"anon": None, "user": None}


@pytest.fixture
def schema(client):
    response = client.get("/api/v1/schema/")
    assert response.status_code == 200
    return json.loads(response.content)


def parameters(schema, noun):
    return {one["name"]: one for one in schema["paths"][f"/api/v1/{noun}/"]["get"]["parameters"]}


def test_the_schema_is_openapi_3_1_and_nothing_had_to_be_guessed(schema, tmp_path):
    assert schema["openapi"].startswith("3.1")
    validate_schema(schema)
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_every_noun_is_there_and_read_only(schema):
    expected = {f"/api/v1/{noun}/" for noun in [*NOUNS, "estimate"]}
    assert {path for path in schema["paths"] if "{" not in path} == expected
    assert len(schema["paths"]) == 2 * len(NOUNS) + 1
    assert {method for path in schema["paths"].values() for method in path} == {"get"}


@pytest.mark.parametrize("noun", NOUNS)
def test_every_parameter_is_described(schema, noun):
    for name, parameter in parameters(schema, noun).items():
        assert re.search(r"\w+.*\.", parameter["description"], re.DOTALL), name
        assert parameter["schema"], name
    view = {prefix: view for prefix, view, _name in router.registry}[noun]
    own = set(view.filterset_class.base_filters) if getattr(view, "filterset_class", None) else None
    if own is not None:
        assert own == set(view.meanings)
        assert own | {"cursor", "per_page"} == set(parameters(schema, noun))


@pytest.mark.parametrize("noun", ["cases", "raids", "seizures"])
def test_every_filter_of_cases_is_a_parameter_with_its_meaning(schema, noun):
    meanings = import_module("cases.api.questions").MEANINGS
    assert {name.removesuffix("__not") for name in CaseFilter.base_filters} == set(meanings)
    told = parameters(schema, noun)
    beyond = {"cursor", "per_page", "view"} | ({"sort", "release"} if noun == "cases" else set())
    assert set(told) == set(CaseFilter.base_filters) | beyond
    assert told["kind"]["schema"]["items"]["enum"] == [
        code for code, _label in CaseFilter.base_filters["kind"].field.choices
    ]
    assert told["kind__not"]["schema"] == told["kind"]["schema"]
    assert "Excludes" in told["kind__not"]["description"]
    assert told["region"]["explode"] is True


def test_the_description_is_in_the_readers_language(client):
    chinese = client.get("/api/v1/schema/", headers={"accept-language": "zh-CN"}).json()
    kind = parameters(chinese, "cases")["kind"]
    assert re.search("[\u4e00-\u9fff]", kind["description"])
    assert "raid" in kind["schema"]["items"]["enum"]


def test_the_schema_takes_no_parameters_that_reach_its_headers(client):
    for query in ("version=1%0d%0aX-Evil:1", "format=yaml"):
        assert client.get(f"/api/v1/schema/?{query}").status_code == 400
    # A language that is none of ours is left out, as everywhere.
    plain, asked = client.get("/api/v1/schema/"), client.get("/api/v1/schema/?lang=../../x%0d%0aX-Evil:1")
    assert asked.content == plain.content
    assert asked.headers == plain.headers
    yaml = client.get("/api/v1/schema/", headers={"accept": "application/vnd.oai.openapi"})
    assert yaml.status_code == 200
    assert yaml.content.startswith(b"openapi: 3.1")


@pytest.mark.django_db
def test_the_root_lists_every_noun(client):
    answer = client.get("/api/v1/").json()
    assert sorted(answer) == NOUNS
    for address in answer.values():
        assert client.get(address).status_code == 200


def test_the_page_keeps_the_policy_of_all_pages(client):
    page = client.get(reverse("api:docs"))
    assert page.status_code == 200
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(rb"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=", page.content)
    assert b"http" not in page.content
    script = re.search(rb'src="(/api/v1/docs/\?[^"]+)"', page.content)[1].decode()
    assert client.get(script)["Content-Type"] == "application/javascript"


@override_settings(
    PUBLIC=False, MIDDLEWARE=[*settings.MIDDLEWARE, "django.contrib.auth.middleware.LoginRequiredMiddleware"]
)
def test_where_the_office_is_not_open_people_are_sent_to_log_in(client):
    assert client.get("/api/v1/docs/")["Location"] == "/login/?next=/api/v1/docs/"


# The API against its own description

# The client in this process does not unpack.
PLAIN = {"Accept-Encoding": "identity"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def described(db):
    """The API in this process, on the real record."""
    real_record.load()
    # As Django's own test client does: the end of a request must not end the transaction of the test.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application())
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


# schemathesis' own `parametrize` reaches into pytest's private parts, which have changed since.
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "against it"])
def test_whatever_is_asked_the_answer_is_as_described(described, subtests, mode):
    for operation in operations(described):

        @given(case=operation.as_strategy(generation_mode=mode))
        @effort(max_examples=20, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        def ask(case):
            case.call_and_validate(checks=CHECKS, headers=PLAIN)

        with subtests.test(operation.path):
            ask()


def test_the_rows_of_the_record_are_as_described(described, client, subtests):
    known = {operation.path: operation for operation in operations(described)}
    for noun in NOUNS:
        of_one = next(path for path in known if path.startswith(f"/api/v1/{noun}/{{"))
        key = re.search(r"{(\w+)}", of_one)[1]
        with subtests.test(noun):
            page = (
                known[f"/api/v1/{noun}/"]
                .Case(query={"per_page": 100})
                .call_and_validate(checks=CHECKS, headers=PLAIN)
                .json()
            )
            for row in page["results"][::10]:
                answer = (
                    known[of_one]
                    .Case(path_parameters={key: str(row[key])})
                    .call_and_validate(checks=CHECKS, headers=PLAIN)
                )
                assert answer.status_code == 200


def operations(schema):
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.browser
@pytest.mark.skipif(not test_pages.CHROMIUM, reason="no Chromium: install Debian's chromium or set CHROMIUM")
@pytest.mark.django_db(transaction=True)
def test_the_page_works_under_the_policy_and_asks_the_api(chromium, live_server):
    real_record.load()
    with test_pages.visitor(chromium) as page:
        page.goto(live_server.url + reverse("api:docs"), wait_until="networkidle")
        expect(page.locator(".opblock")).to_have_count(2 * len(NOUNS) + 1)
        page.locator("#operations-cases-cases_list .opblock-summary-control").click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table .response .response-col_status")).to_contain_text("200")
        assert page.problems == []
