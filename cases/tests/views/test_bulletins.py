"""A text or a file becomes drafts; a draft becomes a case that keeps both."""

import io
import uuid
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse

from cases.models import Bulletin, Case, Draft
from cases.tests.builders import make_bulletin, make_draft
from cases.views import entry
from regions.models import Region
from regions.tests.builders import make_agency, make_person, make_region

TEXT = "9月25日，巴彦淖尔市公安局在一处仓库查获比特币矿机近1200台，价值约600万元。线索来自群众举报。"
TWO = """通报虚拟货币“挖矿”案例。
案例一：2021年9月3日，巴彦淖尔市公安局查获矿机45台。
案例二：2021年9月9日，巴彦淖尔市公安局查扣“挖矿机”112台，抓获2人。"""
ADDRESS = "/cases/bulletins/new/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(client):
    china = make_region(code="CN", level="country", name_en="China", name_zh="中国")
    province = make_region(code="CN-NM", level="admin1", parent=china, name_en="Inner Mongolia", name_zh="内蒙古自治区")
    make_region(code="CN-150800", level="admin2", parent=province, name_en="Bayannur", name_zh="巴彦淖尔市")
    make_agency(slug="bayannur-police", name_en="Bayannur Police", name_zh="巴彦淖尔市公安局", region=province)
    may = ("add_case", "change_case", "view_case", "add_import", "add_document", "add_agency")
    person = make_person(*may, username="officer", regions=[province])
    client.force_login(person)
    return person


def give(client, text="", **fields):
    return client.post(ADDRESS, {"text": text, "published": "2021-10-02", "key": str(uuid.uuid4())} | fields)


def docx(*paragraphs):
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" for text in paragraphs)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{word}"><w:body>{body}</w:body></w:document>')
    return content.getvalue()


