"""Sources, agencies and rules that the rows of a file name: find them in the record, or make them."""

from django.utils.text import slugify

from cases.bulk import AT_A_TIME, batches
from cases.files.csv_text import BETWEEN
from cases.models import Case, Citation
from regions.grammar.keys import unguessable
from regions.models import Agency, Policy, Region, Source
from regions.models.agency import AgencyKind
from regions.models.region import codes_up, path_of


def make_agencies(wanted: dict[str, Region]) -> dict[str, Agency]:
    """Make an agency for each name of `wanted`, in its region.

    Where the record has that name already, and its user may not know, it is taken: nothing tells that it was there.
    """
    there = {agency.name_en: agency for agency in Agency.objects.filter(name_en__in=list(wanted))}
    wanted = {name: region for name, region in wanted.items() if name not in there}
    taken = set(Agency.objects.values_list("slug", flat=True)) if wanted else set()
    made = []
    for name, region in wanted.items():
        slug = unguessable(slugify(name)[:90] or "agency", taken)
        taken.add(slug)
        chinese = any("㐀" <= character <= "鿿" for character in name)
        made.append(
            Agency(slug=slug, name_en=name, name_zh=name if chinese else "", kind=AgencyKind.OTHER, region=region)
        )
    return there | {agency.name_en: agency for agency in Agency.objects.bulk_create(made)}


def source_identity(cells):
    return tuple(cells[name] for name in ("source_publisher", "source_title", "source_url", "source_date"))


def find_or_make_sources(read_rows):
    """{identity: Source} of every source that the rows name; missing sources are made."""
    wanted = dict.fromkeys(source_identity(row.cells) for row in read_rows if row.cells["source_publisher"])
    found = {}
    for batch in batches(sorted({identity[0] for identity in wanted})):
        for source in Source.objects.filter(publisher__in=batch):
            day = source.published_on.isoformat() if source.published_on else ""
            found[source.publisher, source.title, source.url, day] = source
    missing = [identity for identity in wanted if identity not in found]
    made = Source.objects.bulk_create(
        [Source(publisher=who, title=title, url=url, published_on=day or None) for who, title, url, day in missing],
        batch_size=AT_A_TIME,
    )
    return found | dict(zip(missing, made, strict=True))


def library_of(read_rows, user):
    """The policies and provisions that the texts cite: {text or (text, country): (policy pk, provision pk)}.

    How a text was read before is learned from the cases that `user` sees.
    """
    seen = Case.objects.visible_to(user).order_by().values("pk")
    texts = {text for row in read_rows for text in cited_texts(row.cells["legal_basis"])}
    found = {}
    for policy in Policy.objects.all() if texts else ():
        found |= dict.fromkeys(filter(None, (policy.title_en, policy.title_zh, policy.ref)), (policy.pk, None))
    for batch in batches(sorted(texts)):
        cited = Citation.objects.filter(policy__isnull=False, text__in=batch, case__in=seen).order_by("text", "-pk")
        for text, path, *known in cited.values_list("text", path_of("case__region"), "policy", "provision").distinct():
            found[text, codes_up(path)[-1]] = tuple(known)
    return found


def cited_texts(cell: str) -> list[str]:
    return [text for text in cell.split(BETWEEN) if text]
