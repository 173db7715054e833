"""What the page of a region says first: a few sentences and at most four figures, all from the record.

A sentence is made only of what the record has. Without a position, a deadline, a count or a claim it is left out, or
says that the record does not know.
"""

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from regions.grammar import quantities
from regions.grammar.dates import day_as_known
from regions.grammar.durations import distance
from regions.grammar.language import between_sentences, listed, reads_chinese
from regions.models.policy import Stance
from regions.models.savings import ClaimBasis, ClaimKind, LossBasis

MOST_FIGURES = 4


def said(pair):
    """(figure, unit) as a text: 6.58 TWh · 65.8亿千瓦时."""
    number, unit = pair
    return f"{number}{unit}" if reads_chinese() else f"{number} {unit}".strip()


def sentences(page):
    """The briefing of a RegionPage, sentence by sentence."""
    made = [law_of(page), deadlines_of(page), counted_cases(page), claim_of(page)]
    return [sentence for sentence in made if sentence]


def law_of(page):
    """Whether mining is allowed, and since when."""
    position = page.position
    if position is None:
        return _("No source states whether mining is allowed here; this does not mean that it is.")
    inherited = position.region_id != page.region.pk
    text = _INHERITED[position.stance] if inherited else _OWN[position.stance]
    return format_html(
        str(text()), name=page.region.name, above=position.region.name, day=strong(day_as_known(position.first_day))
    )


def strong(text):
    """`text` in bold."""
    return format_html("<b>{}</b>", text)


_OWN = {
    Stance.BANNED: lambda: _("Mining has been <b>banned</b> in {name} since {day}."),
    Stance.ELIMINATED_CLASS: lambda: _("Mining has been an <b>industry to be eliminated</b> in {name} since {day}."),
    Stance.RESTRICTED: lambda: _("Mining has been <b>restricted</b> in {name} since {day}."),
    Stance.LICENSED: lambda: _("Mining has needed a <b>licence</b> in {name} since {day}."),
    Stance.NOT_PROHIBITED: lambda: _("Mining is <b>not prohibited</b> in {name}; the position dates from {day}."),
}
_INHERITED = {
    Stance.BANNED: lambda: _("Mining has been <b>banned</b> in {name} since {day}, by the law of {above}."),
    Stance.ELIMINATED_CLASS: lambda: _(
        "Mining has been an <b>industry to be eliminated</b> in {name} since {day}, by the law of {above}."
    ),
    Stance.RESTRICTED: lambda: _("Mining has been <b>restricted</b> in {name} since {day}, by the law of {above}."),
    Stance.LICENSED: lambda: _("Mining has needed a <b>licence</b> in {name} since {day}, by the law of {above}."),
    Stance.NOT_PROHIBITED: lambda: _(
        "Mining is <b>not prohibited</b> in {name} by the law of {above}; the position dates from {day}."
    ),
}


def deadlines_of(page):
    """What is due next, and what is overdue."""
    ahead, passed = page.deadlines_ahead, page.deadlines_passed
    said_of = []
    if ahead:
        nearest = ahead[-1].deadline_on
        said_of.append(
            format_html(
                _("The next deadline is {day}, {distance}."),
                day=strong(day_as_known(nearest)), distance=distance(nearest, page.today),
            )
        )  # fmt: skip
    if passed:
        last = passed[0].deadline_on
        text = ngettext(
            "One deadline, {day}, is overdue: it {distance}.",
            "{number} deadlines are overdue; the last, {day}, {distance}.",
            len(passed),
        )
        said_of.append(
            format_html(
                text, number=len(passed), day=strong(day_as_known(last)), distance=distance(last, page.today)
            )
        )  # fmt: skip
    return _joined(said_of)


def _joined(parts):
    return format_html(between_sentences().join("{}" for _part in parts), *parts) if parts else ""


def counted_cases(page):
    """How many cases, how many rigs, and where these were if all were in one place."""
    totals = page.totals
    if not totals.cases:
        return _("No case is on record here.")
    number = strong(
        ngettext("%(number)s case", "%(number)s cases", totals.cases) % {"number": quantities.figure(totals.cases)}
    )
    if not totals.rigs_cases:
        text = ngettext(
            "{cases} is on record; it reports no number of rigs.",
            "{cases} are on record; none reports a number of rigs.",
            totals.cases,
        )
        return format_html(text, cases=number)
    rigs = strong(ngettext("%(rigs)s rig", "%(rigs)s rigs", totals.rigs) % {"rigs": quantities.figure(totals.rigs)})
    only = page.only_place_of_rigs
    if totals.cases == totals.rigs_cases:
        text = ngettext("{cases} is on record, with {rigs}", "{cases} are on record, with {rigs}", totals.cases)
    else:
        text = ngettext(
            "{cases} are on record; {stating} of them reports rigs: {rigs}",
            "{cases} are on record; {stating} of them report rigs: {rigs}",
            totals.rigs_cases,
        )
    sentence = format_html(text, cases=number, rigs=rigs, stating=quantities.figure(totals.rigs_cases))
    if only:
        return format_html(_("{sentence}, all in {place}."), sentence=sentence, place=only.name)
    return format_html(_("{sentence}."), sentence=sentence)


