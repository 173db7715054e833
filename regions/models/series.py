"""The names of the series of factors and indicators, whose codes are for files and programs."""

from django.utils.translation import pgettext_lazy

SERIES = {
    "average_all_classes": pgettext_lazy("series", "average of all customers"),
    "calorific_value": pgettext_lazy("series", "energy content"),
    "cbeci": pgettext_lazy("series", "Cambridge Bitcoin Electricity Consumption Index"),
    "ccaf_estimate": pgettext_lazy("series", "Cambridge Centre for Alternative Finance, estimate"),
    "ccaf_share": pgettext_lazy("series", "Cambridge Centre for Alternative Finance"),
    "derived_from_share": pgettext_lazy("series", "calculated from the share"),
    "electricity_maps_lifecycle": pgettext_lazy("series", "Electricity Maps, life cycle"),
    "ember_average": pgettext_lazy("series", "Ember, average"),
    "general_price": pgettext_lazy("series", "general price"),
    "industrial": pgettext_lazy("series", "industrial tariff"),
    "mee_ets": pgettext_lazy("series", "China's environment ministry, for the emissions market"),
    "mee_nbs": pgettext_lazy("series", "China's environment ministry and statistics bureau"),
    "mee_nbs_fossil": pgettext_lazy("series", "China's environment ministry, fossil power only"),
    "mee_nbs_residual": pgettext_lazy("series", "China's environment ministry, without power sold as green"),
    "mee_old": pgettext_lazy("series", "China's environment ministry, earlier factor"),
    "mining_class": pgettext_lazy("series", "tariff for mining"),
    "mining_surcharge": pgettext_lazy("series", "surcharge for mining"),
    "my_energy_commission": pgettext_lazy("series", "Malaysia's Energy Commission"),
    "owid_2021": pgettext_lazy("series", "Our World in Data, 2021 edition"),
    "owid_2024": pgettext_lazy("series", "Our World in Data, 2024 edition"),
    "residential_subsidised": pgettext_lazy("series", "subsidised household price"),
    "seed_implied": pgettext_lazy("series", "as the claimed saving implies"),
    "supply_rate": pgettext_lazy("series", "coal used for supplied power"),
}


def series_name(code):
    """The name of a series; of one that somebody added since, its code."""
    return SERIES.get(code, code)
