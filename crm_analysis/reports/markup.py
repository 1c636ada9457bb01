"""From what a notebook holds to HTML that can do no harm: prose, formulas, code, tables, figures.

Two kinds of text meet on a page. Prose is ours: it lies in the repository and is trusted. Outputs carry what
customers, shops and files are called: they are data, and whatever they say is shown, never obeyed.
"""

import base64
import binascii
import html
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from crm_analysis.display.words import sentence, tr

# What our own display helpers open with, and all that they ever use. A class is a name for the style sheet only.
KNOWN_STARTS = ('<table class="crm">', '<dl class="headlines">', '<div class="list">', '<ol class="steps">', "<p>")
KNOWN_TAGS = {
    "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "dl", "div", "dt", "dd", "p", "strong", "em", "ul",
    "ol", "li",
}  # fmt: skip
KNOWN_ATTRIBUTES = {"class": r"[a-z][a-z -]*", "scope": "col|row", "colspan": r"\d{1,3}", "rowspan": r"\d{1,3}"}

TALL = 0.7

_SECTION = re.compile(r"<!--section (\d+)-->")
_CODE_CLASSES = (
    (Comment, "c"), (Keyword, "k"), (Operator.Word, "k"), (String, "s"), (Number, "n"), (Name.Builtin, "b"),
)  # fmt: skip


class Prose(IPythonRenderer):
    """Markdown to HTML for one page: takes the sections out, keeps headings in order, sets formulas as MathML."""

    def __init__(self):
        super().__init__(escape=False)
        self.titles = []
        self._titled = False
        self._depth = 1
        self._slugs = {"main", "contents", "method"}

    def pieces(self, source):
        """The text as a list of ``(None, html)`` and, where a section starts, ``(title, "")``."""
        parts = _SECTION.split(MarkdownWithMath(renderer=self).render(source))
        found = [(None, parts[0])]
        for number, text in zip(parts[1::2], parts[2::2], strict=True):
            found += [(self.titles[int(number)], ""), (None, text)]
        return [(title, text) for title, text in found if title is not None or text.strip()]

    def slug(self, text):
        """An address inside the page made of the heading's words; equal headings are numbered."""
        base = re.sub(r"\W+", "-", html.unescape(re.sub(r"<[^>]+>", "", text)).lower()).strip("-") or "section"
        slug, count = base, 1
        while slug in self._slugs:
            count += 1
            slug = f"{base}-{count}"
        self._slugs.add(slug)
        return slug

    def heading(self, text, level, **attrs):
        """The first ``#`` is the page's title and stands elsewhere; no heading skips a level."""
        if level == 1 and not self._titled:
            self._titled = True
            return ""
        self._depth = min(max(level, 2), self._depth + 1)
        if self._depth == 2:
            self.titles.append(text)
            return f"<!--section {len(self.titles) - 1}-->"
        return f'<h{self._depth} id="{self.slug(text)}">{text}</h{self._depth}>\n'

    def block_code(self, code, info=None):
        """Fenced code; without a language it is plain text."""
        return code_block(code) if (info or "").strip() in ("python", "py") else plain_block(code)

    def table(self, text):
        """A table in prose scrolls in its own frame, so that the page never does."""
        table = f'<table class="crm">{text}</table>'
        return f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(tr("Table"))}">{table}</div>\n'

    def table_cell(self, text, align=None, head=False):
        """Alignment as a class: the page's policy forbids style attributes."""
        css = ' class="number"' if align == "right" else ""
        return f'<th scope="col"{css}>{text}</th>' if head else f"<td{css}>{text}</td>"

    def inline_math(self, body):
        """A formula within a line."""
        return formula(body)

    def block_math(self, body):
        """A formula on its own line."""
        return formula(body, block=True)

    def latex_environment(self, name, body):
        """A formula given as a LaTeX environment."""
        return formula(rf"\begin{{{name}}}{body}\end{{{name}}}", block=True)


def formula(tex, block=False):
    """LaTeX as MathML, which browsers draw and screen readers read; what cannot be set stays as readable code."""
    tex = tex.strip()
    mathml = _mathml(tex, block)
    if mathml is None:
        code = f"<code>{html.escape(tex, quote=False)}</code>"
        return f'<span class="formula">{code}</span>' if block else code
    if not block:
        return mathml
    return f'<span class="formula" role="group" tabindex="0" aria-label="{escape(tr("Formula"))}">{mathml}</span>'


def _mathml(tex, block):
    """MathML, or None. latex2mathml lets commands that it does not know, and stray ``&``, through as text: we do not.

    ``aligned`` is unknown to it and ``align`` numbers its lines; ``align*`` is what both mean inside a text.
    """
    tex = re.sub(r"\\(begin|end)\{(?:aligned|align)\}", r"\\\1{align*}", tex)
    try:
        mathml = convert(tex, display="block" if block else "inline")
        tags = [element.tag for element in ElementTree.fromstring(mathml).iter()]  # noqa: S314  our own prose
    except Exception:  # the library's errors share no base class, and a formula must not cost the report
        return None
    known = all(tag.startswith("{http://www.w3.org/1998/Math/MathML}m") for tag in tags)
    return mathml if known and not re.search(r">\\[a-zA-Z]", mathml) else None