def claim_of(page):
    """The largest thing that an authority claims, and whether it holds."""
    check = page.claimed[0] if page.claimed else page.largest_loss
    return claim_in_words(page, check) if check else ""


def claim_in_words(page, check):
    """A claimed saving or loss, and whether it holds; "" of what is neither. `page` is about a region."""
    if check.claim.energy_kwh_per_year:
        return _joined([_saving(page, check), _holds(check)])
    return _joined([_loss(page, check), _explained(check)]) if is_total_loss(check.claim) else ""


def is_total_loss(claim):
    return claim.kind == ClaimKind.LOSS and claim.loss_basis == LossBasis.TOTAL and bool(claim.loss_amount)


def _saving(page, check):
    claim = check.claim
    energy = strong(said(quantities.energy(claim.energy_kwh_per_year)))
    there = claim.region.name if claim.region_id != page.region.pk else ""
    if claim.projects_closed:
        text = (
            _("Authorities claim that {count} {unit} closed in {place} save {energy} a year.")
            if there
            else _("Authorities claim that {count} closed {unit} save {energy} a year.")
        )
    elif there:
        text = _("Authorities claim a saving of {energy} a year in {place}.")
    else:
        text = _("Authorities claim a saving of {energy} a year.")
    return format_html(
        text, energy=energy, place=there, count=quantities.figure(claim.projects_closed),
        unit=claim.get_projects_unit_display(),
    )  # fmt: skip


def _holds(check):
    """Whether a claimed saving holds: how it was obtained, its coal, and the cases on record."""
    parts = []
    if check.claim.basis == ClaimBasis.THEORETICAL:
        parts.append(_("The figure is theoretical, not measured."))
    if check.gce_per_kwh is not None:
        parts.append(
            _("Its coal fits what power plants burn.")
            if check.is_on_generation_basis
            else _("Its coal does not fit what power plants burn.")
        )
    if check.kwh_if_run is not None:
        parts.append(
            _("The recorded cases of that place and time would use %(energy)s a year, %(share)s of it.")
            % {
                "energy": said(quantities.energy(check.kwh_if_run)),
                "share": per_cent_of(check.kwh_if_run, check.claim.energy_kwh_per_year),
            }
        )
    else:
        parts.append(_("No recorded case confirms the amount."))
    return _joined(parts)


def per_cent_of(part, whole):
    """`part` of `whole` in per cent: 0.9%. "less than 0.1%" of what is nearly nothing."""
    per_cent = 100 * float(part) / float(whole)
    if 0 < per_cent < 0.1:
        return _("less than 0.1%")
    return f"{quantities.figure(round(per_cent, 1 if per_cent < 10 else 0))}%"


def _loss(page, check):
    claim = check.claim
    amount = strong(said(quantities.money(claim.loss_amount, claim.loss_currency)))
    if claim.region_id != page.region.pk:
        return format_html(_("Authorities put losses in {place} at {amount}."), amount=amount, place=claim.region.name)
    return format_html(_("Authorities put losses at {amount}."), amount=amount)


def _explained(check):
    if check.loss is None:
        return _("No recorded case of that place and time states a loss.")
    return _("The recorded cases of that place and time state %(amount)s, %(share)s of it.") % {
        "amount": said(quantities.money(check.loss, check.claim.loss_currency)),
        "share": per_cent_of(check.loss, check.claim.loss_amount),
    }


@dataclass
class Tile:
    """A figure with its unit and what it rests on. `css`: claimed."""

    label: str
    number: str
    unit: str
    note: str
    css: str = ""


def figures_of(page):
    """At most four figures, those that exist: cases, rigs, what is claimed, the deadline, then power and losses."""
    made = [_cases_tile(page), _rigs_tile(page), _claim_tile(page), _deadline_tile(page), _power_tile(page)]
    made += [_loss_tile(page), _law_tile(page)]
    return [tile for tile in made if tile][:MOST_FIGURES]


def _cases_tile(page):
    totals = page.totals
    if not totals.cases:
        return None
    inside = totals.cases - totals.counted
    note = (
        ngettext("%(number)s is in no total", "%(number)s are in no total", inside)
        % {"number": quantities.figure(inside)}
        if inside
        else _("all counted in totals")
    )
    unit = pgettext("unit of a figure", "cases") if totals.cases != 1 else pgettext("unit of a figure", "case")
    return Tile(_("Cases on record"), quantities.figure(totals.cases), unit, note)


