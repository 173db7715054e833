"""The headings of the history: every verb has its own words, in both languages."""

import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cases.actions import custody, documents
from cases.actions.answering import answer_doubt
from cases.actions.merging import merge_cases
from cases.actions.publishing import delete_case, publish_case, withdraw_case
from cases.actions.saving import add_to_case, save_case
from cases.actions.signing import Verb, changing
from cases.actions.summing import sum_up
from cases.doubts.open_doubts import open_doubts
from cases.files import sheet_files
from cases.history import undo
from cases.imports import run
from cases.models import Case
from cases.tests.builders import make_case, make_raid, make_seizure
from regions.tests.builders import make_person, make_region, make_source

pytestmark = pytest.mark.django_db

HEADINGS = {
    "en": {
        Verb.LOADED: "Loaded from the public record",
        Verb.ENTERED: "Entered",
        Verb.EDITED: "Edited",
        Verb.DETAILS_ADDED: "Details added",
        Verb.PUBLISHED: "Published",
        Verb.WITHDRAWN: "Withdrawn",
        Verb.DOUBT_ANSWERED: "Doubt answered",
        Verb.DELETED: "Deleted",
        Verb.MERGED: "Merged",
        Verb.IMPORTED: "Imported",
        Verb.UNDONE: "Undone",
        Verb.DOCUMENT_ADDED: "Document added",
        Verb.DOCUMENT_REMOVED: "Document removed",
        Verb.DISPOSAL_RECORDED: "Disposal recorded",
        Verb.DISPOSAL_UNDONE: "Disposal undone",
        Verb.FACTORS_REVISED: "Factors revised",
        Verb.LEAD_WORKED_ON: "Lead worked on",
        Verb.METER_CLEARED: "Meter cleared",
        Verb.CLEARANCE_TAKEN_BACK: "Clearance taken back",
        Verb.WEIGHTS_ADOPTED: "Weights of the screening changed",
    },
    "zh-hans": {
        Verb.LOADED: "从公开记录载入",
        Verb.ENTERED: "录入",
        Verb.EDITED: "修改",
        Verb.DETAILS_ADDED: "补充信息",
        Verb.PUBLISHED: "发布",
        Verb.WITHDRAWN: "撤回发布",
        Verb.DOUBT_ANSWERED: "答复疑点",
        Verb.DELETED: "删除",
        Verb.MERGED: "合并",
        Verb.IMPORTED: "导入",
        Verb.UNDONE: "撤销",
        Verb.DOCUMENT_ADDED: "添加文件",
        Verb.DOCUMENT_REMOVED: "移除文件",
        Verb.DISPOSAL_RECORDED: "登记处置",
        Verb.DISPOSAL_UNDONE: "撤销处置登记",
        Verb.FACTORS_REVISED: "修订系数",
        Verb.LEAD_WORKED_ON: "处理线索",
        Verb.METER_CLEARED: "登记电表已排除",
        Verb.CLEARANCE_TAKEN_BACK: "撤回电表排除",
        Verb.WEIGHTS_ADOPTED: "筛查权重变更",
    },
}
TYPED = {
    "raids": [], "figures": [], "citations": [], "numbers": [], "reasons": [],
    "agencies": {"keep": [], "drop": []}, "sources": {"keep": [], "drop": []},
}  # fmt: skip


def typed(**fields):
    return TYPED | {"fields": fields}


def headings(client, ref, language):
    """[(what was done, by whom)] of the headings of a history page, as a browser shows them."""
    page = client.get(reverse("cases:case-history", args=[ref]), headers={"Accept-Language": language})
    found = re.findall(r'<h2 id="head-[^>]*>(.*?)</h2>', page.content.decode(), re.DOTALL)
    texts = [heading.partition("<span") for heading in found]
    return [(what.strip(), re.sub(r"^.*?>|<.*", "", rest, flags=re.DOTALL).strip()) for what, _tag, rest in texts]


