"""What an attacker or a careless machine sends, and every address that it can be sent to."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import quote

from django.apps import apps
from django.http import QueryDict
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern

from cases.api.urls import router
from regions.models import SavingsClaim


class Raw(str):
    """A text that is sent as it stands: it is encoded already, or wrongly."""


TEXTS = [
    # bytes and characters that no column holds
    "\0", "a\0b", Raw("%00"), Raw("a%00b"), "\ud800", "a\udfffb", Raw("%ed%a0%80"), Raw("%ff"), Raw("%c0%80"), Raw("%"),
    Raw("%zz"), Raw("%u0000"), "\x01", "\x7f", "\r\nSet-Cookie: a=b", "\u2028", "\ufeff", "\ufffd", "\u202egpj.exe",
    "a\u200bb", "\U0010ffff", "e\u0301" * 200, "👩‍👩‍👧",
    # numbers
    "-1", "0", "-0", "1", "2", "999999999", str(2**31), str(2**63 - 1), str(2**63), str(-(2**63) - 1), str(10**30),
    "9" * 5000, "1e400", "1e-400", "NaN", "nan", "inf", "-inf", "1_000", "0x10", "1.5", "1,5", "40,8", "111.7", "211.7",
    "+1", " 1", "１２００", "٣٤", "३४", "三万六千", "1.01万", "几百", "10-20", ">500", "½", "²", "True",
    # days
    "2021-02-31", "0000-00-00", "9999-12-31", "10000-01-01", "-0001-01-01", "2021-13", "20260101", "01/02/2026",
    "45000", "2021-09-25T25:61:61Z", "1970-01-01T00:00:00+99:99", "2021年1月1日", "0001-01-01",
    # keys
    "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "g" * 36, "null", "None",
    "undefined", "at-9999999999999999", "at-nan", "at--1", "at-0", "pk", "__all__",
    # code
    "' OR 1=1 --", "'; DROP TABLE cases_case; --", '"', "\\", "\\x00", "%s%s%n", "%(x)s", "{0.__class__}", "{{ 7*7 }}",
    "{% debug %}", "<script>alert(1)</script>", "<!--", "]]>", "javascript:alert(1)", "=cmd|' /C calc'!A0",
    "$(reboot)", "`id`", "(a+)+$", "a" * 60 + "!", "*", "()", "[", "a & b | !", ":*", "&&&",
    # paths
    "../../etc/passwd", "..", ".", "/", "//evil.example/", "https://evil.example/", "..%2f..%2f", "CON", "a/b", "a\\b",
    "?a=b", "#", ";",
    # shapes
    "", " ", "[]", "{}", "[1]", '{"a": 1}', ",", ",,,,", "a,b", "1,2,3,4", "110,0,115,5", "nan,nan,nan,nan",
    "-inf,0,inf,1", "1" * 400 + ",0,1,1", "x" * 256, "x" * 8192, "é" * 300, "a " * 2000, "CN", "CN-NM", "-occurred_on",
    "csv", "zh-hans", "y", "on", "save", "delete_selected",
]  # fmt: skip

QUERIES = [
    "a[]=1&a[]=2", "a[b][c]=1", "=", "&&&", "a", "%00=1", "%ed%a0%80=1", "%=%", "a=1;b=2", "page=1&page=2",
    "q=" + "x" * 9000, "&".join(f"a{number}=1" for number in range(1100)), "format=json", "cursor=bnVsbA==",
    "csrfmiddlewaretoken=x", "next=//evil.example", "_method=DELETE", "__proto__=1", "e=1", "_popup=1&_to_field=x",
    "_changelist_filters=%00", "id__exact=abc", "pk=abc", "id__in=1,abc", "id__gte=1e400", "id__isnull=maybe",
    "o=1.2.3.-9", "o=abc", "p=-1", "p=9" * 3, "all=", "password__startswith=a", "app_label=cases",
    "app_label=cases&model_name=raid&field_name=case&term=a", "app_label=cases&model_name=raid&field_name=case&page=0",
    "app_label=x&model_name=y&field_name=z&term=%ff", "app_label=cases&model_name=case&field_name=ref&term=a",
    "app_label=cases&model_name=raid&field_name=pk",
]  # fmt: skip

DEEP = "[" * 5000 + "]" * 5000
BOUNDARY = "XxXx"


def part(head, value=b"x"):
    return b"--XxXx\r\n" + head + b"\r\n\r\n" + value + b"\r\n--XxXx--\r\n"


BODIES = [
    ("application/json", DEEP.encode()),
    ("application/json", b'{"a":' * 5000 + b"1" + b"}" * 5000),
    ("application/json", b'{"ref": 1, "ref": 2}'),
    ("application/json", b"\xef\xbb\xbf{}"),
    ("application/json", b"\xff\xfe{\0}\0"),
    ("application/json", '{"ref": "中"}'.encode("gb18030")),
    ("application/json", b'{"ref": "\\u0000"}'),
    ("application/json", b'{"ref": "\\ud800"}'),
    ("application/json", b"NaN"),
    ("application/json", b"9" * 5000),
    ("application/json", b"null"),
    ("application/json", b""),
    ("application/json; charset=nonsense", b"{}"),
    ("application/x-www-form-urlencoded; charset=nonsense", b"a=1"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"a=1"),
    ("application/x-www-form-urlencoded", b"\xff\xfe=\xff"),
    ("application/x-www-form-urlencoded", b"a=1&" * 1100),
    ("application/x-www-form-urlencoded", b"%00=%00"),
    ("application/x-www-form-urlencoded", b"a=" + b"x" * 3_000_000),
    ("multipart/form-data", b"a=1"),
    ("multipart/form-data; boundary=", b"a"),
    ("multipart/form-data; boundary=" + "x" * 300, b"a"),
    ("multipart/form-data; boundary=\xe9", b"a"),
    ("multipart/form-data; boundary=XxXx", b""),
    ("multipart/form-data; boundary=XxXx", b"--XxXx\r\n"),
    ("multipart/form-data; boundary=XxXx", part(b'Content-Disposition: form-data; name="\0"')),
    ("multipart/form-data; boundary=XxXx", part(b'Content-Disposition: form-data; name="reason"', b"a\0b")),
    ("multipart/form-data; boundary=XxXx", part(b'Content-Disposition: form-data; name="files"; filename="../\0x"')),
    ("multipart/form-data; boundary=XxXx", part(b'Content-Disposition: form-data; name="file"; filename="a.csv"')),
    ("multipart/form-data; boundary=XxXx", part(b'Content-Disposition: form-data; name="file"; filename=".xlsx"')),
    (
        "multipart/form-data; boundary=XxXx",
        part(
            b'Content-Disposition: form-data; name="file"; filename="c.csv"',
            "ref,title_en\r\na\0b,\ud800\r\n".encode(errors="surrogatepass"),
        ),
    ),
    (
        "multipart/form-data; boundary=XxXx",
        part(b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64', b"!!!"),
    ),
    ("text/plain", b"\0"),
    ("", b"a=1"),
    ("\xff/\xff", b"a=1"),
    ("a/b; c=d; " * 100, b"a=1"),
    ("application/xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
]

HEADERS = [
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": value}
    for value in ("checks", "results", "insights", "state", "\0", "\xff", "x" * 8000, "../x", "")
] + [
    {"HTTP_ACCEPT_LANGUAGE": value}
    for value in ("zh-CN", "*", "\0", "xx" * 4000, "en;q=nan", "zh-\xff", ",,,", "../../etc", "en-" + "a-" * 200)
] + [
    {"HTTP_IF_NONE_MATCH": "\0"}, {"HTTP_IF_NONE_MATCH": '"' * 500}, {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_IF_MODIFIED_SINCE": "Thu, 99 Foo 99999 99:99:99 GMT"}, {"HTTP_IF_MODIFIED_SINCE": "9" * 500},
    {"HTTP_IF_MODIFIED_SINCE": "Sat, 31 Feb 2021 25:00:00 GMT"}, {"HTTP_IF_UNMODIFIED_SINCE": "0"},
    {"HTTP_RANGE": "bytes=0-0,-1,99999999999999999999-"}, {"HTTP_RANGE": "bytes=-"},
    {"HTTP_ACCEPT": "\xff"}, {"HTTP_ACCEPT": "a/b;" * 1000}, {"HTTP_ACCEPT": "application/xml"},
    {"HTTP_ACCEPT": "text/html"}, {"HTTP_ACCEPT": "application/json; indent=99999999999"},
    {"HTTP_ACCEPT_ENCODING": "gzip;q=x"}, {"HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE"},
    {"HTTP_X_FORWARDED_FOR": "\0"}, {"HTTP_X_FORWARDED_FOR": "999.1.1.1,;,"}, {"HTTP_HOST": "evil.example"},
    {"HTTP_HOST": "\xff"}, {"HTTP_HOST": "localhost:99999"}, {"HTTP_REFERER": "\0"}, {"HTTP_REFERER": "http://[::1"},
    {"HTTP_USER_AGENT": "\0" * 300}, {"HTTP_USER_AGENT": "x" * 8000}, {"HTTP_ORIGIN": "http://[" },
    {"HTTP_AUTHORIZATION": "Token"}, {"HTTP_AUTHORIZATION": "Token \0"}, {"HTTP_AUTHORIZATION": "Token a b"},
    {"HTTP_AUTHORIZATION": "Token \xff"}, {"HTTP_AUTHORIZATION": "Basic !!!"}, {"HTTP_AUTHORIZATION": "x" * 8000},
    {"HTTP_COOKIE": 'sessionid="\\000aaaaaaaaaaaa"'}, {"HTTP_COOKIE": "sessionid=" + "x" * 4000},
    {"HTTP_COOKIE": "sessionid=aaaaaaaaaaaa\0"}, {"HTTP_COOKIE": "csrftoken=\0; messages=\0; django_language=\0"},
    {"HTTP_COOKIE": "django_language=../../x"}, {"HTTP_COOKIE": "messages=[[" + "[" * 3000},
    {"HTTP_COOKIE": "\xff=\xff; =; ;;;"}, {"HTTP_X_CSRFTOKEN": "\0"},
    {"CONTENT_LENGTH": "abc"}, {"CONTENT_LENGTH": "-1"}, {"CONTENT_LENGTH": "0"}, {"CONTENT_LENGTH": str(10**30)},
    {"CONTENT_LENGTH": "1"}, {"HTTP_TRANSFER_ENCODING": "chunked"}, {"HTTP_HX_CURRENT_URL": "http://[::1\0"},
    {"HTTP_HX_BOOSTED": "true", "HTTP_HX_REQUEST": "true"}, {"HTTP_HX_TRIGGERING_EVENT": DEEP},
]  # fmt: skip

METHODS = ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "FOO"]


# Addresses

MODELS = {model._meta.model_name: model for model in apps.get_models()} | {"savings": SavingsClaim}


def routes(resolver=None, before=""):
    """Every address of the resolver as a text with {name} for each argument."""
    for pattern in (resolver or get_resolver()).url_patterns:
        text = before + _text_of(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield text
        else:
            yield from routes(pattern, text)


def _text_of(pattern):
    text = str(pattern)
    if isinstance(pattern, RegexPattern):
        text = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", text)
        return text.removeprefix("^").removesuffix(r"\Z").removesuffix("$").replace("\\", "").replace("/?", "/")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", text)


def names_in(route):
    return re.findall(r"{(\w+)}", route)


def address(route, arguments):
    """The address with these arguments, encoded."""
    return "/" + re.sub(r"{(\w+)}", lambda match: encoded(str(arguments[match[1]]), arguments[match[1]]), route)


def encoded(text, original=""):
    return text if isinstance(original, Raw) else quote(text, safe="", errors="surrogatepass")


def pairs(fields):
    """A query string or a form, whose Raw values are not encoded again."""
    return "&".join(f"{encoded(name, name)}={encoded(value, value)}" for name, value in fields)


def arguments_of(route, known):
    """The arguments that lead to a row that exists, for who may see it."""
    found = dict.fromkeys(names_in(route), "x") | {name: known[name] for name in names_in(route) if name in known}
    match = re.match(r"admin/(\w+)/(\w+)/", route)
    if match and match[1] in apps.app_configs:
        row = apps.get_model(match[1], match[2])._default_manager.first()
        found |= {name: str(row.pk) for name in ("object_id", "id") if name in found and row}
    for prefix, view, name in router.registry:
        if route.startswith(f"api/v1/{prefix}/{{"):
            row = MODELS[name]._default_manager.order_by("-pk").first()
            found[names_in(route)[0]] = str(getattr(row, view.lookup_field)) if row else "x"
    for start, arguments in known["of"].items():
        if route.startswith(start):
            found |= {name: value for name, value in arguments.items() if name in found}
    return found


# What a page asks for


class Listening:
    """Inside, the names that anybody asks query strings and forms for are collected in `names`."""

    def __enter__(self):
        self.names, self.stock = {}, {}
        for method in ("get", "getlist", "__getitem__", "__contains__"):
            self.stock[method] = getattr(QueryDict, method)
            setattr(QueryDict, method, self._listening(self.stock[method]))
        return self

    def _listening(self, stock):
        def listen(query, name, *rest, **more):
            if isinstance(name, str) and "__prefix__" not in name:
                self.names[name] = True
            return stock(query, name, *rest, **more)

        return listen

    def __exit__(self, *_):
        for method in self.stock:
            delattr(QueryDict, method)  # QueryDict inherits all four


class FieldsOfPage(HTMLParser):
    """The fields of all forms of a page, as a browser would send them: [(name, value)]."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.name, self.text = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        name = attrs.get("name")
        is_typed = tag == "input" and attrs.get("type") not in ("submit", "button", "file")
        if name and (is_typed or tag == "button"):
            self.fields.append((name, attrs.get("value") or ""))
        elif tag == "select":
            self.name = name
        elif tag == "option" and self.name and "selected" in attrs:
            self.fields.append((self.name, attrs.get("value") or ""))
        elif tag == "textarea":
            self.name, self.text = name, ""

    def handle_data(self, text):
        if self.text is not None:
            self.text += text

    def handle_endtag(self, tag):
        if tag == "textarea" and self.text is not None:
            self.fields.append((self.name or "", self.text))
            self.name = self.text = None
        elif tag == "select":
            self.name = None


def lookups_of(route):
    """The lookups of rows that a list of the administration takes from its address."""
    match = re.fullmatch(r"admin/(\w+)/(\w+)/", route)
    if not match or match[1] not in apps.app_configs:
        return []
    model = apps.get_model(match[1], match[2])
    found = ["q", "o", "p", "e", "_popup", "_to_field", "_facets", "id", "pk__in", "id__exact", "id__in", "id__gte"]
    for field in model._meta.concrete_fields:
        found += [field.name, f"{field.name}__exact", f"{field.name}__isnull", f"{field.name}__gte"]
        if field.is_relation:
            found += [f"{field.name}__id__exact", f"{field.name}__pk__in"]
        elif "Date" in field.get_internal_type():
            found += [f"{field.name}__year", f"{field.name}__month", f"{field.name}__day"]
    return found


def as_json(name, value):
    return json.dumps({name: str(value)}).encode()


def as_multipart(fields):
    lines = b""
    for name, value in fields:
        head = f'Content-Disposition: form-data; name="{name}"'.encode(errors="surrogatepass")
        lines += b"--XxXx\r\n" + head + b"\r\n\r\n" + str(value).encode(errors="surrogatepass") + b"\r\n"
    return lines + b"--XxXx--\r\n"
