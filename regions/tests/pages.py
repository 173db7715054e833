"""What tests ask of a page: the values that a browser sends from a form, the messages on it, its queries."""

from html.parser import HTMLParser

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags


def queries_of(act):
    """How many queries `act` makes when it is done again."""
    act()  # content types and the like are asked for once a process
    with CaptureQueriesContext(connection) as queries:
        act()
    return len(queries)


def text_of(response):
    """The words of a page, without tags and with single blanks."""
    return " ".join(strip_tags(response.content.decode().replace("<", " <")).split())


def values_on(response, form_id):
    """The values in the form `form_id`, by name, each a list as `client.post` takes them."""
    reader = _FormReader(form_id)
    reader.feed(response.content.decode())
    return reader.values


class _FormReader(HTMLParser):
    def __init__(self, form_id):
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.values, self.name, self.text = {}, None, None

    def add(self, name, value):
        # Django's empty rows, from which its script makes new ones, are on the page but mean nothing.
        if name and "__prefix__" not in name:
            self.values.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.inside = attrs.get("id") == self.form_id
        if not self.inside:
            return
        kind = attrs.get("type", "text")
        if tag == "input" and kind not in ("submit", "button", "file"):
            if kind not in ("checkbox", "radio") or "checked" in attrs:
                self.add(attrs.get("name"), attrs.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.name = attrs.get("name")
        elif tag == "option" and self.name and "selected" in attrs:
            self.add(self.name, attrs.get("value", ""))
        elif tag == "textarea":
            self.name, self.text = attrs.get("name"), ""

    def handle_data(self, text):
        if self.text is not None:
            self.text += text

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.text is not None:
            self.add(self.name, self.text.removeprefix("\r\n").removeprefix("\n"))
            self.name = self.text = None
        elif tag == "select":
            self.name = None


def messages_on(response):
    """The errors that the page shows for its form and its rows; [] if it was saved."""
    if response.status_code == 302:
        return []
    forms = [response.context["adminform"].form]
    messages = []
    for inline in response.context["inline_admin_formsets"]:
        forms += inline.formset.forms
        messages += inline.formset.non_form_errors()
    return [message for form in forms for errors in form.errors.values() for message in errors] + messages
