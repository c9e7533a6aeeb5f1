"""The colors of the maps as all eyes see them: computed here, from the papers, by nothing of the package's."""

from itertools import combinations

import numpy as np
import pytest

from embedviz.widgets import look

# How eyes without one of the three kinds of cones see a color, in linear RGB: Machado, Oliveira and Fernandes,
# "A Physiologically-based Model for Simulation of Color Vision Deficiency" (2009), severity 1.
VISIONS = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
XYZ = np.array(  # of linear sRGB, white point D65
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
LISTS = {
    "classes on white": ([*look.PALETTE, look.OTHER], look.PAPER),
    "classes on black": ([*look.DARK, look.OTHER_DARK], look.PAPER_DARK),
    "ranges on white": ([*look.ORDERED, look.OTHER], look.PAPER),
    "ranges on black": ([*look.ORDERED_DARK, look.OTHER_DARK], look.PAPER_DARK),
}


def linear(color: str) -> np.ndarray:
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear sRGB."""
    xyz = XYZ @ np.clip(rgb, 0, 1) / XYZ.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(one, other) -> float:
    """The distance of two colors in CIELAB: Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula" (2005)."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25**7)))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn, middle = h2 - h1, (h1 + h2) / 2
    if c1 * c2 == 0:
        turn, middle = 0, h1 + h2
    elif abs(h1 - h2) > 180:
        turn -= 360 * np.sign(turn)
        middle += 180 if h1 + h2 < 360 else -180
    hue = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    cosines = [np.cos(np.radians(k * middle + shift)) for k, shift in ((1, -30), (2, 0), (3, 6), (4, -63))]
    t = 1 - 0.17 * cosines[0] + 0.24 * cosines[1] + 0.32 * cosines[2] - 0.20 * cosines[3]
    s_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_chroma, s_hue = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    turned = np.radians(60 * np.exp(-(((middle - 275) / 25) ** 2)))
    r = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(turned)
    dl, dc, dh = (l2 - l1) / s_light, (c2 - c1) / s_chroma, hue / s_hue
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + r * dc * dh))


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""
    low, high = sorted(float(XYZ[1] @ linear(color)) for color in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(  # of the table that came with the paper
    "one, other, distance",
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((50, 2.5, 0), (50, 0, -2.5), 4.3065),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((50, 2.5, 0), (56, -27, -3), 31.9030),
        ((50, 2.5, 0), (58, 24, 15), 19.4535),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((63.0109, -31.0961, -5.8663), (62.8187, -29.7946, -4.0864), 1.2630),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_is_that_of_the_paper(one, other, distance):
    assert ciede2000(one, other) == pytest.approx(distance, abs=5e-5)
    assert ciede2000(other, one) == pytest.approx(distance, abs=5e-5)


def test_black_and_white_are_where_they_belong():
    np.testing.assert_allclose(lab(linear("#ffffff")), [100, 0, 0], atol=0.01)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)  # the gray of WCAG's own example


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", LISTS)
def test_any_two_colors_differ_to_every_eye(name, vision):
    colors, _ = LISTS[name]
    seen = {color: lab(VISIONS[vision] @ linear(color)) for color in colors}
    near = {pair: ciede2000(*(seen[color] for color in pair)) for pair in combinations(colors, 2)}
    assert min(near.values()) >= 12, min(near.items(), key=lambda one: one[1])


@pytest.mark.parametrize("name", LISTS)
def test_every_color_stands_out_from_what_it_is_drawn_on(name):
    colors, paper = LISTS[name]
    assert {color: contrast(color, paper) >= 3 for color in colors} == dict.fromkeys(colors, True)


@pytest.mark.parametrize("name", ["ranges on white", "ranges on black"])
@pytest.mark.parametrize("vision", VISIONS)
def test_ranges_go_from_dark_to_light(name, vision):
    lightness = [lab(VISIONS[vision] @ linear(color))[0] for color in LISTS[name][0][:-1]]
    assert np.diff(lightness).min() > 5


def test_each_class_has_its_own_shape():
    for colors in (look.PALETTE, look.ORDERED):
        groups = look.Groups(np.arange(len(colors) + 1), ["x"] * (len(colors) + 1), [*colors, look.OTHER])
        assert len(set(groups.shapes)) == len(groups.shapes) == len(set(groups.darks)) and groups.shapes[-1] == "dot"
