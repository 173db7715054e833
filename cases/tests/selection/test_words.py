"""Text becomes words: what looks alike to a reader is one word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.selection.words import asked, marked, words


def lexemes(text):
    return [word.lexemes[-1] for word in words(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("查获68台", ["查获", "获", "68", "台"]),
        ("S19矿机", ["s19", "矿机", "机"]),
        ("TNB查获", ["tnb", "查获", "获"]),
        ("11,000 rigs", ["11000", "rigs"]),
        ("1.1万", ["11000", "万"]),
        ("２０２１", ["2021"]),
        ("۱۲۰۰", ["1200"]),
        ("ÜRÜMQI Łódź", ["urumqi", "lodz"]),
        ("ماينر كيك", ["ماینر", "کیک"]),
        ("Xi’an", ["xian"]),
        ("МАЙНИНГ-ферма", ["маининг", "ферма"]),
        ("3090Ti", ["3090ti"]),
        ("ｗｈａｔｓｍｉｎｅｒ", ["whatsminer"]),
        ("內蒙古", ["内蒙", "蒙古", "古"]),
        ("!!! — ·", []),
    ],
)
def test_words_end_where_the_script_changes_and_have_one_form(text, expected):
    assert lexemes(text) == expected


@pytest.mark.parametrize("spelling", ["Xi'an", "Xi’an", "Xiʼan", "xi‘an", "XI＇AN"])
def test_every_apostrophe_is_the_same(spelling):
    assert words(spelling)[0].lexemes == ("xi'an", "xian")


@pytest.mark.parametrize("number", ["11000", "11,000", "1.1万", "１１０００", "١١٠٠٠", "11 thousand"])
def test_a_number_is_one_however_it_is_written(number):
    assert [[word.lexemes for word in phrase] for phrase in asked(number)] == [[("11000",)]]


def test_what_was_asked_for_is_marked():
    pieces = marked("Police took 11,000 S19矿机 in Xi’an", "矿机 11000 xian polic")
    assert [text for text, hit in pieces if hit] == ["Police", "11,000", "矿机", "Xi’an"]


@given(st.text(), st.text())
def test_marks_change_no_text(text, question):
    assert "".join(piece for piece, _hit in marked(text, question)) == text


@given(st.text())
def test_positions_ascend_and_words_lie_in_the_text(text):
    found = words(text)
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    assert [word.at for word in found] == sorted(word.at for word in found)