def code_block(source):
    """Python code, coloured by the page's own style sheet in light and dark."""
    return _pre("code", tr("Code"), _highlighted(source.rstrip()))


def plain_block(text):
    """Text as it was printed, without a terminal's colour codes and without addresses in memory.

    An address (``<Axes at 0x7f3a…>``) differs from run to run; the same inputs must give the same bytes.
    """
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return _pre("plain", tr("Output"), html.escape(re.sub(r" at 0x[0-9a-fA-F]+", "", text).strip("\n"), quote=False))


def _pre(css, label, inner):
    return f'<pre class="{css}" role="group" tabindex="0" aria-label="{escape(label)}"><code>{inner}</code></pre>\n'


class _Formatter(HtmlFormatter):
    """Pygments with six classes instead of eighty: enough to read by, and small."""

    def _get_css_class(self, ttype):
        return next((css for kind, css in _CODE_CLASSES if ttype in kind), "")


def _highlighted(source):
    return highlight(source, PythonLexer(), _Formatter(nowrap=True)).rstrip("\n")


def figure(source, alt, caption, number, tall=False):
    """A picture with its number and caption; ``source`` is that of :func:`picture`; a ``tall`` one gets more of a printed page.

    The picture is an ``img``: inside it scripts, links and requests are dead, whatever the file contains.
    """
    label = sentence("Figure {n}", n=(number, "count"))
    return Markup(
        '<figure{kind}><div class="scroll" role="region" tabindex="0" aria-label="{label}">'
        '<img src="{source}" alt="{alt}"></div>'
        '<figcaption><span class="label">{label}</span> {caption}</figcaption></figure>\n'
    ).format(
        kind=Markup(' class="tall"') if tall else "",
        label=label,
        source=source,
        alt=alt.strip() or label,
        caption=caption,
    )


def picture(data):
    """The kind of the picture in an output's data and its address as ``data:``; two times None without one."""
    if "image/svg+xml" in data:
        return "image/svg+xml", _address("image/svg+xml", joined(data["image/svg+xml"]).encode("utf-8"))
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            try:
                return kind, _address(kind, base64.b64decode(joined(data[kind])))
            except binascii.Error:
                break
    return None, None


def is_tall(data):
    """Whether the picture in an output's data is more than ``TALL`` times as high as it is wide, as far as it tells."""
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', joined(data.get("image/svg+xml", ""))[:2000])
    return bool(box) and float(box[2]) > TALL * float(box[1])


def _address(kind, content):
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def joined(text):
    """One text of what a notebook file may keep as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def known_html(text):
    """HTML of one of our display helpers, rebuilt from its parts, or None for any other.

    ``text/html`` in an output may come from anything that a notebook displays (a frame with its own repr, a
    library's widget), and may hold names from the data. A start that looks like ours proves nothing about the rest,
    so the whole is parsed: only the few tags our helpers use, only closed in order, only harmless attributes; then
    it is written anew from what was understood. Anything else is refused, and its plain text is shown instead.
    """
    if not text.lstrip().startswith(KNOWN_STARTS):
        return None
    parser = _Rebuild()
    try:
        parser.feed(text.strip())
        parser.close()
    except _Unknown:
        return None
    return None if parser.open else "".join(parser.out)


class _Unknown(Exception):
    """The markup is not that of our helpers."""


class _Rebuild(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out, self.open = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in KNOWN_TAGS or not all(re.fullmatch(KNOWN_ATTRIBUTES.get(k, "(?!)"), v or "") for k, v in attrs):
            raise _Unknown(tag)
        self.open.append(tag)
        written = "".join(f' {name}="{escape(value)}"' for name, value in attrs)
        self.out.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag, attrs):
        raise _Unknown(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise _Unknown(tag)
        self.out.append(f"</{tag}>")

    def handle_data(self, data):
        self.out.append(html.escape(data, quote=False))

    def _refuse(self, *_):
        raise _Unknown

    handle_comment = handle_decl = handle_pi = unknown_decl = _refuse


def numbered_table(table, number):
    """A finished table in a frame that scrolls by itself and can be reached by keyboard; its caption is numbered."""
    name = sentence("Table {n}", n=(number, "count"))
    found = re.search(r"<caption>(.*?)</caption>", table, re.DOTALL)
    words = html.unescape(re.sub(r"<[^>]+>", "", found[1])) if found else ""
    if found:
        caption = f'<caption><span class="told"><span class="label">{name}</span> {found[1]}</span></caption>'
        table = table[: found.start()] + caption + table[found.end() :]
    label = escape(sentence("{table}: {caption}", table=name, caption=words) if words else name)
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{label}">{table}</div>\n'
