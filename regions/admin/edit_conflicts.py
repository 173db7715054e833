"""Two people edit one row in the administration: what both changed is a clash.

The page carries the values that its rows had when it was opened: {model: {pk: {field: value}}}. A clash is a field
that somebody else changed since then and that the page now gives another value.
"""

import json

from django import forms
from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as _

from regions import edit_states

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
    initial = {name: form.initial[name] for name in form.fields if name in form.initial}
    state = json.loads(json.dumps(initial, cls=_Encoder))
    # A set of rows has no order.
    many = [name for name, field in form.fields.items() if isinstance(field, forms.ModelMultipleChoiceField)]
    return state | {name: sorted(state[name] or []) for name in many if name in state}


def seal_states(forms_of_rows):
    """The values of the stored rows of these forms, signed."""
    states = {}
    for form in forms_of_rows:
        if form.instance.pk and not form.instance._state.adding:
            states.setdefault(form._meta.model._meta.label_lower, {})[str(form.instance.pk)] = state_of(form)
    return edit_states.seal(states, salt=SALT)


def states_when_opened(request, row):
    """The states that the page of `row` was opened with; {} where it carries none or they are forged.

    None where the request saves no stored row: nothing can then be overwritten.
    """
    if request.method != "POST" or not row:
        return None
    return edit_states.unseal(request.POST.get(NAME, ""), salt=SALT)


def clashes(form, states):
    """{field: message} for each field where this form would overwrite a change that its user has not seen.

    `states` is None where no page was opened before.
    """
    if states is None or form.instance._state.adding or not form.instance.pk:
        return {}
    before = states.get(form._meta.model._meta.label_lower, {}).get(str(form.instance.pk))
    now, found = state_of(form), {}
    changed = set(now) if before is None else edit_states.changed_since(before, now)
    for name in form.changed_data:
        if name in changed:
            found[name] = _(
                "Changed after you opened this page: the value is now “%(now)s”; you entered “%(typed)s”. "
                "Save again to keep your entry."
            ) % {"now": _shown(form.fields[name], now[name]), "typed": _shown(form.fields[name], form[name].value())}
    return found


def keys_among(field, values):
    """Those of `values` that can be keys of the rows that `field`, a ModelChoiceField, offers."""
    key = field.queryset.model._meta.pk
    return [value for value in values if value not in field.empty_values and _is_key(key, value)]


def _is_key(key, value):
    try:
        key.to_python(value)
    except ValidationError:
        return False
    return True


def _shown(field, value):
    """A value as its field shows it."""
    if value in (None, "", []):
        return "–"
    if isinstance(field, forms.ModelMultipleChoiceField):
        return ", ".join(map(str, field.queryset.filter(pk__in=keys_among(field, value))))
    if isinstance(field, forms.ModelChoiceField):
        row = field.queryset.filter(pk__in=keys_among(field, [value])).first()
        return str(value) if row is None else field.label_from_instance(row)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    names = {str(code): name for code, name in getattr(field, "choices", [])}
    values = value if isinstance(value, list) else [value]
    return ", ".join(str(names.get(str(code), code)) for code in values)
