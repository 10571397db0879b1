"""HL7 v2 in pipes → v2.xml, after the rules of HL7's own XML encoding and independent of Bedpost's reading of either."""
import re
from xml.sax.saxutils import escape, quoteattr

LINES = re.compile(r"\r\n|\r|\n")
SEGMENT = re.compile(r"[A-Za-z][A-Za-z0-9]{2}$")
# Of fields that hold a composite of another name than "X"; the name before the dot says nothing that is read.
TYPES = {("PV1", 3): "PL", ("PV1", 6): "PL", ("PV1", 42): "PL", ("PV1", 11): "PL", ("NPU", 1): "PL", ("PV1", 19): "CX", ("PID", 3): "CX",
         ("MSH", 9): "MSG", ("MSH", 3): "HD", ("MSH", 4): "HD", ("MSH", 7): "TS", ("EVN", 2): "TS", ("EVN", 6): "TS", ("EVN", 5): "XCN"}
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Unfit(Exception):
    """The message cannot be said in XML, or is none."""


class Message:
    """One message's text, its delimiters known."""

    def __init__(self, text):
        self.lines = [line.strip() for line in LINES.split(text) if line.strip()]
        head = self.lines[0] if self.lines else ""
        if head[:3].upper() != "MSH" or len(head) < 8:
            raise Unfit("no header")
        self.field = head[3]
        encoding = head[4:].split(self.field)[0]
        if len(encoding) != 4 or NOT_XML.search(text):
            raise Unfit("delimiters")
        self.component, self.repetition, self.escape, self.subcomponent = encoding

    def text(self, raw):
        """A value, as XML: the delimiters stand for themselves, what is left of escapes becomes an element."""
        plain = {"F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repetition, "E": self.escape}
        out = ""
        parts = re.split("(" + re.escape(self.escape) + "[^" + re.escape(self.escape) + "]*" + re.escape(self.escape) + ")", raw)
        for part in parts:
            inner = part[1:-1]
            if len(part) < 3 or part[0] != self.escape:
                out += escape(part)
            elif inner in plain:
                out += escape(plain[inner])
            elif re.fullmatch(r"X([0-9A-Fa-f]{2})+|\.[a-z]+[-+0-9]*|[HN]", inner):
                out += f"<escape V={quoteattr(inner)}/>"
            else:
                raise Unfit("an escape that is not known")
        return out

    def parts(self, name, number, raw):
        kind = TYPES.get((name, number), "X")
        if self.component not in raw and self.subcomponent not in raw:
            return self.text(raw) if kind not in ("PL", "MSG") else f"<{kind}.1>{self.text(raw)}</{kind}.1>"
        out = ""
        for index, component in enumerate(raw.split(self.component), 1):
            if not component:
                continue
            inner = self.text(component)
            if self.subcomponent in component:
                inner = "".join(f"<HD.{i}>{self.text(sub)}</HD.{i}>" for i, sub in enumerate(component.split(self.subcomponent), 1) if sub)
            out += f"<{kind}.{index}>{inner}</{kind}.{index}>"
        return out

    def segment(self, line):
        fields = line.split(self.field)
        name = fields[0].upper()
        if not SEGMENT.match(name):
            raise Unfit("a line that is no segment")
        if name == "MSH":
            fields = [name, None, None] + fields[2:]
        out = f"<{name}>"
        if name == "MSH":
            out += f"<MSH.1>{escape(self.field)}</MSH.1><MSH.2>{escape(line[4:8])}</MSH.2>"
        for number, field in enumerate(fields[1:], 1):
            for repetition in (field or "").split(self.repetition) if field else []:
                out += f"<{name}.{number}>{self.parts(name, number, repetition)}</{name}.{number}>"
        return out + f"</{name}>"

    def xml(self, pretty=False):
        structure = "ADT_A01"
        segments = [self.segment(line) for line in self.lines]
        # a patient's second visit segments stand in a group of their own
        body = ("\n  " if pretty else "").join(segments[:2] + [f"<{structure}.PATIENT>"] + segments[2:] + [f"</{structure}.PATIENT>"])
        return f'<{structure} xmlns="urn:hl7-org:v2xml">{body}</{structure}>'


def messages(data):
    """The messages of a file, as text; Unfit where it is not plainly UTF-8."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unfit("not UTF-8") from error
    text = text.replace("\x0b", "").replace("\x1c", "")
    starts = [match.start() for match in re.finditer(r"^[ \t]*MSH[^A-Za-z0-9\s]", text.replace("\r", "\n"), re.M)]
    if not starts or text[: starts[0]].strip() or re.search(r"^(FHS|BHS|BTS|FTS)", text.replace("\r", "\n"), re.M):
        raise Unfit("envelopes, or lines before the first message")
    return [Message(text[a:b]) for a, b in zip(starts, starts[1:] + [len(text)])]