def _rigs_tile(page):
    totals = page.totals
    if not totals.rigs_cases:
        return None
    stated = {"stated": quantities.figure(totals.rigs_cases), "cases": quantities.figure(totals.cases)}
    if totals.rigs_cases == totals.cases:
        note = _("every case states a number")
    else:
        text = ngettext(
            "%(stated)s of %(cases)s cases states a number",
            "%(stated)s of %(cases)s cases state a number",
            totals.rigs_cases,
        )
        note = text % stated
    return Tile(_("Rigs seized"), quantities.figure(totals.rigs), pgettext("unit of a figure", "rigs"), note)


def _claim_tile(page):
    if page.claimed:
        claim = page.claimed[0].claim
        note = _basis(claim)
        if claim.projects_closed:
            counted = f"{quantities.figure(claim.projects_closed)} {claim.get_projects_unit_display()}"
            note = listed([counted.replace(" ", "") if reads_chinese() else counted, note])
        return Tile(_("Claimed yearly saving"), *quantities.energy(claim.energy_kwh_per_year), note, "claimed")
    if page.largest_loss:
        claim = page.largest_loss.claim
        note = _basis(claim)
        return Tile(_("Claimed losses"), *quantities.money(claim.loss_amount, claim.loss_currency), note, "claimed")
    return None


def _basis(claim):
    """How a claimed figure was obtained, to go on after a comma."""
    return claim.get_basis_display().lower() or _("the source does not say how it was obtained")


def _deadline_tile(page):
    policy = page.next_deadline
    if policy is None:
        return None
    note = distance(policy.deadline_on, page.today)
    label = _("Next deadline") if policy.deadline_on >= page.today else _("Last deadline")
    return Tile(label, day_as_known(policy.deadline_on), "", note)


def _power_tile(page):
    totals = page.totals
    if not totals.kw:
        return None
    bounds = f"{said(quantities.power_draw(totals.kw.low))} – {said(quantities.power_draw(totals.kw.high))}"
    cases = ngettext("%(number)s case", "%(number)s cases", totals.kw_cases) % {"number": totals.kw_cases}
    note = listed([bounds, cases])
    return Tile(_("Estimated power draw"), *quantities.power_draw(totals.kw.best), note)


def _loss_tile(page):
    if not page.totals.losses:
        return None
    loss = page.totals.losses[0]
    note = ngettext("%(number)s case", "%(number)s cases", loss.cases) % {"number": loss.cases}
    return Tile(_("Reported losses"), *quantities.money(loss.amount, loss.currency), note)


def _law_tile(page):
    if not page.in_force:
        return None
    return Tile(
        _("Policies in force"), quantities.figure(len(page.in_force)), "", _("its own and those of higher levels")
    )  # fmt: skip


def sums(page):
    """Everything that the cases come to, as far as it is known."""
    totals = page.totals
    made = [_rigs_tile(page), _power_tile(page)]
    if totals.kw:
        gce = _("generation basis, %(gce)s gce/kWh") % {"gce": quantities.figure(totals.given.gce_generation, 4)}
        made.append(_range_tile(_("Estimated yearly use"), totals.kwh_a_year, quantities.energy))
        made.append(_range_tile(_("Standard coal"), totals.tce, quantities.coal, gce))
    if totals.t_co2:
        cases = ngettext("grid factors, %(number)s case", "grid factors, %(number)s cases", totals.t_co2_cases)
        note = cases % {"number": totals.t_co2_cases}
        made.append(
            _range_tile(_("Carbon dioxide"), totals.t_co2, lambda tonnes: quantities.carbon(tonnes, totals.gas), note)
        )
    made.append(_loss_tile(page))
    if totals.arrests_cases:
        note = ngettext("%(number)s case", "%(number)s cases", totals.arrests_cases) % {"number": totals.arrests_cases}
        made.append(Tile(_("People detained"), quantities.figure(totals.arrests), "", note))
    return [tile for tile in made if tile]


def _range_tile(label, bounds, quantity, note=""):
    ends = f"{said(quantity(bounds.low))} – {said(quantity(bounds.high))}"
    return Tile(label, *quantity(bounds.best), listed(filter(None, [ends, note])))


def largest_loss(checks, region):
    """Of `checks` the one that claims the largest loss in total, those of `region` itself before those below it."""
    losses = [check for check in checks if is_total_loss(check.claim)]
    own = [check for check in losses if check.claim.region_id == region.pk]
    return max(own or losses, key=lambda check: check.claim.loss_amount, default=None)
