"""What a page of the administration showed when it was opened, so that saving it overwrites nobody.

The page carries the values of its rows, signed: {model: {pk: {field: value}}}. A field that somebody else changed
meanwhile and that is being given another value is a clash.
"""

import json

from django import forms
from django.core import signing
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

NAME = "opened"  # of the hidden field
SALT = "administration"


class _Encoder(DjangoJSONEncoder):
    def default(self, value):
        if hasattr(value, "pk"):
            return value.pk
        try:
            return super().default(value)
        except TypeError:
            return str(value)


def state_of(form):
    """The values of a form's row as they are stored, in a shape that can be signed and compared."""
    kept = {name: form.initial[name] for name in form.fields if name in form.initial}
    state = json.loads(json.dumps(kept, cls=_Encoder))
    # The order of what joins rows says nothing.
    many = [name for name, field in form.fields.items() if isinstance(field, forms.ModelMultipleChoiceField)]
    return state | {name: sorted(state[name] or []) for name in many if name in state}


def seal(forms_of_rows):
    """The values of the stored rows of these forms, signed."""
    states = {}
    for form in forms_of_rows:
        if form.instance.pk and not form.instance._state.adding:
            states.setdefault(form._meta.model._meta.label_lower, {})[str(form.instance.pk)] = state_of(form)
    return signing.dumps(states, salt=SALT, compress=True)


def opened(request):
    """What the page that is being saved was opened with; nothing if it does not say, or somebody made it up."""
    try:
        return signing.loads(request.POST.get(NAME, ""), salt=SALT)
    except signing.BadSignature:
        return {}


def clashes(form, states):
    """{field: what to say} of what this form would overwrite unseen. None where no page was opened before."""
    if states is None or form.instance._state.adding or not form.instance.pk:
        return {}
    before = states.get(form._meta.model._meta.label_lower, {}).get(str(form.instance.pk))
    now, found = state_of(form), {}
    for name in form.changed_data:
        if name in now and (before is None or before.get(name) != now[name]):
            found[name] = _(
                "Changed since you opened this page: it is “%(now)s” now, you typed “%(typed)s”. "
                "Save again to keep what you typed."
            ) % {"now": _said(form.fields[name], now[name]), "typed": _said(form.fields[name], form[name].value())}
    return found


def _said(field, value):
    """A value as its field shows it."""
    if value in (None, "", []):
        return "–"
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(map(str, field.queryset.filter(pk__in=value)))
    if isinstance(field, forms.ModelChoiceField):
        row = field.queryset.filter(pk=value).first()
        return str(value) if row is None else field.label_from_instance(row)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    names = {str(code): name for code, name in getattr(field, "choices", [])}
    some = value if isinstance(value, list) else [value]
    return ", ".join(str(names.get(str(one), one)) for one in some)
