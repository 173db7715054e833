"""The languages that bulletins are read in: a module each, with its words. What is done with them is in the room above.

A module has the names below; a pattern finds its words in `BulletinText.plain`, where digits and signs have one form each.

    CODES                   as BCP 47 writes the language
    reads(plain)            the share of the letters that are of this language
    in_digits(text, country) a number as regions.grammar.amounts reads it
    SENTENCE, CLAUSE        where a sentence and a part of it end
    HEADING                 the head of a case in a text of several: “Case 2:”, 案例二
    MINING, MAYBE_MINING    the words without which no text is about mining; those that may be about it, or None
    DATELINE                where and when the text was written, at its beginning; None if the language has none
    DAYS, day_of            the forms of days, and (day, precision, whether it is stated) of a match
    HAPPENED, NOT_THE_DAY_AFTER, NOT_THE_DAY_BEFORE
    RIGS, CARDS, RIGS_TOTAL, RIGS_TOTAL_AFTER, NOT_RIGS_BEFORE, NOT_RIGS_AFTER
    SEIZED                  what is done with rigs
    PEOPLE, SOMEBODY, NOT_PEOPLE_BEFORE, NOT_PEOPLE_AFTER, NOBODY, people_together
    MONEY, NOT_MONEY_BEFORE, NOT_MONEY_AFTER, LOSS, WORTH, CASE_VALUE, SMUGGLED
    ENERGY, NOT_ENERGY_BEFORE, NOT_ENERGY_AFTER
    LOAD, LOAD_WORDS, NOT_LOAD_BEFORE
    RATES, CONVERTED        of what period an amount is; that it is another one in other words
    PERIODS                 words that may say of what period an amount is, in a way that RATES does not read
    PREMISES                how many places rigs were at
    LEADS, NOT_THE_LEAD     [(rank, lead source, pattern)]; of one rank, what is said first counts
    SITES, THEFT, OUTCOME   where rigs stood; that power was stolen; what became of the site
    places_in, agencies_in, provisions_in   what each language names in its own way
"""

from functools import cache


@cache
def all_languages():
    """The modules, loaded with the first text: their patterns take a second, for which no start of a server waits."""
    from . import chinese, english, malay

    return chinese, english, malay


def language_of(plain: str):
    """The module that reads the text, or None: nobody here knows its language."""
    best = max(all_languages(), key=lambda language: language.reads(plain))
    return best if best.reads(plain) >= 0.5 else None
