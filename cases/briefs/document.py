"""A brief as a document that offices edit: DOCX, A4, with its pictures, page numbers and sources."""

from io import BytesIO

from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from cases.files.text import cell_text
from cases.pictures import export
from cases.pictures.frame import Framed
from regions.grammar.dates import day_as_known
from regions.grammar.durations import distance
from regions.grammar.language import in_reading_language
from regions.grammar.quantities import rigs_named

# (the font of Chinese letters, the language of a proofreader) of each language that is read.
FONTS = {
    "en": ("Microsoft YaHei", "en-GB"),
    "zh-hans": ("Microsoft YaHei", "zh-CN"),
    "zh-hant": ("Microsoft JhengHei", "zh-TW"),
}
WIDTH, NAMES, WORDS = Cm(17), Cm(3.2), Cm(2.8)  # of the text on A4, and of the columns of words in a table
INK, SOFT, LINK = RGBColor(0x16, 0x20, 0x24), RGBColor(0x5B, 0x66, 0x6B), RGBColor(0x0F, 0x4C, 0x5C)


def as_docx(brief, address):
    """The Brief as the bytes of a DOCX; `address` is its page."""
    document = _Document(brief.name, address)
    document.title(brief.name, _subtitle(brief))
    if brief.internal:
        document.warning(brief.internal_in_words)
    document.paragraph(brief.between_sentences.join(strip_tags(str(sentence)) for sentence in brief.sentences))
    _figures(document, brief)
    _pictures(document, brief, address)
    _cases(document, brief)
    _leads(document, brief)
    _claims(document, brief)
    _deadlines(document, brief)
    _careful(document, brief)
    document.note(_("The page of this brief: %(address)s. Its figures may have changed since.") % {"address": address})
    return document.content()


def _subtitle(brief):
    told = [brief.period.in_words, _("Brief of %(day)s") % {"day": day_as_known(brief.today)}]
    if brief.is_narrower:
        told.append(brief.question)
    if brief.is_unfinished:
        told.append(_("period still filling up"))
    return " · ".join(told)


def _figures(document, brief):
    if not brief.rows:
        return
    document.heading(_("Figures"))
    head = [_("Figure")]
    head += ["\n".join(filter(None, [period.in_words, what])) for what, period in brief.periods] + [_("Rests on")]
    rows = [[row.label, *(_value(cell.value) for cell in row.by_period), row.rests_on] for row in brief.rows]
    document.table(head, rows)
    if brief.has_estimates:
        document.note(_("Power, electricity, coal and carbon are estimates of what the rigs would use if they ran."))


def _value(value):
    return "\n".join(filter(None, [value.best, value.bounds])) if value else _("not stated")


def _pictures(document, brief, address):
    if brief.months and brief.months.is_drawn:
        framed = Framed(brief.months, address, brief.today)
        document.picture(export.png("pictures/chart.svg", {"frame": framed}), Cm(13), brief.months.title)
    if brief.picture:
        drawn = export.png("pictures/map_alone.svg", {"picture": brief.picture, "style": export.style(export.MAPS)})
        document.picture(drawn, Cm(11), brief.picture.label)


def _cases(document, brief):
    if not brief.named:
        return
    document.heading(_("Cases worth naming"))
    for case in brief.named:
        place = ", ".join(filter(None, [case.region.name, case.region.parent and case.region.parent.name]))
        rigs = rigs_named(case.rigs, case.rigs_qualifier) if case.rigs is not None else _("rigs not stated")
        told = [day_as_known(case.occurred_on, case.date_precision), place, str(case.get_kind_display()), rigs]
        document.item(case.title, " · ".join(told), case.sources.all())
    if brief.not_named:
        document.note(brief.not_named_in_words)


def _leads(document, brief):
    if not brief.leads:
        return
    document.heading(_("What became of reports and other leads"))
    for sums in brief.leads:
        document.bullet(sums.in_words)
    document.note(_("Leads that came in the period, counted from what this office keeps."))


def _claims(document, brief):
    if not brief.claims:
        return
    document.heading(_("What authorities claim, and our check"))
    for check, words in brief.claims:
        claim = check.claim
        who = in_reading_language(claim.claimed_by, claim.claimed_by_zh)
        document.item("", strip_tags(str(words)), [claim.source], who)
    document.note(_("Claims overlap and are never added to each other or to our totals."))


def _deadlines(document, brief):
    if not brief.deadlines:
        return
    document.heading(_("Deadlines"))
    for policy in brief.deadlines:
        when = f"{day_as_known(policy.deadline_on)} ({distance(policy.deadline_on, brief.today)})"
        document.bullet(" · ".join([when, policy.title, policy.region.name]))


def _careful(document, brief):
    if not brief.missing:
        return
    document.heading(_("What to be careful with"))
    for one in brief.missing:
        document.bullet(one.text)


