"""What the tests of the history share: a whole case, a change, and how a page shows it."""

from django.db import connection
from django.urls import reverse
from pghistory.models import Context

from cases.actions.signing import Verb, changing
from cases.actions.summing import sum_up
from cases.history import tables
from cases.models import Case
from cases.tests.builders import (
    make_case,
    make_citation,
    make_disposal,
    make_document,
    make_figure,
    make_party,
    make_raid,
    make_rig,
    make_sanction,
    make_seizure,
)
from cases.tests.views.test_admin import rows_of
from regions.tests.builders import make_agency, make_source

OFFICER = [
    "view_case", "add_case", "change_case", "delete_case", "publish_case", "view_raid", "add_raid", "change_raid",
    "delete_raid", "view_seizure", "add_seizure", "change_seizure", "delete_seizure",
]  # fmt: skip


def whole_case(region, **values):
    """A case with two rows of everything that can hang on one."""
    case = make_case(region=region, latitude=40.75, longitude=107.4, location_precision="locality", **values)
    case.agencies.set([make_agency(), make_agency()])
    case.sources.set([make_source(), make_source()])
    for count in (100, 7):
        raid = make_raid(case, raided_on="2021-05-18")
        seizure = make_seizure(raid, rig=make_rig(power_w=1000), count=count)
        make_disposal(seizure, authority=make_agency(), document=make_document(case, raid=raid))
        make_figure(case)
        make_citation(case)
        make_sanction(case, party=make_party(case))
    sum_up(Case.objects.filter(pk=case.pk))
    return case


def everything():
    """Every row whose history is kept, but for the moment of the last change."""
    return {model: rows_of(model) for model in tables.tables()}


def last_change():
    return str(Context.objects.latest("created_at", "updated_at").pk)


def made(act, by="a program", verb=Verb.EDITED, reason=""):
    """The key of the change that `act` makes."""
    before = set(Context.objects.values_list("pk", flat=True))
    with changing(verb, by, reason):
        act()
    (key,) = set(Context.objects.values_list("pk", flat=True)) - before
    return str(key)


def history_of(client, ref):
    return client.get(reverse("cases:case-history", args=[ref]))


def told(response):
    """[(what was done, [(row, verb, {field: (before, after)})])] as a page of history has it."""
    return [
        (
            change.heading,
            [(e.row, e.verb, {d.name: (d.before, d.after) for d in e.differences}) for e in change.events],
        )
        for change, _others, _import in response.context["changes"]
    ]


def undo_page(ref, key):
    return reverse("cases:case-undo", args=[ref, key])


def raw(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def last_undo(key):
    return str(Context.objects.filter(metadata__undoes=key).latest("created_at", "updated_at").pk)
