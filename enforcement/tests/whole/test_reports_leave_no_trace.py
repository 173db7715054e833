"""Below /tips/ nothing is kept of who sends: in no log, also at DEBUG, in no database, on no disk, in no cookie."""

import io
import logging
import tempfile
from unittest import mock

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.test import Client

from cases.leads import limits
from cases.models import Lead, TipPart
from cases.tests.leads import sender
from cases.views.leads import public
from enforcement import roles
from enforcement.middleware import know_nothing_of_who_reports
from regions.tests.builders import make_person, make_region

pytestmark = pytest.mark.django_db

ADDRESS, AGENT, COOKIE, REFERER = "203.0.113.77", "TraceableAgent/9.9", "traceable-cookie", "https://my-blog.example/"
TELLING = {
    "REMOTE_ADDR": ADDRESS, "HTTP_X_FORWARDED_FOR": ADDRESS, "HTTP_USER_AGENT": AGENT, "HTTP_REFERER": REFERER,
    "HTTP_X_REAL_IP": ADDRESS, "HTTP_SEC_CH_UA": AGENT, "HTTP_ORIGIN": "https://my-blog.example",
}  # fmt: skip
TRACES = [ADDRESS, AGENT, COOKIE, "my-blog.example", sender.CAMERA, "107.388", "(107.0, 23.0, 17.0)"]

# What GlobaLeaks sends with its pages, or stricter.
HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noarchive",
}
CSP = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "form-action 'self'",
    "base-uri 'none'", "frame-ancestors 'none'",
}  # fmt: skip
FORBIDDEN = {"camera", "microphone", "geolocation", "accelerometer", "gyroscope", "usb", "serial", "display-capture"}


