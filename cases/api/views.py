"""What happened, as data: cases, raids, seizures, and the catalogue of rigs.

A list of cases is a `Selection`, as on every page that shows cases; raids and seizures are those of a selection.
"""

from functools import cached_property

from django.db.models import Prefetch
from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy

from cases.access import cases_visible_to
from cases.models import Case, OfficeNumber, Raid, Rig, Seizure
from cases.releases.asked import answers_from_releases
from cases.selection.selection import SORTS, Selection
from regions.api.keyset import Order
from regions.api.questions import without_paging
from regions.api.rows import RecordViewSet
from regions.api.standing import ID, ONE_CODE, REF
from regions.keeping import some_of

from .questions import CaseQuestion, RigQuestion
from .serializers import CaseFullSerializer, CaseSerializer, RaidSerializer, RigSerializer, SeizureSerializer


class _OfCases(RecordViewSet):
    """Cases, or rows that belong to cases: only what the reader may see."""

    filter_backends = [CaseQuestion]
    # Parameters that say how the answer is shown.
    showing = frozenset({"view"})

    @cached_property
    def selection(self):
        return Selection(without_paging(self.request.query_params), self.request.user)

    @property
    def visible(self):
        return cases_visible_to(self.request.user)


@method_decorator(answers_from_releases, name="dispatch")
class CaseViewSet(_OfCases):
    """Cases of enforcement as publicly reported: raids, closures, sweeps, seizures, sanctions, disposals.

    The parameters are those of the list at `/cases/`, and so is the answer. Repeat a coded one to mean “or”.
    """

    queryset = Case.objects.none()
    serializer_class = CaseSerializer
    full_serializer_class = CaseFullSerializer
    showing = frozenset({"sort", "view", "release"})
    lookup_field, lookup_value_regex = "ref", REF

    def get_queryset(self):
        # A wider or narrower case is named only to those who may see it.
        return self.visible.for_page().prefetch_related(
            Prefetch("part_of", self.visible), Prefetch("parts", self.visible)
        )

    def get_object(self):
        """The case; after a merge, the former reference also finds it."""
        try:
            return super().get_object()
        except Http404:
            survivor = self.get_queryset().once_called(self.kwargs["ref"]).first()
            if survivor is None:
                raise
            return survivor

    def rows_of(self, selection):
        return self._as_rows(selection.cases)

    def first(self, rows, most):
        return list(some_of(rows, slice(most), self._as_rows(self.visible), of=self.selection.count))

    def _as_rows(self, cases):
        return (
            cases.for_list()
            .in_brief()
            .prefetch_related(
                Prefetch("part_of", self.visible.in_brief()),
                Prefetch("office_numbers", OfficeNumber.objects.select_related("agency")),
            )
        )

    @property
    def order(self):
        column = self.selection.sort
        return Order(SORTS[column.removeprefix("-")], descending=column.startswith("-"), tie="ref")

    def count(self, rows):
        return self.selection.count


class RaidViewSet(_OfCases):
    """Visits on a day, or campaigns that the source does not break down, of the cases that are asked for."""

    queryset = Raid.objects.prefetch_related("seizures__rig", "seizures__disposals__authority")
    serializer_class = RaidSerializer
    lookup_value_regex = ID

    def get_queryset(self):
        return self._with_cases().filter(case__in=self.visible.values("pk"))

    def rows_of(self, selection):
        return self._with_cases().filter(case__in=selection.cases.values("pk"))

    def _with_cases(self):
        """Raids with their cases as the reader may see them, which decides whether a place is shown."""
        cases = self.visible.select_related("region").in_brief()
        return super().get_queryset().prefetch_related(Prefetch("case", cases))


class SeizureViewSet(_OfCases):
    """Lines of what raids took: a model or a kind, and how many, of the cases that are asked for."""

    queryset = Seizure.objects.select_related("raid__case__region", "rig").prefetch_related("disposals__authority")
    serializer_class = SeizureSerializer
    lookup_value_regex = ID

    def get_queryset(self):
        return super().get_queryset().filter(raid__case__in=self.visible.values("pk"))

    def rows_of(self, selection):
        return super().get_queryset().filter(raid__case__in=selection.cases.values("pk"))


class RigViewSet(RecordViewSet):
    """The catalogue of machines, and the generic rows that stand in where no model is recorded."""

    queryset = Rig.objects.all()
    serializer_class = RigSerializer
    filterset_class = RigQuestion
    order = Order(tie="slug")
    lookup_field, lookup_value_regex = "slug", REF
    meanings = {
        "kind": ONE_CODE,
        "manufacturer": gettext_lazy("The full name, in upper or lower case."),
    }
