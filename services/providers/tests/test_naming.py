"""Slugs and folded text."""

import pytest

from providers.domain.naming import SLUG_LENGTH, SlugNeeded, alternatives, fold, slug_of


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Barbería El Ñato", "barberia-el-nato"),
        ("  Nico & Asociados  ", "nico-asociados"),
        ("Güemes 24 hs.", "guemes-24-hs"),
    ],
)
def test_a_slug_is_the_name_without_accents_case_and_signs(name: str, slug: str) -> None:
    assert slug_of(name) == slug


def test_a_slug_is_cut_without_leaving_a_dash_at_its_end() -> None:
    slug = slug_of("a" * (SLUG_LENGTH - 1) + " barbería")
    assert slug == "a" * (SLUG_LENGTH - 1)


def test_a_name_without_letters_or_digits_needs_a_slug_of_its_own() -> None:
    with pytest.raises(SlugNeeded):
        slug_of("美髪")


def test_alternatives_fit_into_the_length_of_a_slug() -> None:
    assert alternatives("nico")[:2] == ["nico-2", "nico-3"]
    assert all(len(one) <= SLUG_LENGTH for one in alternatives("a" * SLUG_LENGTH))


def test_folding_makes_accents_case_and_spaces_equal() -> None:
    assert fold("CORTE  Ñandú") == "corte nandu"
