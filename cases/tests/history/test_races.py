"""Two people at once."""

import threading

import pytest
from django.db import connections

from cases.actions.publishing import publish_case
from cases.history import undo
from cases.models import Case
from cases.tests.builders import (
    make_case,
)
from cases.tests.history.builders import (
    OFFICER,
    made,
)
from regions.tests.builders import make_person, make_region, make_source

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def at_once(self, *acts):
        """What each of `acts` returned or raised, all having begun together, each on a connection of its own."""
        barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

        def run(at, act):
            try:
                barrier.wait(10)
                found[at] = act()
            except Exception as problem:
                found[at] = type(problem).__name__
            finally:
                connections.close_all()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
        [thread.start() for thread in threads]
        [thread.join(30) for thread in threads]
        return found

    def people(self):
        region = make_region()
        return region, make_person(*OFFICER, regions=[region])

    @pytest.mark.parametrize("what", ["edit", "delete", "create"])
    def test_of_two_that_take_back_the_same_one_wins(self, what):
        region, officer = self.people()
        for _round in range(3):
            case = make_case(region=region, place="Before")
            pk = case.pk
            key = {
                "edit": lambda c=case: made(lambda: Case.objects.filter(pk=c.pk).update(place="After")),
                "delete": lambda c=case: made(lambda: c.delete()),
                "create": lambda: made(lambda: make_case(region=region, ref="made")),
            }[what]()
            act = lambda k=key: undo.undo(k, by=officer)  # noqa: E731
            assert sorted(map(str, self.at_once(act, act))) == ["1", "ChangedSince"]
            assert not Case.objects.filter(ref="made").exists()
            assert Case.objects.get(pk=pk).place == "Before"

    def test_control_two_that_take_back_two_things_both_win(self):
        region, officer = self.people()
        cases = [make_case(region=region) for _each in range(2)]
        keys = [made(lambda c=case: Case.objects.filter(pk=c.pk).update(place="After")) for case in cases]
        assert self.at_once(*[lambda k=key: undo.undo(k, by=officer) for key in keys]) == [1, 1]
        assert set(Case.objects.values_list("place", flat=True)) == {""}

    def test_an_edit_that_comes_meanwhile_is_not_lost(self):
        region, officer = self.people()
        for _round in range(5):
            case = make_case(region=region, place="Before")
            key = made(lambda c=case: Case.objects.filter(pk=c.pk).update(place="After"))
            edit = lambda c=case: made(lambda: Case.objects.filter(pk=c.pk).update(note="Mine"))  # noqa: E731
            undone, _key = self.at_once(lambda k=key: undo.undo(k, by=officer), edit)
            case.refresh_from_db()
            assert case.note == "Mine"
            assert case.place == ("Before" if undone == 1 else "After")

    def test_two_that_publish_at_once_publish_once(self):
        region, officer = self.people()
        case = make_case(region=region)
        case.sources.add(make_source())
        act = lambda: publish_case(case, by=officer)  # noqa: E731
        assert sorted(map(str, self.at_once(act, act))) == ["AlreadyDone", "None"]
