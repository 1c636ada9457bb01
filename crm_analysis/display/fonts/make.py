"""The Chinese type of the charts, made anew: ``python -m crm_analysis.display.fonts.make FOLDER``.

``FOLDER`` holds ``NotoSansCJK-Regular.ttc`` and ``NotoSansCJK-Bold.ttc``, as Debian's package ``fonts-noto-cjk`` brings
them. What comes out is Noto Sans SC cut down to the characters of GB 2312, Latin 1 and some signs, without hinting and
layout rules, under a family name of its own so that an installed font never takes its place.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
FAMILY, WEIGHTS = "Noto Sans SC GB2312", ("Regular", "Bold")
FACE = 2  # of the collection: Simplified Chinese
SIGNS = "–—‘’“”…·•′″€™№←↑→↓−≤≥≠≈∞√∑×÷±°‰□■△▲▼◆○●"


def characters():
    """What the type can draw.

    >>> len(characters()) > 7000, ord("客") in characters(), ord("龘") in characters()
    (True, True, False)
    """
    found = {*range(0x20, 0x7F), *range(0xA0, 0x100), *map(ord, SIGNS)}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            found.update(map(ord, bytes([row, cell]).decode("gb2312", "ignore")))
    return found


def make(source, target, weight):
    """Write the small font ``target`` from the collection ``source``."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(source, fontNumber=FACE, recalcTimestamp=False)
    options = Options(hinting=False, layout_features=[], notdef_outline=True, name_IDs=[0, 1, 2, 4, 6, 13, 14])
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GPOS", "GSUB", "GDEF"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    names = {1: FAMILY, 2: weight, 4: f"{FAMILY} {weight}", 6: f"{FAMILY.replace(' ', '')}-{weight}"}
    for number, text in names.items():
        font["name"].setName(text, number, 3, 1, 0x409)
    font["CFF "].cff.fontNames[0] = names[6]
    font.save(target)


if __name__ == "__main__":
    for name in WEIGHTS:
        make(Path(sys.argv[1]) / f"NotoSansCJK-{name}.ttc", HERE / f"NotoSansSC-GB2312-{name}.otf", name)
