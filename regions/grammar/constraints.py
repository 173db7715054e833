"""Rules that many tables share, as database constraints. Each name reads as the rule."""

from django.db.models import CheckConstraint, Choices, F, Q
from django.utils.translation import gettext_lazy as _


def known(field: str, choices: type[Choices]) -> CheckConstraint:
    """Only the declared choices may be stored, whoever writes the row."""
    return CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_known",
        condition=Q(**{f"{field}__in": choices.values}),
        violation_error_message=_("This is not one of the known choices."),
    )


def known_or_unsaid(field: str, choices: type[Choices]) -> CheckConstraint:
    """Only the declared choices may be stored, or "": the source does not say."""
    return CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_known",
        condition=Q(**{f"{field}__in": ["", *choices.values]}),
        violation_error_message=_("This is not one of the known choices."),
    )


def in_range(field: str, low: int, high: int, message: str) -> CheckConstraint:
    """`field` lies between `low` and `high`, both included, or is NULL."""
    return CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_in_range",
        condition=Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": low, f"{field}__lte": high}),
        violation_error_message=message,
    )


def amount_has_currency(amount: str = "amount", currency: str = "currency") -> CheckConstraint:
    """An amount of money and its currency come together or not at all."""
    return CheckConstraint(
        name=f"%(app_label)s_%(class)s_{amount}_has_{currency}",
        condition=Q(**{f"{amount}__isnull": True, currency: ""})
        | (Q(**{f"{amount}__isnull": False, f"{amount}__gte": 0}) & Q(**{f"{currency}__regex": "^[A-Z]{3}$"})),
        violation_error_message=_("An amount needs its currency, a currency its amount; it is not negative."),
    )


def ends_after_it_starts(first: str, last: str, name: str) -> CheckConstraint:
    """`last` is not before `first`; either may be NULL."""
    return CheckConstraint(
        name=f"%(app_label)s_%(class)s_{name}",
        condition=Q(**{f"{first}__isnull": True}) | Q(**{f"{last}__isnull": True}) | Q(**{f"{last}__gte": F(first)}),
        violation_error_message=_("It cannot end before it starts."),
    )


def point_is_whole() -> CheckConstraint:
    """A latitude and a longitude come together, in degrees on this planet."""
    return CheckConstraint(
        name="%(app_label)s_%(class)s_point_is_whole",
        condition=Q(latitude__isnull=True, longitude__isnull=True)
        # A comparison with NULL is neither true nor false, and a check lets that pass: both must be there.
        | Q(latitude__isnull=False, longitude__isnull=False)
        & Q(latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180),
        violation_error_message=_("A point needs a latitude of -90 to 90 and a longitude of -180 to 180 degrees."),
    )
