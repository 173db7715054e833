"""The method as data: the calculator, and our check of each claimed saving."""

from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.response import Response

from cases import power
from cases.method.calculator import CalculatorForm, calculate
from regions.api.standing import GridAreaRef, SavingsSerializer, SavingsViewSet
from regions.models.factor import Gas, Measure


class RangeSerializer(serializers.Serializer):
    low = serializers.FloatField()
    best = serializers.FloatField()
    high = serializers.FloatField()


class GridFactorSerializer(serializers.Serializer):
    value = serializers.FloatField(help_text=gettext_lazy("Kilograms of the gas for each kWh."))
    gas = serializers.ChoiceField(choices=Gas, help_text=gettext_lazy("co2e also counts other gases."))
    measure = serializers.ChoiceField(choices=Measure)
    region = serializers.CharField(source="region.code")
    grid = GridAreaRef(allow_null=True, help_text=gettext_lazy("null: the factor holds for the region."))
    year = serializers.IntegerField()
    source = serializers.CharField(source="source_text")


class EstimateSerializer(serializers.Serializer):
    """Load, electricity, coal and carbon, each low, best and high."""

    rigs = serializers.IntegerField(source="line.count")
    watts = RangeSerializer(source="line.watts")
    is_generic = serializers.BooleanField(
        source="line.is_generic", help_text=gettext_lazy("The model is not known; a generic model is used.")
    )
    hours = serializers.FloatField(source="estimate.hours")
    year = serializers.IntegerField()
    kw = RangeSerializer(source="estimate.kw")
    kwh = RangeSerializer(source="estimate.kwh")
    tce = RangeSerializer(source="estimate.tce", help_text=gettext_lazy("On the generation basis."))
    tce_calorific = RangeSerializer(source="estimate.tce_calorific")
    t_co2 = RangeSerializer(
        source="estimate.t_co2",
        allow_null=True,
        help_text=gettext_lazy("null if there is no region or no factor. The gas is that of the factor."),
    )
    grid_factor = GridFactorSerializer(source="factor", allow_null=True)
    factor_set = serializers.IntegerField(
        source="estimate.given.version", help_text=gettext_lazy("The method version used; 0: the defaults.")
    )


class EstimateView(GenericAPIView):
    """What so many rigs of a model use in so many hours, by the method of every case."""

    serializer_class = EstimateSerializer
    filter_backends = []
    pagination_class = None

    @extend_schema(
        operation_id="estimate_retrieve",
        tags=["estimate"],
        parameters=[
            OpenApiParameter(name, str, required=field.required, description=f"{field.label}.")
            for name, field in CalculatorForm.base_fields.items()
        ],
    )
    def get(self, request):
        unknown = {name: [gettext_lazy("There is no filter with this name.")] for name in request.query_params}
        unknown = {name: problems for name, problems in unknown.items() if name not in CalculatorForm.base_fields}
        form = CalculatorForm(request.query_params)
        if unknown or not form.is_valid():
            raise ValidationError(unknown | {name: list(problems) for name, problems in form.errors.items()})
        try:
            found = calculate(form.cleaned_data)
        except ValueError as problem:
            raise ValidationError(
                {"kind": [gettext_lazy("The catalogue has no generic rig of this type.")]}
            ) from problem
        return Response(self.get_serializer(found).data)


class CheckSerializer(serializers.Serializer):
    """Our arithmetic beside a claimed saving; null where the claim does not state what it needs."""

    gce_per_kwh = serializers.FloatField(allow_null=True, help_text=gettext_lazy("Standard coal per kWh in the claim."))
    stands_on = serializers.ChoiceField(choices=["generation", "calorific"], allow_null=True)
    kw = serializers.FloatField(help_text=gettext_lazy("Average load that the claimed saving equals."))
    kw_a_project = serializers.FloatField(allow_null=True)


class CheckedSavingsSerializer(SavingsSerializer):
    check = serializers.SerializerMethodField(
        help_text=gettext_lazy("Only for claims that state a saving of electricity.")
    )

    class Meta(SavingsSerializer.Meta):
        fields = [*SavingsSerializer.Meta.fields, "check"]

    @extend_schema_field(CheckSerializer(allow_null=True))
    def get_check(self, claim):
        if not claim.energy_kwh_per_year:
            return None
        kwh = float(claim.energy_kwh_per_year)
        gce = power.gce_per_kwh(float(claim.coal_tce), kwh) if claim.coal_tce is not None else None
        kw = kwh / power.HOURS_A_YEAR
        return {
            "gce_per_kwh": gce,
            "stands_on": None if gce is None else "generation" if power.stands_on_generation(gce) else "calorific",
            "kw": kw,
            "kw_a_project": kw / claim.projects_closed if claim.projects_closed else None,
        }


class CheckedSavingsViewSet(SavingsViewSet):
    """What authorities state as saved, used, lost or closed, a claimed saving with our check beside it.

    Claims overlap: they are never added to each other.
    """

    serializer_class = CheckedSavingsSerializer
