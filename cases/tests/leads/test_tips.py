"""A report of the public: what is stored of it, what is refused, and what its sender can ask."""

import io
import json
import os
import threading
import time
from unittest import mock
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.utils.timezone import localdate
from PIL import Image

from cases.leads import handling, keys, limits, opening, proof, receipts, sending
from cases.models import Lead, Tip, TipPart
from regions import places
from regions.tests.builders import make_boundary, make_person, make_region

from . import sender

pytestmark = pytest.mark.django_db


@pytest.fixture
def mongolia():
    places.forget()
    return make_region(code="CN-NM", name_en="Inner Mongolia", name_zh="内蒙古")


def only_tip():
    return opening.opened_tip(Lead.objects.get())


def everything_stored():
    """All that the tables of leads hold, as text and bytes."""
    found = b""
    with connection.cursor() as cursor:
        for table in ("lead", "leadevent", "leadstep", "tip", "tippart"):
            cursor.execute(f"SELECT * FROM cases_{table}")  # noqa: S608
            for row in cursor.fetchall():
                found += b"".join(bytes(cell) if isinstance(cell, memoryview) else str(cell).encode() for cell in row)
        cursor.execute("SELECT metadata::text FROM pghistory_context")
        found += "".join(text for (text,) in cursor.fetchall()).encode()
    return found


def test_a_tip_is_stored_sealed_and_read_by_the_office(mongolia):
    answer = sender.send(
        text="风扇日夜轰鸣",
        region="内蒙古",
        where="Warehouse 7",
        contact="wechat abc",
        since="May",
        point="40.743, 107.388",
    )
    assert answer.status_code == 200
    lead, tip = Lead.objects.get(), only_tip()
    assert (lead.kind, lead.about, lead.region, lead.arrived_on) == ("tip", "enterprise", mongolia, localdate())
    assert (tip.text, tip.where, tip.contact, tip.since) == ("风扇日夜轰鸣", "Warehouse 7", "wechat abc", "May")
    assert tip.point == (40.743, 107.388)
    stored = everything_stored()
    for secret in ("风扇日夜轰鸣", "Warehouse", "wechat", "107.388", sender.receipt_in(answer)):
        assert secret.encode() not in stored


def test_the_receipt_is_long_shown_once_and_leads_to_the_state_and_the_answer(mongolia):
    receipt = sender.receipt_in(sender.send(region="CN-NM"))
    assert len(receipts.typed(receipt)) * 4.7548 >= 112  # log2(27) bits a letter
    officer = make_person("work_on_leads", regions=[mongolia])
    lead = Lead.objects.get()
    handling.answer_sender(lead, "Which door?", by=officer)
    handling.change_state(lead, "checking", by=officer)
    for written in (receipt, receipt.upper(), receipt.replace("-", " "), receipt.replace("-", "")):
        page = Client().post("/tips/status/", {"receipt": written}).content.decode()
        assert "Being checked" in page
        assert "Which door?" in page
    assert b"Which door?" not in everything_stored()
    assert receipt not in Client().get("/tips/status/").content.decode()


def test_the_sender_adds_something_and_the_office_reads_it():
    receipt = sender.receipt_in(sender.send())
    page = Client().post("/tips/status/", {"receipt": receipt, "more": "The blue door"})
    assert "Added to your report" in page.content.decode()
    assert [(part.kind, part.text) for part in only_tip().parts] == [("more", "The blue door")]
    with mock.patch.object(sending, "MOST_PARTS", 1):
        assert Client().post("/tips/status/", {"receipt": receipt, "more": "x"}).status_code == 400


def test_a_photo_is_stored_without_what_the_camera_wrote():
    original = sender.jpeg_with_place()
    assert sender.tells_where(original.read())
    original.seek(0)
    assert sender.send(photos=[original]).status_code == 200
    lead = Lead.objects.get()
    [key] = only_tip().photos
    photo = opening.opened_photo(lead, key)
    assert Image.open(io.BytesIO(photo)).size == (640, 480)
    assert not sender.tells_where(photo)


def test_a_large_photo_touches_no_disk():
    noise = Image.frombytes("RGB", (1600, 1600), os.urandom(1600 * 1600 * 3))
    written = io.BytesIO()
    noise.save(written, "JPEG", quality=95)
    assert len(written.getvalue()) > 2_621_440, "what Django would write to a file"
    large = SimpleUploadedFile("large.jpg", written.getvalue(), "image/jpeg")
    with mock.patch("tempfile.NamedTemporaryFile", side_effect=AssertionError("a file")):
        assert sender.send(photos=[large]).status_code == 200
    assert TipPart.objects.count() == 1


