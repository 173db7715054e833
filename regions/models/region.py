from functools import lru_cache

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import CharField, F, Func, Q, Value
from django.db.models.functions import StrIndex
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from regions.grammar.constraints import known, point_is_whole
from regions.grammar.divisions import division
from regions.grammar.language import all_in_reading_language, in_other_language, in_reading_language
from regions.keeping import made_of_tables, rows_of_query

CODE = r"[A-Z]{2}(-[A-Za-z0-9]+)*"

# SQL: a row (top, below) for each region and each region within it, itself included; both are primary keys.
REGIONS_WITHIN = (
    "SELECT top.id AS top, below.id AS below"
    " FROM regions_region AS top JOIN regions_region AS below ON starts_with(below.path, top.path)"
)


def path_of(relation):
    """The lookup of the path of the region in the field `relation`: to sort a tree by, or to read with `codes_up`."""
    return f"{relation}__path"


@lru_cache(maxsize=10_000)  # all regions: a map asks for those of some thousand points
def codes_up(path):
    """The codes that a `path` names, from the region itself up to its country."""
    return tuple(code for code in reversed(path.split("/")) if code)


def code_right_below(parent, relation="region"):
    """The code of the region right below `parent` that a row lies in, "" for none. Without `parent`: of its country."""
    return code_in(path_of(relation), _place_right_below(parent))


def code_in(path, place):
    """The code at a place of the column `path`, "" for none: that of the country is at the place 2."""
    return Func(F(path), Value("/"), Value(place), function="split_part", output_field=CharField())


def _place_right_below(parent):
    return len(parent.codes_up()) + 2 if parent else 2


def ids_within_sql(*codes):
    """SQL: the ids of the region of the last of `codes`, which come from the country down, and of all below it."""
    return f"SELECT id FROM regions_region WHERE path LIKE '/{'/'.join(codes)}/%'"  # noqa: S608 - our own codes


def in_tree_order_sql(column):
    """SQL: what follows the table of rows whose region is the `column`, so that those of one region come together."""
    return f'JOIN regions_region AS place ON place.id = {column} ORDER BY place.path COLLATE "C"'


class RegionQuerySet(models.QuerySet):
    def with_code_right_below(self, parent):
        """(primary key, what `code_right_below` says of it) of each region."""
        return self.order_by().values_list("pk", code_in("path", _place_right_below(parent)))

    def within(self, region):
        """`region` itself and everything below it."""
        return self.within_any(region)

    def within_any(self, *regions):
        """Each of `regions` and everything below them."""
        within = Q()
        for region in regions:
            within |= Q(path__startswith=region.path)
        return self.filter(within) if regions else self.none()

    def in_districts(self, districts):
        """The regions in any of `districts`, each named by its three codes, that of the country first."""
        district = Func("path", template="substring(%(expressions)s from '^(?:/[^/]+){3}/')")
        return self.alias(district=district).filter(district__in=[f"/{'/'.join(codes)}/" for codes in districts])

    def above(self, region):
        """`region` itself and the regions above it, the nearest first."""
        return self.filter(path__in=region._paths_up()).order_by("-path")

    def in_tree_order(self):
        """Each region before those below it."""
        return self.order_by("path")

    def worked_in_by(self, user):
        """The regions of the scopes of `user` and all below them; all regions for a person who works everywhere."""
        if user.has_perm("regions.work_everywhere"):
            return self
        return self.within_any(*regions_of_scopes(user))

    def tops(self):
        """The countries and areas, and the blocs."""
        return self.filter(parent=None)

    def named(self, words):
        """Regions whose name or code holds `words`: higher levels first, then those that begin with them."""
        return (
            self.filter(Q(name_en__icontains=words) | Q(name_zh__contains=words) | Q(code__iexact=words))
            .annotate(at=StrIndex(models.functions.Lower("name_en"), Value(words.lower())))
            .order_by("level_rank", "at", "name_en")
        )


def regions_of_scopes(user):
    """The regions that `user` works for, read once for a user at hand, as Django does with what they may do.

    Named in a question, they are looked up once; by way of the scopes they would be for each region, up to six times in
    a question about cases.
    """
    if not hasattr(user, "_regions_of_scopes"):
        own = Region.objects.filter(scopes__user=user.pk).order_by("path") if user.is_authenticated else ()
        user._regions_of_scopes = list(own)
    return user._regions_of_scopes


class Level(models.TextChoices):
    BLOC = "bloc", _("Bloc of countries")
    COUNTRY = "country", _("Country or area")
    ADMIN1 = "admin1", _("Province or state")
    ADMIN2 = "admin2", _("Prefecture or district")
    ADMIN3 = "admin3", _("County")


