"""Form fields for what people type: a name in either language or a code, a number with its unit, a day."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.utils.timezone import now
from django.utils.translation import gettext as _

from cases.access import agencies_visible_to
from cases.selection.completion import named
from regions.grammar import amounts, days
from regions.grammar.fields import ReadField
from regions.models import Agency
from regions.places import nearest_names

BEFORE_CODE = " · "


class NamedField(ReadField):
    """A row of `model` by its code, by “name · code” as completion writes it, or by a name that no other row has.

    Raises ValidationError with the rows that may have been meant. A form that knows its `user` says so to the field:
    without that, it knows what everybody may.
    """

    user = AnonymousUser()

    def __init__(self, what, model, key, **kwargs):
        self.what, self.model, self.key = what, model, key
        super().__init__(max_length=300, **kwargs)

    def read(self, text):
        for code in (text, text.rpartition(BEFORE_CODE)[2]):
            found = self._known.filter(**{f"{self.key}__iexact": code.strip()}).first()
            if found:
                return found
        names = named(self.what, text, self.user)
        exact = [code for code, name in names if text.casefold() in (name.casefold(), name.split(",")[0].casefold())]
        codes = exact if len(exact) == 1 else [code for code, _name in names]
        if len(codes) == 1:
            return self._known.get(**{self.key: codes[0]})
        if codes:
            listed = ", ".join(f"{name} ({code})" for code, name in names[:5])
            raise ValidationError(_("Which one do you mean: %(some)s?") % {"some": listed}, code="several")
        raise ValidationError(self._unknown(text), code="unknown")

    def prepare_value(self, value):
        """In a form that comes back: the name of a code, with the code where others have that name too."""
        is_code = isinstance(value, str) and value and "\0" not in value  # PostgreSQL looks for no text with a NUL
        row = self._known.filter(**{self.key: value}).first() if is_code else None
        if row is None:
            return value
        same = [code for code, name in named(self.what, str(row), self.user) if name.split(",")[0] == str(row)]
        return str(row) if same == [value] else f"{row}{BEFORE_CODE}{value}"

    @property
    def _known(self):
        return agencies_visible_to(self.user) if self.model is Agency else self.model.objects.all()

    def _unknown(self, text):
        message = _("“%(text)s” was not found.") % {"text": text[:40]}
        # Its beginning is mostly right.
        names = named(self.what, text[:2], self.user) if len(text) > 1 else []
        known = {name.split(",")[0] for _code, name in names}
        near = nearest_names(text, known)
        if not near:
            return message
        meant = _("Did you mean %(some)s?") % {"some": ", ".join(near)}
        return f"{message} {meant}"


class AmountField(ReadField):
    """A quantity as people write it, cleaned to an `amounts.Amount`; `unit` as `amounts.amount` takes it."""

    def __init__(self, unit, most=None, **kwargs):
        self.unit, self.most = unit, most
        super().__init__(max_length=80, **kwargs)

    def read(self, text):
        return amounts.amount(text, unit=self.unit, **({"most": self.most} if self.most else {}))


class WhenField(ReadField):
    """A day as far as it is known, cleaned to (date, precision)."""

    def __init__(self, **kwargs):
        super().__init__(max_length=60, **kwargs)

    def read(self, text):
        return days.when(text, today=_latest_today())


def _latest_today():
    """Today in the time zone where the day begins first, so that an officer in China can enter their own today."""
    return (now() + timedelta(hours=14)).date()