# Bad input


@pytest.mark.parametrize(
    ("sent", "status", "told"),
    [
        ({"text": ""}, 400, "required"),
        ({"text": "x" * 1_000_000}, 400, "at most 10000"),
        ({"text": "x" * 3_000_000}, 413, "too long"),
        ({"text": "a\0b"}, 400, "cannot be stored"),
        ({"token": "forged"}, 400, "open for too long"),
        ({"proof": ""}, 400, "sum"),
        ({"proof": "bm9uc2Vuc2U="}, 400, "sum"),
        ({"website": "https://buy.example"}, 400, "not sent"),
        ({"about": "nonsense"}, 400, "valid choice"),
        ({"region": "Nowhereland"}, 400, "was not found"),
        ({"point": "north"}, 400, "comma"),
        ({"point": "95, 10"}, 400, "Must be from"),
    ],
)
def test_bad_input_is_refused_with_its_reason_and_stores_nothing(sent, status, told):
    answer = sender.send(**sent)
    assert answer.status_code == status
    assert told in answer.content.decode()
    assert not Lead.objects.exists()


def test_script_and_links_in_a_text_are_shown_harmless(mongolia):
    sender.send(text="<script>alert(1)</script> javascript:x https://evil.example/", region="CN-NM")
    client = Client()
    client.force_login(make_person("work_on_leads", regions=[mongolia]))
    page = client.get(Lead.objects.get().get_absolute_url()).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "evil.example" in page
    assert 'href="https://evil' not in page


@pytest.mark.parametrize("count", [6, 19, 50])
def test_too_many_photos_are_refused(count):
    photos = [sender.jpeg_with_place((8, 8), f"{number}.jpg") for number in range(count)]
    answer = sender.send(photos=photos)
    assert answer.status_code == 400
    assert "at most 5 photos" in answer.content.decode()
    assert not Lead.objects.exists()


def test_a_photo_bomb_and_what_is_no_photo_are_refused():
    bomb = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(bomb, "PNG")
    for name, content in (
        ("bomb.png", bomb.getvalue()),
        ("page.jpg", b"<html><script>x</script></html>"),
        ("broken.jpg", sender.jpeg_with_place().read()[:300]),
        ("paper.pdf", b"%PDF-1.7 nothing"),
    ):
        answer = sender.send(photos=[SimpleUploadedFile(name, content)])
        assert answer.status_code == 400, name
        assert name in answer.content.decode()
    assert not Lead.objects.exists()


def test_more_than_the_limit_is_refused():
    large = SimpleUploadedFile("large.jpg", b"\xff\xd8\xff" + bytes(sending.MOST_BYTES + 1))
    answer = sender.send(photos=[large])
    assert answer.status_code == 413
    assert not Lead.objects.exists()