class Region(models.Model):
    """A jurisdiction. Its `path` names all its ancestors: `/CN/CN-NM/CN-150800/`."""

    code = models.CharField(
        _("code"),
        max_length=60,
        unique=True,
        validators=[RegexValidator(rf"^{CODE}\Z")],
        help_text=_("ISO 3166-1 or 3166-2; GB/T 2260 below Chinese provinces (CN-150800); a short name below others."),
    )
    level = models.CharField(_("level"), max_length=10, choices=Level)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent")
    )
    path = models.CharField(max_length=250, unique=True, editable=False)
    name_en = models.CharField(_("English name"), max_length=120)
    name_zh = models.CharField(_("Chinese name"), max_length=120, blank=True)
    latitude = models.FloatField(
        _("latitude"), null=True, blank=True, help_text=_("Centre of the region, in degrees (WGS 84).")
    )
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True, help_text=_("ISO 4217 code."))
    origin = models.CharField(_("origin"), max_length=120, blank=True, help_text=_("Origin of this row."))
    # The order of levels, so that a search for a name offers the country before its namesake district.
    level_rank = models.GeneratedField(
        expression=models.Case(
            *[models.When(level=level, then=rank) for rank, level in enumerate(Level.values)],
            output_field=models.SmallIntegerField(),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )

    objects = RegionQuerySet.as_manager()

    class Meta:
        ordering = ["name_en"]
        verbose_name = _("region")
        verbose_name_plural = _("regions")
        indexes = [models.Index(fields=["path"], name="region_path_prefix", opclasses=["varchar_pattern_ops"])]
        constraints = [
            known("level", Level),
            point_is_whole(),
            models.CheckConstraint(
                name="region_only_countries_and_blocs_have_no_parent",
                condition=Q(parent__isnull=True, level__in=["bloc", "country"])
                | Q(parent__isnull=False, level__in=["admin1", "admin2", "admin3"]),
                violation_error_message=_("Countries and blocs have no parent; every other level needs one."),
            ),
            models.CheckConstraint(
                name="region_is_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
                violation_error_message=_("A region cannot be its own parent."),
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        """The name in the reader's language; the English one where there is no Chinese."""
        return in_reading_language(self.name_en, self.name_zh)

    @property
    def other_name(self):
        """The name in the other script, or nothing."""
        return in_other_language(self.name_en, self.name_zh)

    def get_level_display(self):
        """What it is called by the law of its country, as 自治区 or league; else the general words of its level."""
        return str(division(self.code, self.level, self.name_zh) or Level(self.level).label)

    def codes_up(self):
        """The codes of this region and of those above it, its own first, that of its country last."""
        return codes_up(self.path)

    def codes_down(self):
        """The codes of those above this region and its own, that of its country first."""
        return self.codes_up()[::-1]

    @property
    def country_code(self):
        return self.codes_up()[-1]

    def is_within(self, region):
        """Whether this is `region` or lies below it."""
        return self.path.startswith(region.path)

    def ancestors(self):
        """The regions above this one, the country first, without itself."""
        return Region.objects.filter(path__in=self._paths_up()[1:]).in_tree_order()

    def place_below(self, parent):
        """Set the path for this place in the tree; without `parent` at its top."""
        self.path = f"{parent.path if parent else '/'}{self.code}/"

    def _paths_up(self):
        codes = self.codes_down()
        return ["/" + "/".join(codes[:end]) + "/" for end in range(len(codes), 0, -1)]

    def clean(self):
        above = self.parent
        while above is not None:
            if above.pk == self.pk and self.pk is not None:
                raise ValidationError({"parent": _("A region cannot be below itself.")})
            above = above.parent

    def save(self, *args, **kwargs):
        """Keep `path` in step with the parent, also for all regions below one that moves."""
        old_path = self.path
        self.place_below(self.parent)
        super().save(*args, **kwargs)
        if old_path and old_path != self.path:
            below = Region.objects.filter(path__startswith=old_path).exclude(pk=self.pk)
            below.update(
                path=models.functions.Concat(Value(self.path), models.functions.Substr("path", len(old_path) + 1))
            )


def names_right_below(parent, *, and_blocs=True):
    """{code: name in the reader's language} of the regions right below `parent`; of the countries without one."""

    def named():
        rows = Region.objects.filter(parent=parent).values_list("code", "level", "name_en", "name_zh")
        told = [row for row in rows_of_query(rows) if and_blocs or row[1] != Level.BLOC]
        names = all_in_reading_language([row[2:] for row in told])
        return dict(zip((code for code, *_names in told), names, strict=True))

    name = "names right below", parent and parent.pk, and_blocs, get_language()
    return made_of_tables(name, [Region._meta.db_table], named)


def regions_by_code(codes):
    """{code: its Region}, each read once until regions are written: readers share them, and none changes them."""
    known = made_of_tables("regions by code", [Region._meta.db_table], dict)
    if missing := {*codes} - known.keys():
        known.update(Region.objects.filter(code__in=missing).in_bulk(field_name="code"))
    return {code: known[code] for code in codes if code in known}
