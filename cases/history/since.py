"""What became of the cases that a question found, since somebody last looked at the answer.

Kept of that look are marks: of each case when it was last changed and what a reader would miss most. They are compared
with the answer of now and not with a time: a change that is committed late is found all the same.
"""

from dataclasses import dataclass, field

from cases.models import Case


@dataclass
class Since:
    """Cases by primary key. `changed` has the mark that each had before; of those in `gone` nothing may be told."""

    new: list[int] = field(default_factory=list)
    changed: dict[int, list] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    gone: int = 0

    def __bool__(self):
        return bool(self.new or self.changed or self.left or self.gone)


def marks_of(cases):
    """{primary key as text: [microsecond of the last change, rigs, status]}, ready for JSON."""
    rows = cases.order_by().values_list("pk", "changed_at", "rigs", "status")
    return {str(pk): [round(changed_at.timestamp() * 1_000_000), rigs, status] for pk, changed_at, rigs, status in rows}


def since(then, now, reader):
    """What became of the marks `then` until `now`, as `reader` may be told.

    A case that is not in the answer any more is named only if the reader sees it elsewhere, and may know where it was:
    that it was once in the answer to a question about a place tells that.
    """
    lost = [int(pk) for pk in then.keys() - now.keys()]
    left = nameable(lost, reader)
    return Since(
        new=sorted(int(pk) for pk in now.keys() - then.keys()),
        changed={int(pk): then[pk] for pk in then.keys() & now.keys() if then[pk][0] != now[pk][0]},
        left=sorted(left),
        gone=len(lost) - len(left),
    )


def nameable(pks, reader):
    """Which of the cases `pks` may be named to `reader` whatever was asked: those of which all is told."""
    if not pks:
        return set()
    return set(Case.objects.visible_to(reader).filter(tells_where=True, pk__in=pks).values_list("pk", flat=True))
