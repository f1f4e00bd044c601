"""Characters that look like nothing: the list holds what a regular expression would take, and no other."""

import re
import sys

import pytest

from perf_excel.numbers import NOTHING, says_nothing
from perf_excel.text import BLANKS, INVISIBLE, squeeze, strip

ANY = re.compile(rf"[\s{INVISIBLE}\x00-\x1f]+")


def test_the_list_of_blanks_is_whole():
    every = map(chr, (*range(0xD800), *range(0xE000, sys.maxunicode + 1)))
    assert sorted(BLANKS) == [character for character in every if ANY.fullmatch(character)]


@pytest.mark.parametrize(
    "text", ["", " ", "\u3000\ufeff", "甲", "\t甲 乙\u200b\n", "\u00a0甲\x07", "甲\u2003\u20032024 年"]
)
def test_ends_and_everything_inside(text):
    assert squeeze(text) == ANY.sub("", text)
    assert strip(text) == re.sub(rf"\A{ANY.pattern}|{ANY.pattern}\Z", "", text)


@pytest.mark.parametrize(("raw", "nothing"), [(None, True), ("", True), (0, False), (False, False), (0.0, False)])
def test_what_is_no_text_says_nothing_only_where_it_is_blank(raw, nothing):
    assert says_nothing(raw) is nothing


@pytest.mark.parametrize("text", [*NOTHING, " — ", "－", "\u200b"])
def test_a_dash_says_nothing(text):
    assert says_nothing(text)


@pytest.mark.parametrize("text", ["一", "无", "龥", "——见附件", "0", "a"])
def test_a_word_says_something(text):
    assert not says_nothing(text)
