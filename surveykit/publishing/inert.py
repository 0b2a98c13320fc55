"""Text from strangers made inert: cleaned of control characters, then escaped for where it goes.

Labels, question wordings and open answers come from files that somebody else wrote. Every renderer passes each of
them through :func:`clean` and its own escape, so that no label can be markup, a formula, a command or an escape
sequence anywhere.
"""

from __future__ import annotations

import html
import re
import unicodedata

__all__ = ["clean", "escape_html", "escape_latex", "escape_markdown", "escape_spreadsheet"]

# Marks that reorder or hide the text around them.
_HIDDEN = frozenset(
    code
    for first, last in (
        (0x00AD, 0x00AD),
        (0x061C, 0x061C),
        (0x180E, 0x180E),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0xFEFF, 0xFEFF),
        (0xFFF9, 0xFFFB),
        (0xE0000, 0xE007F),
    )
    for code in range(first, last + 1)
)
_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    # After the end of a row these would be read as its options.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    # Two or three of them would be drawn as a dash.
    "-": "-{}",
}
_MARKDOWN = re.compile(r"([\\`*_{}\[\]|~$^])|^(\s*)([#+=:-])")
# Characters that begin a formula in spreadsheet programs, full-width forms and leading blanks included.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]")


def clean(text: object) -> str:
    r"""Take control characters, marks of text direction and unpaired surrogates out; line ends become blanks.

    Examples
    --------
    >>> clean("two\nlines\x1b[31m\u202e red\x00")
    'two lines[31m red'
    """
    found = []
    for character in str(text):
        category = unicodedata.category(character)
        if character in "\t\n\r\v\f\x1c\x1d\x1e\x85" or category in ("Zl", "Zp"):
            found.append(" ")
        elif category not in ("Cc", "Cs", "Cn", "Co") and ord(character) not in _HIDDEN:
            found.append(character)
    return "".join(found)


def escape_html(text: object) -> str:
    """Escape for HTML text and quoted attributes.

    Examples
    --------
    >>> escape_html("<script>alert('x')</script>")
    '&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;'
    """
    return html.escape(clean(text), quote=True)


def escape_latex(text: object) -> str:
    r"""Escape for LaTeX text, also at the start of a table row.

    Examples
    --------
    >>> print(escape_latex(r"50 % of \input{x} & more_$"))
    50 \% of \textbackslash{}input\{x\} \& more\_\$
    """
    return "".join(_LATEX.get(character, character) for character in clean(text))


def escape_markdown(text: object) -> str:
    r"""Escape for Markdown, inside and outside tables; web addresses do not become links.

    Examples
    --------
    >>> print(escape_markdown("<b>a|b</b> [x](y)"))
    &lt;b&gt;a\|b&lt;/b&gt; \[x\](y)
    """
    shown = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _MARKDOWN.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", shown)
    shown = shown.replace("://", "&#58;//").replace("@", "&#64;")
    shown = re.sub(r"(?i)\b(www|mailto|xmpp)([.:])", lambda m: f"{m[1]}&#{ord(m[2])};", shown)
    # A line that begins with a number and a dot would be a list.
    return re.sub(r"^(\s*\d+)\.", r"\1\\.", shown)


def escape_spreadsheet(text: object) -> str:
    """Put an apostrophe before text that a spreadsheet program would read as a formula.

    Examples
    --------
    >>> escape_spreadsheet("=HYPERLINK(1)"), escape_spreadsheet("Exporters")
    ("'=HYPERLINK(1)", 'Exporters')
    """
    shown = clean(text)
    return f"'{shown}" if _FORMULA.match(shown) else shown