def through_every_verb(case, region, officer):
    """Lead a loaded `case` through every action that its page can name, to its deletion. Returns the merged twin."""
    line = make_seizure(make_raid(case, raided_on="2021-05-18"), count=100)
    case.sources.add(make_source())
    sum_up(Case.objects.filter(pk=case.pk))
    save_case(case, typed(region=region, arrests=5_000), by=officer)
    doubt = open_doubts(Case.objects.visible_to(officer).for_page().get(pk=case.pk), Case.objects.all())[0][0]
    answer_doubt(case, doubt, by=officer, reason="A whole village was held.")
    add_to_case(case, typed(region=region, place="North hall"), by=officer)
    document = documents.add(case, SimpleUploadedFile("list.csv", b"rig,count\nS19,100\n"), by=officer)
    documents.remove(document, by=officer, reason="The wrong list.")
    disposal = custody.dispose(line, by=officer, kind="destroyed")
    custody.take_back(disposal, by=officer, reason="It was auctioned.")
    publish_case(case, by=officer)
    withdraw_case(case, by=officer, reason="Under appeal.")
    fields = {"title_en": "Twin", "kind": "raid", "confidence": "high", "outcome": "Fined"}
    day = {"occurred_on": date(2020, 1, 1), "date_precision": "day"}
    twin = save_case(None, typed(region=region, **fields, **day), by=officer)
    merge_cases(twin, into=case, by=officer)
    content = sheet_files.csv_of([["ref", "premises"], [case.ref, "3"]])
    received = run.receive(content, "cases.csv", by=run.Everywhere())
    run.dry_run(received, run.Everywhere())
    run.carry_out(received, run.Everywhere(), reason="A later report.")
    received.refresh_from_db()
    undo.undo(received.change, by=make_person("change_case", everywhere=True, username="boss"))
    delete_case(Case.objects.get(pk=case.pk), by=officer, reason="A test.")
    return twin


@pytest.mark.parametrize(
    ("language", "by_officer", "by_command"),
    [("en", "by officer", "by the command import_cases"), ("zh-hans", "操作人：officer", "操作人：命令 import_cases")],
)
def test_a_case_that_went_through_every_verb_is_headed_in_words(
    client, settings, tmp_path, language, by_officer, by_command
):
    settings.MEDIA_ROOT = tmp_path
    region, words = make_region(), HEADINGS[language]
    officer = make_person(
        "view_case", "add_case", "change_case", "delete_case", "publish_case", regions=[region], username="officer"
    )
    with changing(Verb.LOADED, "load_record"):
        case = make_case(region=region, ref="cn-1")
    twin = through_every_verb(case, region, officer)
    client.force_login(officer)
    found = headings(client, "cn-1", language)
    assert (words[Verb.LOADED], "") in found  # the verb says it: no command is named
    assert (words[Verb.IMPORTED], by_command) in found
    named = {verb for verb in Verb if words[verb] in dict(found)}
    assert set(Verb) - named == {
        Verb.ENTERED, Verb.FACTORS_REVISED, Verb.LEAD_WORKED_ON, Verb.METER_CLEARED, Verb.CLEARANCE_TAKEN_BACK,
        Verb.WEIGHTS_ADOPTED,
    }  # fmt: skip
    assert {by for what, by in found if what in (words[Verb.EDITED], words[Verb.PUBLISHED])} == {by_officer}
    assert (words[Verb.ENTERED], by_officer) in headings(client, twin.ref, language)


@pytest.mark.parametrize("language", HEADINGS)
def test_every_verb_has_its_heading(client, language):
    case = make_case(ref="cn-1")
    for number, verb in enumerate(Verb):
        with changing(verb, "a program"):
            Case.objects.filter(pk=case.pk).update(place=f"Hall {number}")
    client.force_login(make_person("view_case", everywhere=True))
    found = [what for what, _by in headings(client, "cn-1", language)]
    assert sorted(set(HEADINGS[language].values()) - set(found)) == []
