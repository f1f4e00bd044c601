"""Garbage is not looked for while a workbook is made, and is afterwards."""

import gc

import pytest

from perf_excel.garbage import left_alone


@left_alone()
def inside():
    return gc.isenabled()


def test_nothing_is_looked_for_until_the_end():
    assert gc.isenabled()
    assert not inside()
    assert gc.isenabled()
    with left_alone():
        assert not inside()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_ends_it():
    with pytest.raises(ZeroDivisionError), left_alone():
        1 / 0  # noqa: B018
    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off():
    gc.disable()
    try:
        inside()
        assert not gc.isenabled()
    finally:
        gc.enable()
