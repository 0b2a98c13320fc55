"""Colours can be told apart by readers with other vision and on paper printed in black and white."""

from __future__ import annotations

from itertools import combinations

import pytest

from surveykit.errors import PublishingError
from surveykit.publishing.colours import (
    PALETTES,
    contrast,
    difference,
    least_difference,
    lightness,
    on_colour,
    palette,
    seen_with,
)
from surveykit.publishing.themes import THEMES, theme_of

VISIONS = ("normal", "protanopia", "deuteranopia")


def test_colour_arithmetic_against_known_values() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)  # the example of WCAG 2.x texts
    assert lightness("#777777") == pytest.approx(50.03, abs=0.01)
    assert difference("#ffffff", "#000000") == pytest.approx(100, abs=1e-3)
    # Rows of the matrices add to one: greys stay grey.
    assert all(seen_with("#808080", vision) == "#808080" for vision in VISIONS)
    red, green = seen_with("#c00000", "deuteranopia"), seen_with("#4a7a00", "deuteranopia")
    assert difference(red, green) < difference("#c00000", "#4a7a00") / 2


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", PALETTES)
def test_neighbours_differ_in_every_vision(theme: str, kind: str) -> None:
    colours = {name: theme_of(theme)[name] for name in PALETTES}  # type: ignore[literal-required]
    for count in range(2, 8):
        chosen = palette(kind, count, colours=colours)
        for vision in VISIONS:
            assert least_difference(chosen, vision) >= 10, (theme, kind, count, vision)
        assert least_difference(chosen, "greyscale") >= 8, (theme, kind, count)


def test_all_nominal_colours_differ_from_each_other() -> None:
    for one, other in combinations(PALETTES["nominal"], 2):
        for vision in VISIONS:
            assert difference(seen_with(one, vision), seen_with(other, vision)) >= 12
        assert abs(lightness(one) - lightness(other)) >= 8


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read(theme: str) -> None:
    chosen = theme_of(theme)
    for name in ("text", "muted", "title_colour", "accent"):
        assert contrast(chosen[name], chosen["background"]) >= 4.5  # type: ignore[literal-required]
    assert contrast(chosen["single"], chosen["background"]) >= 3
    for name in PALETTES:
        for colour in chosen[name]:  # type: ignore[literal-required]
            assert contrast(on_colour(colour), colour) >= 4.5


def test_too_many_colours_are_refused() -> None:
    with pytest.raises(PublishingError, match="8 series need 8 colours, and 7 can be told apart"):
        palette("nominal", 8)


def test_themes_are_plain_dictionaries_that_may_be_changed() -> None:
    assert theme_of({"text_size": 10.0})["text_size"] == 10.0
    with pytest.raises(PublishingError, match="Did you mean 'text_size'"):
        theme_of({"text_sise": 10.0})  # type: ignore[typeddict-unknown-key]
    with pytest.raises(PublishingError, match="Did you mean 'ministry'"):
        theme_of("minstry")