def test_a_form_that_is_sent_twice_is_one_tip_with_one_receipt():
    client = Client()
    typed = {"about": "power", "text": "Cables"} | sender.form_of(client)
    first, second = client.post("/tips/new/", typed), client.post("/tips/new/", typed)
    assert sender.receipt_in(first) == sender.receipt_in(second) is not None
    assert (Lead.objects.count(), Tip.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_twice_at_once_is_one_tip():
    typed = {"about": "power", "text": "Cables"} | sender.form_of(Client())
    begin, found = threading.Barrier(4), []

    def press():
        begin.wait()
        try:
            found.append(sender.receipt_in(Client().post("/tips/new/", typed)))
        finally:
            connections.close_all()

    pressed = [threading.Thread(target=press) for _time in range(4)]
    for thread in pressed:
        thread.start()
    for thread in pressed:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert found[0]
    assert (Lead.objects.count(), Tip.objects.count()) == (1, 1)


def test_the_same_text_from_another_form_is_received_once():
    sender.send(text="Fans  day and night")
    again = sender.send(text="fans day and night")
    assert again.status_code == 400
    assert "It was received" in again.content.decode()
    assert Lead.objects.count() == 1


def test_the_answer_to_one_form_opens_no_other():
    client = Client()
    first, second = sender.form_of(client), sender.form_of(client)
    answer = client.post(
        "/tips/new/", {"about": "other", "text": "x", "token": first["token"], "proof": second["proof"]}
    )
    assert answer.status_code == 400
    assert not Lead.objects.exists()


def test_who_has_no_script_adds_two_numbers_and_shares_a_smaller_limit():
    statuses = []
    for number in range(4):
        client = Client()
        form = sender.form_of(client)
        nonce = proof.nonce_of(form["token"])
        wrong = client.post("/tips/new/", {"about": "other", "text": f"x {number}", "token": form["token"], "sum": "3"})
        assert wrong.status_code == 400
        typed = {"about": "other", "text": f"x {number}", "token": form["token"], "sum": str(sum(proof.sum_of(nonce)))}
        statuses.append(client.post("/tips/new/", typed).status_code)
    assert statuses == [200, 200, 200, 400]


def test_a_place_outside_every_region_waits_for_who_works_everywhere(mongolia):
    make_boundary(mongolia)  # one degree by one degree at 0, 0
    places.forget()
    sender.send(text="inside", point="0.5, 0.5")
    sender.send(text="at sea", point="-40, -120")
    regions = {opening.opened_tip(lead).text: lead.region for lead in Lead.objects.all()}
    assert regions == {"inside": mongolia, "at sea": None}
    officer, registrar = make_person("work_on_leads", regions=[mongolia]), make_person("work_on_leads", everywhere=True)
    assert Lead.objects.visible_to(officer).count() == 1
    assert Lead.objects.visible_to(registrar).count() == 2
    places.forget()


def test_a_wrong_receipt_a_thousand_times_is_refused():
    sender.send()
    client = Client()  # one for all: each loads the whole middleware
    statuses = [client.post("/tips/status/", {"receipt": f"wrong {number}"}).status_code for number in range(1_000)]
    assert statuses[:30] == [404] * 30
    assert set(statuses[30:]) == {429}
    # Another address is not kept out by that.
    other = Client(REMOTE_ADDR="203.0.113.9")
    assert other.post("/tips/status/", {"receipt": "wrong"}).status_code == 404


def test_a_flood_from_many_addresses_gets_the_short_page_and_a_person_the_form():
    """What costs is the form. Who opened it here gets it back, with all that was written, in a flood too."""
    client = Client()

    def post(number, **data):
        return client.post("/tips/new/", data, REMOTE_ADDR=f"203.0.{number // 200}.{number % 200 + 1}")

    junk = [post(number, text="buy now", token="made up") for number in range(40)]
    assert [answer.status_code for answer in junk] == [400] * 20 + [429] * 20
    assert len(junk[-1].content) < len(junk[0].content) / 4
    assert Lead.objects.count() == 0
    # Nothing is made of more of them; forms of ours come through, in parts and urlencoded, and so do receipts.
    with mock.patch("cases.views.leads.public._unreadable") as reading:
        assert post(41, text="buy now", token="made up").status_code == 429
    reading.assert_not_called()
    person = sender.form_of(client) | {"text": "A warehouse hums at night.", "kind": "no such kind"}
    for answer in (
        post(1_000, **person),
        client.post("/tips/new/", urlencode(person), "application/x-www-form-urlencoded"),
    ):
        assert answer.status_code == 400
        assert "A warehouse hums at night." in answer.content.decode()
    assert client.post("/tips/status/", {"receipt": "wrong"}).status_code == 404
    # One token, sent again and again, is a robot's as well.
    form = sender.form_of(client)
    assert {post(number, **form).status_code for number in range(2_000, 2_020)} == {400}
    assert post(2_020, **form).status_code == 429


def test_without_a_key_no_tip_is_taken(settings, tmp_path):
    settings.TIP_KEY = tmp_path / "none"
    for answer in (Client().get("/tips/new/"), Client().post("/tips/new/", {"text": "x"})):
        assert answer.status_code == 503
        assert "not taken" in answer.content.decode()


def test_the_limits_forget_who_it_was():
    address = "198.51.100.77"
    before = limits.sender_of(address)
    assert before == limits.sender_of(address) != limits.sender_of("198.51.100.78")
    assert limits.allows("post", before, 60, 20_000)
    for secret in (address.encode(), before):
        assert secret not in bytes(limits.of_the_hour.memory)
    limits.begin_anew()
    assert limits.sender_of(address) != before
    assert limits.sender_of("2001:db8::1") == limits.sender_of("2001:db8::ffff") != limits.sender_of("2001:db8:0:1::1")


def test_an_hour_later_the_salt_is_another():
    before = limits.sender_of("198.51.100.77")
    assert limits.allows("post", before, 1, 9)
    assert not limits.allows("post", before, 1, 9)
    with mock.patch("time.monotonic", return_value=time.monotonic() + limits.HOUR + 1):
        assert limits.sender_of("198.51.100.77") != before
        assert limits.allows("post", before, 1, 9), "nothing of the hour before is left"


def test_processes_count_together():
    """The processes of the server are forked from one: what one of them counts, the others know."""
    sender_ = limits.sender_of("198.51.100.77")
    assert limits.allows("post", sender_, 3, 9)
    child = os.fork()
    if not child:
        os._exit(0 if limits.sender_of("198.51.100.77") == sender_ and limits.allows("post", sender_, 3, 9) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert limits.allows("post", sender_, 3, 9)
    assert not limits.allows("post", sender_, 3, 9)


def test_many_senders_are_told_apart():
    """20,000 others, as many as are let in within an hour, take nobody's place: at most a few of a thousand meet."""
    for number in range(20_000):
        limits.allows("post", number.to_bytes(8), 60, 100_000)
    new = [limits.allows("post", number.to_bytes(8), 1, 100_000) for number in range(50_000, 51_000)]
    assert new.count(False) < 120
    assert all(limits.allows("post", number.to_bytes(8), 60, 100_000) for number in range(60_000, 61_000))


def test_a_process_with_the_public_key_alone_takes_tips_and_reads_none(settings, tmp_path):
    settings.TIP_SECRET = tmp_path / "elsewhere"
    assert sender.receipt_in(sender.send(text="hidden"))
    assert only_tip().is_closed
    assert only_tip().text == ""
    assert json.dumps(only_tip().__dict__, default=str).find("hidden") == -1
    settings.TIP_SECRET = tmp_path / "secret"
    assert only_tip().text == "hidden"


def test_with_a_wrong_key_nothing_is_shown_and_nothing_is_lost(settings, tmp_path, mongolia):
    sender.send(text="hush-hush", region="CN-NM", photos=[sender.jpeg_with_place((8, 8))])
    [photo] = only_tip().photos
    settings.TIP_KEY, settings.TIP_SECRET = tmp_path / "other-public", tmp_path / "other-secret"
    keys.make_keys()
    client = Client()
    client.force_login(make_person("work_on_leads", regions=[mongolia]))
    lead = Lead.objects.get()
    page = client.get(lead.get_absolute_url()).content.decode()
    assert "the key that opens it is not on this server" in page
    assert "hush-hush" not in page
    assert client.get(f"{lead.get_absolute_url()}photos/{photo}").status_code == 404
    assert client.get("/leads/").status_code == 200
    settings.TIP_KEY, settings.TIP_SECRET = tmp_path / "public", tmp_path / "secret"
    assert only_tip().text == "hush-hush"


def test_the_map_of_the_form_is_a_script_of_ours():
    """A script, and not a question of one: the policy of these pages allows nothing else."""
    square = {"type": "Polygon", "coordinates": [[[0, 0], [9, 0], [9, 9], [0, 0]]]}
    china = make_region(code="CN", name_en="China")
    below = make_region(code="CN-NM", name_en="Inner Mongolia", parent=china)
    for region in (china, below):
        make_boundary(region=region, geometry=square)
    for address, code in (("/tips/shapes.js", "CN"), ("/tips/shapes/CN.js", "CN-NM")):
        answer = Client().get(address)
        assert answer["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
        begin, _space, rest = answer.content.decode().partition("{")
        assert begin == "export default "
        shapes = json.loads("{" + rest.removesuffix(";"))
        assert [feature["properties"]["code"] for feature in shapes["features"]] == [code]
    assert Client().get("/tips/shapes/XX.js").status_code == 404


def test_a_photo_of_a_tip_is_seen_by_who_works_on_its_lead_alone(mongolia):
    """By its real address, which nothing but the page of the lead tells."""
    sender.send(region="CN-NM", photos=[sender.jpeg_with_place()])
    lead = Lead.objects.get()
    [key] = only_tip().photos
    address = f"{lead.get_absolute_url()}photos/{key}"
    officer = make_person("work_on_leads", username="officer", regions=[mongolia])
    neighbour = make_person("work_on_leads", username="neighbour", regions=[make_region(code="MY-13")])
    reader = make_person("view_case", username="reader", regions=[mongolia])

    def answered(person):
        client = Client()
        if person:
            client.force_login(person)
        return client.get(address).status_code

    assert [answered(person) for person in (officer, neighbour, reader, None)] == [200, 404, 403, 302]
    with mock.patch.object(type(Lead.objects), "visible_to", lambda leads, user: leads):
        assert answered(neighbour) == 200, "it is this rule that keeps it"
