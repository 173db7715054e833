"""Sources, agencies and rules that the rows of a file name: those that we have, and those to be made."""

from django.utils.text import slugify

from cases.actions import saving
from cases.bulk import AT_A_TIME, batches
from cases.files import sheet
from cases.models import Citation
from regions.models import Agency, Policy, Source
from regions.models.agency import AgencyKind
from regions.models.region import codes_up, path_of


def make_agencies(wanted):
    """{name: Agency} of the bodies that the importer asked to be made."""
    taken = set(Agency.objects.values_list("slug", flat=True)) if wanted else set()
    made = []
    for name, region in wanted.items():
        slug = saving.first_free(slugify(name)[:90] or "agency", taken)
        taken.add(slug)
        chinese = any("㐀" <= one <= "鿿" for one in name)
        made.append(
            Agency(slug=slug, name_en=name, name_zh=name if chinese else "", kind=AgencyKind.OTHER, region=region)
        )
    return {one.name_en: one for one in Agency.objects.bulk_create(made)}


def identity_of(cells):
    return tuple(cells[name] for name in ("source_publisher", "source_title", "source_url", "source_date"))


def find_or_make_sources(readings):
    """{identity: Source} of every source that the rows name; those that are not there are made."""
    wanted = dict.fromkeys(identity_of(one.cells) for one in readings if one.cells["source_publisher"])
    found = {}
    for some in batches(sorted({identity[0] for identity in wanted})):
        for source in Source.objects.filter(publisher__in=some):
            day = source.published_on.isoformat() if source.published_on else ""
            found[source.publisher, source.title, source.url, day] = source
    missing = [identity for identity in wanted if identity not in found]
    made = Source.objects.bulk_create(
        [Source(publisher=who, title=title, url=url, published_on=day or None) for who, title, url, day in missing],
        batch_size=AT_A_TIME,
    )
    return found | dict(zip(missing, made, strict=True))


def library_of(readings):
    """What our library knows a cited text as: {text or (text, country): (policy, provision)}."""
    texts = {text for one in readings for text in cited_texts(one.cells["legal_basis"])}
    found = {}
    for policy in Policy.objects.all() if texts else ():
        found |= dict.fromkeys(filter(None, (policy.title_en, policy.title_zh, policy.ref)), (policy.pk, None))
    for some in batches(sorted(texts)):
        cited = Citation.objects.filter(policy__isnull=False, text__in=some).order_by("text", "-pk")
        for text, path, *known in cited.values_list("text", path_of("case__region"), "policy", "provision").distinct():
            found[text, codes_up(path)[-1]] = tuple(known)
    return found


def cited_texts(cell):
    return [text for text in cell.split(sheet.BETWEEN) if text]