class _Document:
    """A DOCX as it grows. Texts of the record lose what XML cannot hold."""

    def __init__(self, name, address):
        self.docx = Document()
        self.docx.core_properties.title = cell_text(name)
        self.docx.core_properties.author = _("Mining Enforcement")
        self.docx.core_properties.comments = address
        page = self.docx.sections[0]
        page.page_width, page.page_height = Cm(21), Cm(29.7)
        page.left_margin = page.right_margin = Cm(2)
        page.top_margin, page.bottom_margin = Cm(1.8), Cm(1.8)
        self._styles()
        self._footer(page)

    def content(self):
        written_to = BytesIO()
        self.docx.save(written_to)
        return written_to.getvalue()

    def title(self, name, below):
        self._text(self.docx.add_paragraph(style="Title"), name)
        self._text(self.docx.add_paragraph(), below, color=SOFT)

    def heading(self, text):
        self.docx.add_paragraph(text, style="Heading 1")

    def paragraph(self, text):
        self._text(self.docx.add_paragraph(), text, size=11.5)

    def warning(self, text):
        self._text(self.docx.add_paragraph(), text, bold=True, color=RGBColor(0xA4, 0x1E, 0x22))

    def note(self, text):
        self._text(self.docx.add_paragraph(), text, size=8.5, color=SOFT)

    def bullet(self, text):
        self._text(self.docx.add_paragraph(style="List Bullet"), text)

    def item(self, title, text, sources, who=""):
        """What is said, and below it in small letters who said it."""
        paragraph = self.docx.add_paragraph()
        if title:
            self._text(paragraph, f"{title}\n", bold=True)
        self._text(paragraph, text)
        for number, source in enumerate(sources):
            self._text(paragraph, "; " if number else "\n", size=8.5, color=SOFT)
            told = ": ".join(filter(None, [source.publisher, source.title]))
            if source.published_on:
                told = f"{told}, {date_format(source.published_on, 'DATE_FORMAT')}"
            told = " · ".join(filter(None, [who, told]))
            if source.url:
                self._link(paragraph, told, source.url)
            else:
                self._text(paragraph, told, size=8.5, color=SOFT)

    def table(self, head, rows):
        """A table of figures: its first and last column are words, those between are numbers."""
        table = self.docx.add_table(rows=1, cols=len(head))
        table.autofit = False
        between = len(head) - 2
        widths = [NAMES, *[(WIDTH - NAMES - WORDS) // between] * between, WORDS]
        for number, text in enumerate(head):
            self._fill(table.rows[0].cells[number], text, widths[number], bold=True, right=0 < number <= between)
        for row in rows:
            cells = table.add_row().cells
            for number, text in enumerate(row):
                self._fill(cells[number], text, widths[number], bold=number == 0, right=0 < number <= between)
        repeated = OxmlElement("w:tblHeader")
        repeated.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        borders = OxmlElement("w:tblBorders")
        for side in ("top", "bottom", "insideH"):
            border = OxmlElement(f"w:{side}")
            for name, value in [("val", "single"), ("sz", "4"), ("color", "C9CFD1")]:
                border.set(qn(f"w:{name}"), value)
            borders.append(border)
        table._tbl.tblPr.append(borders)
        self.docx.add_paragraph().paragraph_format.space_after = Pt(0)

    def picture(self, content, width, words):
        paragraph = self.docx.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        shape = paragraph.add_run().add_picture(BytesIO(content), width=width)
        shape._inline.docPr.set("descr", words)

    def _fill(self, cell, text, width, *, bold, right):
        cell.width = width
        paragraph = cell.paragraphs[0]
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.space_after = Pt(2)
        first, *below = text.split("\n")
        self._text(paragraph, first, size=9, bold=bold)
        for line in below:
            self._text(paragraph, f"\n{line}", size=7.5, color=SOFT)

    def _text(self, paragraph, text, *, size=None, bold=None, color=None):
        run = paragraph.add_run(cell_text(text))
        run.bold = bold
        if size:
            run.font.size = Pt(size)
        if color is not None:
            run.font.color.rgb = color
        return run

    def _link(self, paragraph, text, address):
        link = OxmlElement("w:hyperlink")
        link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        run = self._text(paragraph, text, size=8.5, color=LINK)
        link.append(run._r)
        paragraph._p.append(link)

    def _styles(self):
        chinese, language = FONTS[get_language()]
        for name, size, before, after in [
            ("Normal", 10, 0, 4), ("Title", 20, 0, 2), ("Heading 1", 13, 10, 4), ("List Bullet", 10, 0, 2),
        ]:  # fmt: skip
            style = self.docx.styles[name]
            style.font.name, style.font.size, style.font.color.rgb = "Arial", Pt(size), INK
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
                fonts.attrib.pop(qn(f"w:{theme}"), None)
            fonts.set(qn("w:eastAsia"), chinese)
            spoken = OxmlElement("w:lang")
            spoken.set(qn("w:val"), language)
            spoken.set(qn("w:eastAsia"), language if language.startswith("zh") else "zh-CN")
            for other in style.element.rPr.findall(qn("w:lang")):
                style.element.rPr.remove(other)
            style.element.rPr.append(spoken)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
        for border in self.docx.styles["Title"].element.iter(qn("w:pBdr")):
            border.getparent().remove(border)

    def _footer(self, page):
        paragraph = page.footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for kind, text in [("begin", None), (None, "PAGE"), ("end", None)]:
            run = paragraph.add_run()
            if text:
                element = OxmlElement("w:instrText")
                element.text = text
            else:
                element = OxmlElement("w:fldChar")
                element.set(qn("w:fldCharType"), kind)
            run._r.append(element)
