"""What a case says when the box did not do what it must."""


class Failure(Exception):
    """The case failed; the text says what was expected and what was seen."""


def check(holds, text):
    if not holds:
        raise Failure(text)
