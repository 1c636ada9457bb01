"""Files as bytes: what they truly are, whether they are whole, and their text as UTF-8.

What a file is, is read from its first bytes, never from its name.
"""

import codecs
import functools
import gzip
import hashlib
import os
import re
import zipfile
import zlib
from typing import NamedTuple

from crm_analysis.data.errors import refuse

CHUNK = 1 << 20
BLOCK = 1 << 16  # a line of two blocks or more covers one of them whole
CONTROLS = bytes(i for i in range(32) if i not in (9, 10, 13)) + b"\x7f"
UNPACKED_MAX = 256 * CHUNK  # above this size a file that unpacks to more than RATIO_MAX times is a bomb
RATIO_MAX = 100
WORKBOOK_MAX = 400 * CHUNK
CELLS_MAX = 1 << 24  # as many filled cells are over WORKBOOK_MAX anyway
PLACE = re.compile(rb'\br="(?:(\d{1,7})|([A-Z]{2,3})\d{1,7})"')  # of a row, or of a cell beyond column Z
WORKBOOK_RATIO = 50  # worksheets of honest data shrink to a tenth or less rarely beyond a twentieth

MAGIC = (
    (b"\x1f\x8b", "gzip"), (b"PAR1", "parquet"), (b"SQLite format 3\0", "sqlite"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"), (b"PK\x03\x04", "zip"), (b"PK\x05\x06", "zip"),
)  # fmt: skip
FOREIGN = (
    (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"), (b"\x7fELF", "a program"), (b"MZ\x90", "a program"),
    (b"BZh", "bzip2-compressed"), (b"\xfd7zXZ", "xz-compressed"), (b"\x28\xb5\x2f\xfd", "zstd-compressed"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"Rar!", "a RAR archive"), (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"), (b"ORC", "an ORC file"),
)  # fmt: skip
BOMS = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip


class Scan(NamedTuple):
    """What one look at all bytes tells: what need not be looked for again in every cell.

    ``broken``: offset of the first byte that is not UTF-8, or -1; ``lines``: line feeds; ``blanks``: tabs or quotes are
    in it; ``spaced``: a quote behind a blank is in it; ``exponents``: ``E+`` is in it; ``long``: some line may be longer
    than 128 KB.
    """

    sha256: str
    bytes: int
    ascii: bool = True
    controls: bool = False
    broken: int = -1
    lines: int = 0
    blanks: bool = False
    quotes: bool = False
    spaced: bool = False
    exponents: bool = False
    long: bool = False


def kind(path):
    """``csv``, ``gzip``, ``zip``, ``excel``, ``parquet``, ``sqlite`` or ``duckdb``, by content.

    Raises DataError ``not_found``, ``empty_file`` or ``not_a_table``.
    """
    name = os.path.basename(path)
    if not os.path.isfile(path):
        refuse("not_found", name, "there is no such file", mend="Check the path.")
    with open(path, "rb") as file:
        head = file.read(4096)
    if not head:
        refuse("empty_file", name, "the file is empty (0 bytes)", mend="Export it again.")
    for magic, found in MAGIC:
        if head.startswith(magic):
            return _zipped(path) if found == "zip" else found
    if head[8:12] == b"DUCK":
        return "duckdb"
    _refuse_foreign(name, head)
    return "csv"


def _refuse_foreign(name, head):
    for magic, what in FOREIGN:
        if head.startswith(magic):
            refuse("not_a_table", name, f"this is {what}, not a table",
                   mend="Give a CSV, Parquet, Excel, SQLite or DuckDB file.")  # fmt: skip
    if head.startswith(tuple(bom for bom, _ in BOMS)):
        return
    nuls, controls = head.count(0), len(head) - len(head.translate(None, CONTROLS))
    if controls - nuls > max(2, len(head) // 50):
        refuse("not_a_table", name, "this is a binary file, not a text table",
               mend="Give a CSV, Parquet, Excel, SQLite or DuckDB file.")  # fmt: skip


def _zipped(path):
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        refuse("corrupt", os.path.basename(path), f"a corrupt or truncated zip or Excel file ({error})",
               mend="Save or transfer it again.")  # fmt: skip
    workbook = names & {"xl/workbook.xml", "xl/workbook.bin"} or "content.xml" in names
    return "excel" if workbook else "zip"


def scan(path):
    """Look at all bytes once: checksum, size, and whether a careful reading of the text is needed."""
    digest, size, lines, broken = hashlib.sha256(), 0, 0, -1
    plain, seen = True, dict.fromkeys(_SEEN, False)
    decoder, edge = codecs.getincrementaldecoder("utf-8")(), b""
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if not chunk.isascii() or not plain:
                plain = False
                broken = broken if broken >= 0 else _broken(decoder, chunk, size)
            for what, found in _SEEN.items():
                seen[what] = seen[what] or found(chunk, edge)
            size, lines, edge = size + len(chunk), lines + chunk.count(b"\n"), chunk[-1:]
    if broken < 0 and decoder.getstate()[0]:
        broken = size - len(decoder.getstate()[0])
    return Scan(digest.hexdigest(), size, plain, broken=broken, lines=lines, **seen)


_SEEN = {
    "controls": lambda chunk, edge: len(chunk) != len(chunk.translate(None, CONTROLS)),
    "quotes": lambda chunk, edge: b'"' in chunk,
    "spaced": lambda chunk, edge: b' "' in chunk or (edge == b" " and chunk[:1] == b'"'),
    "blanks": lambda chunk, edge: b"\t" in chunk or b'"' in chunk,
    "exponents": lambda chunk, edge: b"E+" in chunk or b"e+" in chunk or (edge in (b"E", b"e") and chunk[:1] == b"+"),
    "long": lambda chunk, edge: any(
        chunk.find(b"\n", i, i + BLOCK) < 0 for i in range(0, len(chunk) - BLOCK + 1, BLOCK)
    ),
}


def _broken(decoder, chunk, offset):
    waiting = len(decoder.getstate()[0])
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        return offset - waiting + error.start
    return -1


def sha256(path):
    """Checksum of a file, for the facts."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack_gzip(path, target):
    """Unpack a gzip file to ``target``. Raises DataError ``truncated``, ``corrupt`` or ``too_large``."""
    name = os.path.basename(path)
    try:
        with gzip.open(path, "rb") as source:
            _copy(source, target, os.path.getsize(path), name)
    except EOFError:
        refuse("truncated", name, "the gzip file is truncated: it ends before its end mark",
               mend="Transfer it again; nothing of it was used.")  # fmt: skip
    except (gzip.BadGzipFile, zlib.error) as error:
        refuse(
            "corrupt", name, f"the gzip file is corrupt ({error})", mend="Transfer it again; nothing of it was used."
        )


def unpack_zip(path, target):
    """Unpack the one file of a zip to ``target``.

    Raises DataError ``corrupt``, ``too_large``, ``ambiguous_member`` (more than one file) or ``encrypted``.
    """
    name = os.path.basename(path)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
            if len(members) != 1:
                refuse("ambiguous_member", name, f"the zip holds {len(members)} files",
                       mend="Zip each table alone, or unpack it and name the folder.")  # fmt: skip
            if members[0].flag_bits & 1:
                refuse("encrypted", name, "the zip is encrypted", mend="Unpack it first.")
            with archive.open(members[0]) as source:
                _copy(source, target, max(members[0].compress_size, 1), name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        refuse("corrupt", name, f"the zip file is corrupt ({error})", mend="Transfer it again; nothing of it was used.")


def _copy(source, target, packed, name):
    size = 0
    with open(target, "wb") as file:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > UNPACKED_MAX and size > RATIO_MAX * packed:
                refuse("too_large", name, f"it unpacks to more than {RATIO_MAX} times its size: too large to be honest",
                       mend="Unpack it yourself, look, and give the plain file.")  # fmt: skip
            file.write(chunk)


def check_workbook(path):
    """Refuse an Excel file that unpacks to far more than honest worksheets do, or spans far more cells (``too_large``)."""
    name = os.path.basename(path)
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        size = sum(m.file_size for m in archive.infolist())
        packed = sum(m.compress_size for m in archive.infolist())
    if size > WORKBOOK_MAX or (size > 50 * CHUNK and size > WORKBOOK_RATIO * packed):
        refuse("too_large", name, f"the workbook unpacks to {size // CHUNK:,} MB: over the size limit for Excel files",
               mend="Save the sheet as CSV or Parquet.")  # fmt: skip
    try:
        with zipfile.ZipFile(path) as archive:
            spans = [_span(archive, m) for m in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]*\.xml", m)]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return  # the reader says what is corrupt
    rows, columns = max(spans, key=lambda span: span[0] * span[1], default=(0, 0))
    if rows * columns > CELLS_MAX:
        refuse("too_large", name, f"a sheet spans {rows:,} rows and {columns:,} columns: over the size limit of "
               f"{CELLS_MAX:,} cells", mend="Delete stray cells far below or beside the table, or save it as CSV.")  # fmt: skip


def _span(archive, member):
    """(last row, last column) of the cells of a worksheet: the reader makes room for all between, empty or not."""
    rows, letters, edge = 0, b"Z", b""
    with archive.open(member) as file:
        while chunk := file.read(CHUNK):
            for row, column in PLACE.findall(edge + chunk):
                rows, letters = max(rows, int(row or 0)), max(letters, column, key=lambda c: (len(c), c))
            edge = chunk[-40:]
    return rows, functools.reduce(lambda n, letter: n * 26 + letter - 64, letters, 0)


def bom(path):
    """The encoding that a byte order mark at the start of the file tells, or ''."""
    with open(path, "rb") as file:
        head = file.read(4)
    return next((encoding for mark, encoding in BOMS if head.startswith(mark)), "")


def to_utf8(path, target, encoding, name):
    """Write the text of ``path`` to ``target`` as UTF-8. Raises DataError ``encoding``."""
    decoder, line, size = codecs.getincrementaldecoder(encoding)(), 1, 0
    with open(path, "rb") as source, open(target, "wb") as file:
        while True:
            chunk = source.read(CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
                data = text.encode("utf-8")
            except UnicodeError as error:
                start, reason = getattr(error, "start", 0), getattr(error, "reason", error)
                good = chunk[:start].decode(encoding, "replace").count("\n")
                refuse("encoding", name, f"bytes that are not {encoding}: {reason}",
                       mend="Give the encoding the file was saved with (option encoding, e.g. utf-8, gb18030, cp1252).",
                       examples=[{"line": line + good, "row": None, "value": None}])  # fmt: skip
            line, size = line + data.count(b"\n"), size + len(chunk)
            file.write(data)
            if not chunk:
                return
