"""Names from outside are data: nothing in them may steer a terminal or pass for markup."""

import unicodedata

# Control characters, format characters (which include bidirectional overrides), surrogates and line separators.
_UNPRINTABLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def plain(text: str) -> str:
    r"""``text`` on one line with everything unprintable made visible (``\x1b``, ``\u202e``).

    To be used with a console that reads no markup, so that ``[red]`` in a VM's name stays what it is.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def plain_lines(text: str) -> str:
    """The same for a text of our own that may have several lines."""
    return "\n".join(plain(line) for line in text.split("\n"))


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return character.encode("unicode_escape", errors="backslashreplace").decode("ascii")