def pdf(stream, filters=""):
    """A PDF of one page whose content is `stream`."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 200] /Contents 4 0 R /Resources 5 0 R >>",
        f"<< /Length {len(stream)} {filters} >>\nstream\n".encode() + stream + b"\nendstream",
        b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>",
    ]
    written, offsets = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n".encode() + each + b"\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF"
    return written + end.encode()


def test_a_text_becomes_a_draft_and_no_case(client, officer):
    answer = give(client, TEXT, publisher="巴彦淖尔发布")
    draft = Draft.objects.get()
    assert answer.url == f"{reverse('cases:case-new')}?draft={draft.key}"
    assert draft.typed["when"] == ["2021-09-25"]
    assert draft.typed["raids-0-lines-0-count"] == ["1200"]
    assert draft.typed["raids-0-lines-0-qualifier"] == ["nearly"]
    assert draft.typed["agencies-0-agency"] == ["Bayannur Police"]
    assert draft.typed["figures-0-amount"] == ["6000000"]
    assert draft.typed["sources-0-publisher"] == ["巴彦淖尔发布"]
    assert not Case.objects.exists()


def test_load_places_outcome_and_point_are_filled(client, officer):
    more = "，运行负荷约1200千瓦。捣毁窝点3个（坐标：40.7512，107.3801）。现场已断电查封。"
    give(client, TEXT.replace("。线索", more + "线索"))
    typed = Draft.objects.get().typed
    amounts = {typed[f"figures-{at}-quantity"][0]: typed[f"figures-{at}-amount"] for at in range(2)}
    assert amounts == {"load_kw": ["1200"], "equipment_value": ["6000000"]}
    assert typed["premises"] == ["3"]
    assert typed["outcome_zh"] == ["现场已断电查封"]
    assert (typed["latitude"], typed["longitude"]) == (["40.7512"], ["107.3801"])
    assert typed["location_precision"] == ["site"]


def test_without_a_point_in_the_text_the_middle_of_the_region_is_it(client, officer):
    Region.objects.filter(code="CN-150800").update(latitude=40.74, longitude=107.39)
    give(client, TEXT)
    typed = Draft.objects.get().typed
    assert (typed["latitude"], typed["location_precision"]) == (["40.74"], ["admin2"])


def test_each_value_of_the_form_stands_beside_its_words(client, officer):
    page = client.get(give(client, TEXT).url)
    assert page.context["words"]["raids-0-lines-0-count"].text == "近1200台"
    html = page.content.decode()
    assert '<a href="#id_raids-0-lines-0-count">近1200台</a></mark>' in html
    assert "“近1200台”" in html
    assert page.context["words"]["site_type"].certainty == "inferred"
    assert "inferred" in html


def test_a_bulletin_of_ten_words_fills_in_what_they_say_and_nothing_else(client, officer):
    page = client.get(give(client, "Police in Bayannur seized 12 mining rigs on 25 September.").url)
    typed = Draft.objects.get().typed
    assert (typed["when"], typed["raids-0-lines-0-count"]) == (["2021-09-25"], ["12"])
    assert typed["region"] == ["Bayannur · CN-150800"]
    said = {"when", "region", "raids-0-lines-0-count", "agencies-0-agency", "place"}
    assert page.context["words"].keys() <= said
    assert not Case.objects.exists()


def test_of_figures_that_contradict_each_other_the_draft_keeps_both(client, officer):
    page = client.get(give(client, "9月25日，巴彦淖尔市公安局查获矿机共300台。现场共查扣矿机共320台。").url)
    assert page.context["words"]["raids-0-lines-0-count"].certainty == "doubtful"
    both = Draft.objects.get().typed["raids-0-lines-0-count"] + Draft.objects.get().typed["note_zh"]
    assert all(count in " ".join(both) for count in ("300", "320"))


def test_a_text_with_several_cases_gives_as_many_drafts(client, officer):
    page = client.get(give(client, TWO).url)
    assert Draft.objects.count() == 2
    assert Draft.objects.get(pk=page.context["of_the_same_text"][0].pk).typed["raids-0-lines-0-count"] == ["112"]


def test_saved_the_case_keeps_the_text_as_an_internal_document(client, officer):
    give(client, TEXT, publisher="巴彦淖尔发布")
    draft = Draft.objects.get()
    assert client.post(reverse("cases:case-new"), draft.typed | {"key": str(draft.key)}).status_code == 302
    case = Case.objects.get()
    assert not case.published
    document = case.documents.get()
    assert document.file.read().decode() == TEXT
    assert document.media_type == "text/plain"
    assert not Bulletin.objects.exists()
    client.logout()
    assert client.get(reverse("cases:document-original", args=[case.ref, document.key])).status_code == 302


def test_saved_the_case_keeps_the_file_too(client, officer):
    content = docx(TEXT)
    give(client, file=SimpleUploadedFile("通报.docx", content), publisher="巴彦淖尔发布")
    draft = Draft.objects.get()
    client.post(reverse("cases:case-new"), draft.typed | {"key": str(draft.key)})
    documents = Case.objects.get().documents.order_by("media_type")
    assert [document.file_name for document in documents] == ["通报.docx", "bulletin.txt"]
    assert documents[0].file.read() == content


def test_the_text_stays_until_its_last_draft_is_saved_or_discarded(client, officer):
    give(client, TWO, publisher="巴彦淖尔发布")
    first, second = Draft.objects.order_by("saved_at")
    client.post(reverse("cases:case-new"), first.typed | {"key": str(first.key)})
    assert Bulletin.objects.exists()
    client.post(reverse("cases:draft-discard", args=[second.key]))
    assert not Bulletin.objects.exists()


def test_a_draft_that_is_kept_late_does_not_undo_saving(client, officer):
    give(client, TEXT, publisher="巴彦淖尔发布")
    draft = Draft.objects.get()
    late = Draft.objects.get()
    client.post(reverse("cases:case-new"), draft.typed | {"key": str(draft.key)})
    entry._keep(late, QueryDict("title_zh=x"))
    draft.refresh_from_db()
    assert draft.made == Case.objects.get()
    assert draft.typed == {}


def test_what_is_sent_twice_makes_no_second_draft(client, officer):
    key = str(uuid.uuid4())
    assert give(client, TEXT, key=key).url == give(client, TEXT, key=key).url
    assert Draft.objects.count() == 1
    give(client, TWO, key=key)
    assert Draft.objects.count() == 3


def with_macros(document):
    content = io.BytesIO(document)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"Sub AutoOpen()")
    return content.getvalue()


def test_a_document_with_macros_is_refused(client, officer):
    answer = give(client, file=SimpleUploadedFile("notice.docm", with_macros(docx(TEXT))))
    assert answer.status_code == 400
    assert "notice.docm" in answer.content.decode()
    assert not Draft.objects.exists()


def test_the_scripts_of_a_page_are_not_read(client, officer):
    page = f"<p>{TEXT}</p><script>var rigs = '查获比特币矿机9999台';</script><style>9999</style><p onclick=x>完</p>"
    give(client, file=SimpleUploadedFile("notice.html", page.encode()))
    draft = Draft.objects.get()
    assert "9999" not in draft.bulletin.text
    assert draft.typed["raids-0-lines-0-count"] == ["1200"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notice.docx", docx(TEXT)),
        ("notice.html", f"<html><head><title>x<body><script>1</script><p>{TEXT[:30]}{TEXT[30:]}</p>".encode()),
        ("notice.txt", TEXT.encode("gb18030")),
        ("notice.txt", TEXT.encode("utf-16")),
    ],
)
def test_a_file_is_read_by_its_content(client, officer, name, content):
    assert give(client, file=SimpleUploadedFile(name, content)).status_code == 302
    assert Draft.objects.get().typed["raids-0-lines-0-count"] == ["1200"]


def test_a_pdf_is_read(client, officer):
    stream = b"BT /F1 12 Tf 10 100 Td (On 25 September police in Bayannur seized 1,200 mining machines.) Tj ET"
    assert give(client, file=SimpleUploadedFile("notice.pdf", pdf(stream))).status_code == 302
    assert Draft.objects.get().typed["raids-0-lines-0-count"] == ["1200"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Paste a text"),
        ("Ten words about nothing at all that anybody would raid.", "No case was found"),
        ("Die Polizei hat in einer Halle am Dienstag 50 Rechner beschlagnahmt.", "This language is not read yet"),
        ("好" * 400_000, "larger than 1 MB"),
    ],
)
def test_a_text_without_a_case_is_said_to_be_one_and_stays_in_the_page(client, officer, text, message):
    answer = give(client, text)
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert answer.context["form"]["text"].value() == text
    assert not Draft.objects.exists()
    assert not Bulletin.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("scan.pdf", pdf(b""), "has no text in it"),
        ("bad.pdf", b"%PDF-1.4 nothing", "could not be read"),
        ("bad.docx", docx(TEXT)[:100], "could not be read"),
        ("program.exe", b"MZ\x00\x01" * 20, "is no PDF"),
        ("empty.txt", b"", "has no text in it"),
    ],
    ids=["scan", "broken PDF", "broken DOCX", "program", "empty"],  # a DOCX holds the second in which it was made
)
def test_a_file_without_text_is_refused_and_named(client, officer, name, content, message):
    answer = give(client, file=SimpleUploadedFile(name, content))
    assert answer.status_code == 400
    assert message in answer.content.decode()
    assert name in answer.content.decode()


def test_a_pdf_that_unpacks_without_end_is_ended(client, officer):
    packed = zlib.compress(b"BT (x) Tj ET " * 40_000_000, 9)
    bomb = pdf(packed, "/Filter /FlateDecode")
    assert len(bomb) < 2_000_000
    assert "could not be read" in give(client, file=SimpleUploadedFile("bomb.pdf", bomb)).content.decode()


def test_a_request_over_the_limit_is_refused_before_it_is_read(client, officer):
    answer = client.post(ADDRESS, {}, CONTENT_LENGTH="90000000")
    assert answer.status_code == 413


def test_who_may_not_record_cases_is_not_let_in(client):
    assert client.get(ADDRESS).status_code == 302
    client.force_login(make_person("view_case", username="reader"))
    assert client.get(ADDRESS).status_code == 403
    assert client.post(ADDRESS, {"text": TEXT}).status_code == 403


def test_a_colleague_sees_neither_the_draft_nor_the_text(client, officer):
    theirs = make_bulletin(text="secret words")
    draft = make_draft(by=theirs.by, bulletin=theirs)
    assert client.get(reverse("cases:case-new"), {"draft": str(draft.key)}).status_code == 404


def test_the_way_in_stands_where_cases_come_in(client, officer):
    for name in ("cases:case-new", "cases:import"):
        assert ADDRESS in client.get(reverse(name)).content.decode(), name
