"""Reads the frame number that the test card carries as 32 blocks along its top edge.

The same rules as `hearth_media::strip`, which the drawing uses too.
"""

BLOCKS = 32
_CONTRAST_MIN = 80
_MARGIN_MIN = 0.15


def read_frame(picture):
    """The frame number, or None where no strip is to be believed. Also under a dimming overlay."""
    if picture.width < BLOCKS * 2 or picture.height < 20:
        return None
    blocks = [_block(picture, block) for block in range(BLOCKS)]
    frame = _decode(picture, blocks, 1.0)
    if frame is None and max(blocks) >= 40:
        frame = _decode(picture, blocks, 235 / max(blocks))
    return frame


def read_ms(picture, fps=30):
    frame = read_frame(picture)
    return None if frame is None else frame * 1000 // fps


def _decode(picture, blocks, gain):
    blocks = [min(255, int(value * gain)) for value in blocks]
    darkest, brightest = min(blocks), max(blocks)
    span = brightest - darkest
    if span < _CONTRAST_MIN:
        line = min(255, int(_line(picture) * gain))
        return 0 if line - brightest >= _CONTRAST_MIN else None
    levels = [(value - darkest) / span for value in blocks]
    if any(abs(level - 0.5) < _MARGIN_MIN for level in levels):
        return None
    number = 0
    for level in levels:
        number = number << 1 | (level > 0.5)
    return number


def _height(picture):
    return max(1, (picture.height + 10) // 20)


def _block(picture, block):
    start, end = picture.width * block // BLOCKS, picture.width * (block + 1) // BLOCKS
    middle, spread = (start + end) // 2, (end - start) // 8
    strip = _height(picture)
    values = [
        picture.grey(x, y)
        for y in range(strip // 2 - strip // 8, strip // 2 + strip // 8 + 1)
        for x in range(middle - spread, middle + spread + 1)
    ]
    return sum(values) // len(values)


def _line(picture):
    strip = _height(picture)
    return max(
        sum(picture.grey(x, y) for x in range(picture.width)) // picture.width
        for y in range(strip, strip + max(1, strip // 4) + 1)
    )