@pytest.fixture
def everything_logged(settings, tmp_path, monkeypatch):
    """All that is logged, at DEBUG, with every field of each record; tips are taken, and temporary files lie apart."""
    (tmp_path / "keys").mkdir()
    sender.begin(settings, tmp_path / "keys")
    limits.begin_anew()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    written = io.StringIO()

    class Everything(logging.StreamHandler):
        def format(self, record):
            request = getattr(record, "request", None)
            seen = (request.META, request.COOKIES) if request is not None else ()
            return f"{super().format(record)} {record.__dict__} {seen}"

    handler, loggers = Everything(written), [logging.getLogger(), logging.getLogger("django")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    connections["default"].force_debug_cursor = True
    yield written
    connections["default"].force_debug_cursor = False
    loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def all_of_the_database():
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def all_files(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file()).decode("latin-1")


def someone(**more):
    client = Client(raise_request_exception=False, **TELLING, **more)
    client.cookies["sessionid"] = client.cookies["csrftoken"] = client.cookies["visits"] = COOKIE
    return client


def answers():
    """Every kind of answer below /tips/: taken, refused, broken, not there, in another language."""
    client = someone()
    found = [client.get("/tips/new/"), client.get("/tips/new/?lang=zh-hans"), client.get("/tips/nothing/")]
    photo = sender.jpeg_with_place()
    assert sender.tells_where(photo.read())
    photo.seek(0)
    taken = sender.send(client, photos=[photo], text="Fans", point="40.743, 107.388")
    receipt = sender.receipt_in(taken)
    found += [taken, sender.send(client, text="")]
    for typed in ({"receipt": "wrong"}, {"receipt": receipt}, {"receipt": receipt, "more": "More"}):
        found.append(client.post("/tips/status/", typed))
    with mock.patch("cases.leads.sending.send", side_effect=RuntimeError("broken")):
        found.append(sender.send(client, text="Another"))
    found.append(client.delete("/tips/new/"))
    return found


def test_no_trace_is_left(everything_logged, tmp_path, settings):
    found = answers()
    assert [answer.status_code for answer in found] == [200, 200, 404, 200, 400, 404, 200, 200, 500, 405]
    assert Lead.objects.count() == 1
    assert TipPart.objects.count() == 2
    log, database, files = everything_logged.getvalue(), all_of_the_database(), all_files(tmp_path)
    assert "INSERT INTO" in log, "the log is not at DEBUG"
    assert "/tips/new/" in log
    for trace in TRACES:
        assert trace not in log, trace
        assert trace not in database, trace
        assert trace not in files, trace
    assert not list((tmp_path / "temporary").iterdir())
    documents = settings.DATA_DIR / "documents"
    assert not documents.exists() or ADDRESS not in all_files(documents)


def test_the_trial_finds_what_another_page_keeps(everything_logged):
    """Were the rule not there, it would be seen: a page that is no report tells its log who asked."""
    someone().get("/cases/nothing-there/")
    assert ADDRESS in everything_logged.getvalue()
    assert COOKIE in everything_logged.getvalue()


def test_somebody_who_is_logged_in_is_not_known_there_either(everything_logged):
    roles.sync()
    person = make_person(username="known-officer", regions=[make_region()])
    person.groups.add(Group.objects.get(name="Case officer"))
    client = someone()
    client.force_login(person)
    page = sender.send(client, text="From the office itself")
    assert page.status_code == 200
    assert "known-officer" not in page.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pghistory_context")
        assert cursor.fetchone() == (0,)


def test_no_time_is_stored_but_the_day():
    """No column of what a sender makes is a time, and their keys say none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_name IN"
            " ('cases_lead', 'cases_tip', 'cases_tippart')"
            " AND (data_type LIKE 'time%' OR column_default LIKE '%moment%')"
        )
        assert cursor.fetchall() == []


@pytest.mark.parametrize("name", [*HEADERS, "Content-Security-Policy", "Permissions-Policy", "Set-Cookie", "ETag"])
def test_the_headers_are_strict_on_every_answer(everything_logged, name):
    for answer in answers():
        if name == "Content-Security-Policy":
            assert set(answer[name].split("; ")) == CSP
        elif name == "Permissions-Policy":
            assert {f"{feature}=()" for feature in FORBIDDEN} <= set(answer[name].split(", "))
        elif name in HEADERS:
            assert answer[name] == HEADERS[name]
        else:
            assert name not in answer
        assert not answer.cookies


@pytest.mark.parametrize(("address", "told"), [("/tips/new/", "Too many"), ("/tips/status/?lang=zh-hans", "举报过多")])
def test_a_flood_is_refused_before_anything_is_made_of_it(rf, everything_logged, address, told):
    """No session, no form, no template, and the body is not read: what lies behind the middleware is not asked."""

    class Unread(io.BytesIO):
        def read(self, *args):
            raise AssertionError("the body was read")

    behind = mock.Mock(side_effect=AssertionError("it went on"))
    refuse = know_nothing_of_who_reports(behind)

    def flood():
        request = rf.post(address, {"text": "junk"})
        request._stream = Unread()
        return refuse(request)

    for _number in range(public.POSTS[0]):
        limits.allows("post", limits.sender_of("127.0.0.1"), *public.POSTS)
    first = flood()
    assert (first.status_code, told in first.content.decode()) == (429, True)
    assert first["Content-Security-Policy"].startswith("default-src 'none'")
    with mock.patch("django.template.base.Template.render", side_effect=AssertionError("a template was made")):
        assert flood().content == first.content
    behind.assert_not_called()
    # Who only looks is still let in; who looks too often is not.
    with pytest.raises(AssertionError, match="it went on"):
        refuse(rf.get(address))


def test_a_flood_does_not_fill_the_log(everything_logged, caplog):
    for _number in range(public.POSTS[0]):
        limits.allows("post", limits.sender_of("127.0.0.1"), *public.POSTS)
    caplog.clear()
    assert Client().post("/tips/new/", {"text": "junk"}).status_code == 429
    assert caplog.text == ""
