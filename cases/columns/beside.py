"""Expressions that PostgreSQL evaluates and the mirror keeps as columns: what the rows beside a case say of it, whether
its region can be drawn, what sums tell it apart by, and which regions a region lies in.

A question about all cases would join those rows to them anew each time, and take the path of its region apart for each
case. The ORM writes an expression into a statement always alike; by that text the mirror knows it, and has its own
column in its place.
"""

import re

from django.db.models import BooleanField, Exists, ExpressionWrapper, IntegerField, OuterRef, SmallIntegerField
from django.db.models.expressions import RawSQL

from cases.models import Case, Citation, Figure, OpenDoubt
from cases.models.case import in_drawn_region
from cases.models.intake import DoubtRule
from regions.models import Region
from regions.models.factor import Gas
from regions.models.region import code_in


def _has(rows):
    return Exists(rows.filter(case=OuterRef("pk")))


HAS = {
    "energy": _has(Figure.objects.filter(quantity="energy_kwh")),
    "loss": _has(Figure.objects.filter(quantity="loss")),
    "value": _has(Figure.objects.filter(quantity="equipment_value")),
    "agency": _has(Case.agencies.through.objects.all()),
    "policy": _has(Citation.objects.all()),
    "source": _has(Case.sources.through.objects.all()),
}
# The rules of all open doubts about a case as one number, each a bit; NULL without any.
BITS = {rule: 1 << at for at, rule in enumerate(DoubtRule)}
_BIT = " ".join(f"WHEN '{rule}' THEN {bit}" for rule, bit in BITS.items())
DOUBTS = RawSQL(  # noqa: S611 - our own names
    f"SELECT bit_or(CASE rule {_BIT} END) FROM {OpenDoubt._meta.db_table} WHERE case_id = {Case._meta.db_table}.id",  # noqa: S608
    (),
    IntegerField(),
)
# What tells cases apart in their totals, whoever asks: bits of one number, by which a million cases are grouped in four
# fifths of the time.
IS_COUNTED, HAS_LOAD, IS_IN_CO2E = 1, 2, 4


def told_apart_sql(counted, kw, gas):
    """SQL: that number, of these columns of a case."""
    return (
        f"{IS_COUNTED} * {counted}::int + {HAS_LOAD} * ({kw} IS NOT NULL)::int"
        f" + {IS_IN_CO2E} * ({gas} IS NOT DISTINCT FROM '{Gas.CO2E.value}')::int"
    )


_COLUMNS = (f"{Case._meta.db_table}.{name}" for name in ("counts_in_totals", "kw_best", "grid_gas"))
TOLD_APART = RawSQL(told_apart_sql(*_COLUMNS), (), SmallIntegerField())  # noqa: S611 - our own names
_KEPT = {
    Case: {
        "told_apart": TOLD_APART,
        "doubts": DOUBTS,
        "has_middle": ExpressionWrapper(in_drawn_region(), BooleanField()),
        **{f"has_{fact}": expression for fact, expression in HAS.items()},
    },
    # From that of the country down to that of the finest level.
    Region: {f"code_{place}": code_in("path", place) for place in range(2, 6)},
}
_KINDS = {"doubts": "INTEGER", "told": "UTINYINT", "has": "BOOLEAN", "code": "VARCHAR"}  # in DuckDB


def duckdb_type(name):
    """The type in DuckDB of the column `name`."""
    return _KINDS[name.partition("_")[0]]


def sql_of_kept(cursor):
    """{table: {name: the SQL of what is kept under it, as it stands in a statement about the table}}."""
    return {
        model._meta.db_table: {
            name: _whole(model.objects.values_list(expression), cursor).removeprefix("SELECT ").rpartition(" AS ")[0]
            for name, expression in of_it.items()
        }
        for model, of_it in _KEPT.items()
    }


def in_doubt(cursor):
    """A pattern of the condition that a case has an open doubt by any of some rules, also in a statement within."""
    some = OpenDoubt.objects.filter(rule__in=["@"]).values("case")
    condition = _whole(Case.objects.filter(pk__in=some).values_list("pk"), cursor).partition(" WHERE ")[2]
    before, after = map(re.escape, condition.removeprefix(f'"{Case._meta.db_table}"').split("'@'"))
    return re.compile(rf"""(?P<cases>"\w+"|\w+){before}(?P<rules>'\w+'(?:, '\w+')*){after}""")


def has_any_of(found):
    """The same condition of what is kept, for what that pattern found."""
    bits = sum(BITS[rule] for rule in re.findall(r"\w+", found["rules"]))
    return f"coalesce({found['cases']}.doubts & {bits}, 0) <> 0"


def _whole(rows, cursor):
    statement, parameters = rows.order_by().query.sql_with_params()
    return cursor.mogrify(statement, parameters).decode()
