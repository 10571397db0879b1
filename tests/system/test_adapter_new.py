"""`bedpost adapter new`: exports of other systems, in five languages, become adapters that run; no value of a resident is told.

tests/corpus/beds holds invented exports as real ones are: preambles, sums, no header, two columns of one name, old encodings.
In each, whatever belongs to a resident contains "Zzcanary".
"""
import collections
import json
import os
import subprocess

import pytest

from tests.stack.process import SANITIZER_ENV, TOP, program

BEDS = os.path.join(TOP, "tests", "corpus", "beds")
CORPUS = os.path.join(TOP, "tests", "corpus")

# mode, records, bad records, and how many beds of each status
EXPECTED = {
    "no-pages-spool.txt": ("census", 48, 0, {"occupied": 29, "available": 13, "reserved": 4, "maintenance": 2}),
    "da-ward-headings.txt": ("census", 36, 0, {"maintenance": 4, "occupied": 21, "available": 7, "reserved": 4}),
    "sv-headings-sums.csv": ("census", 30, 0, {"reserved": 4, "occupied": 17, "available": 7, "maintenance": 2}),
    "de-pages-ward-above-header.txt": ("census", 48, 0, {"occupied": 32, "available": 7, "reserved": 8, "maintenance": 1}),
    "en-houses-floors.csv": ("census", 28, 0, {"occupied": 23, "reserved": 3, "available": 2}),
    "no-pages-residents-only.txt": ("census", 36, 0, {"occupied": 31, "available": 5}),
    "sv-cells-above.txt": ("census", 42, 0, {"available": 10, "occupied": 30, "maintenance": 2}),
    "en-drawn-table.txt": ("census", 24, 0, {"occupied": 19, "available": 5}),
    "en-headers-again.lst": ("census", 32, 0, {"available": 7, "occupied": 22, "maintenance": 2, "reserved": 1}),
    "no-isolated.csv": ("census", 28, 0, {"occupied": 19, "maintenance": 4, "available": 5}),
    "de-sums.csv": ("census", 40, 0, {"occupied": 28, "available": 10, "reserved": 2}),
    "da-pages-footers.txt": ("census", 36, 0, {"occupied": 22, "maintenance": 2, "reserved": 6, "available": 6}),
    "no-ward-in-title.txt": ("census", 42, 0, {"occupied": 27, "maintenance": 4, "available": 7, "reserved": 4}),
    "no-ward-in-cells.csv": ("census", 24, 0, {"occupied": 15, "available": 7, "reserved": 2}),
    "en-bare-headings.txt": ("census", 32, 0, {"occupied": 19, "maintenance": 4, "available": 9}),
    "en-pages-vacant-named.txt": ("census", 30, 0, {"occupied": 27, "available": 3}),
    "da-fixed-width.txt": ("census", 20, 0, {"occupied": 6, "available": 7, "reserved": 7}),
    "da-fixed-no-header.txt": ("census", 20, 0, {"occupied": 6, "available": 7, "reserved": 7}),
    "no-fixed-rule.txt": ("census", 20, 0, {"occupied": 6, "available": 7, "reserved": 7}),
    "de-nested-wards.xml": ("census", 16, 0, {"occupied": 8, "available": 4, "reserved": 4}),
    "en-nested-areas.xml": ("census", 18, 0, {"occupied": 10, "available": 4, "reserved": 4}),
    "no-nested-elements.xml": ("census", 18, 0, {"available": 11, "occupied": 4, "reserved": 3}),
    "no-beds-per-zone.csv": ("census", 24, 0, {"available": 6, "occupied": 12, "reserved": 6}),
    "no-long-beds-per-ward.csv": ("census", 16, 0, {"available": 12, "occupied": 4}),
    "sv-kl-times.txt": ("census", 24, 0, {"occupied": 5, "reserved": 7, "maintenance": 5, "available": 7}),
    "de-moves-uhr.csv": ("delta", 48, 0, {"occupied": 16, "reserved": 17, "available": 15}),
    "en-wing-suite-flags.tsv": ("census", 24, 0, {"occupied": 12, "available": 12}),
    "en-attributes.xml": ("census", 24, 0, {"maintenance": 10, "occupied": 9, "available": 5}),
    "no-moves-two-columns.csv": ("delta", 48, 0, {"maintenance": 17, "reserved": 10, "occupied": 11, "available": 10}),
    "adt.hl7": ("delta", 12, 0, {"occupied": 8, "available": 4}),
    "da-census-tab.tsv": ("census", 18, 0, {"occupied": 12, "available": 6}),
    "de-census-date-time.csv": ("census", 20, 0, {"occupied": 5, "available": 5, "maintenance": 5, "reserved": 5}),
    "de-residents-only.csv": ("census", 14, 0, {"occupied": 10, "available": 4}),
    "de-status-element.xml": ("census", 10, 0, {"available": 4, "occupied": 3, "maintenance": 3}),
    "en-no-header.csv": ("census", 30, 0, {"occupied": 12, "maintenance": 12, "available": 6}),
    "en-room-bed.csv": ("census", 22, 0, {"occupied": 4, "available": 4, "maintenance": 7, "reserved": 7}),
    "en-single-quotes.csv": ("census", 12, 0, {"occupied": 6, "available": 6}),
    "en-twin-headers.csv": ("census", 12, 0, {"occupied": 4, "available": 4, "maintenance": 4}),
    "fhir-locations.xml": ("census", 9, 0, {"available": 3, "occupied": 3, "maintenance": 3}),
    "nn-delta-letters.txt": ("census", 20, 0, {"available": 4, "occupied": 8, "reserved": 4, "maintenance": 4}),
    "no-bruker-is-resident.csv": ("census", 14, 0, {"occupied": 11, "available": 3}),
    "no-census-preamble.csv": ("census", 24, 0, {"occupied": 12, "available": 4, "reserved": 4, "maintenance": 4}),
    "no-census.xml": ("census", 16, 0, {"available": 6, "occupied": 6, "maintenance": 4}),
    "no-sep-cr.csv": ("census", 15, 0, {"occupied": 4, "available": 4, "reserved": 4, "maintenance": 3}),
    "sv-census-utf16.csv": ("census", 16, 0, {"occupied": 4, "available": 4, "maintenance": 8}),
}


def bedpost(*args):
    done = subprocess.run([program("bedpost"), *args], capture_output=True, timeout=60, env={**os.environ, **SANITIZER_ENV}, check=False)
    assert b"zzcanary" not in (done.stdout + done.stderr).lower(), "a value of a resident was told"
    return done


def sample(name):
    return os.path.join(BEDS, name)


def events_with(yaml, path):
    """What `adapter try` makes of the sample with the adapter as it was written."""
    done = subprocess.run([program("bedpost"), "adapter", "try", "-a", str(yaml), "--json", path], capture_output=True, timeout=60,
                          env={**os.environ, **SANITIZER_ENV}, check=False)
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_proposed_adapter_runs_as_it_is_and_means_what_the_export_means(name, tmp_path):
    mode, records, bad, statuses = EXPECTED[name]
    told = json.loads(bedpost("adapter", "new", "--json", sample(name)).stdout)
    assert told["runs"], told
    assert (told["mode"], told["records"], told["bad"]) == (mode, records, bad), told["guesses"]
    yaml = tmp_path / "proposed.yaml"
    yaml.write_text(told["yaml"], encoding="utf-8")
    assert bedpost("adapter", "check", str(yaml)).returncode == 0
    answer = events_with(yaml, sample(name))
    assert collections.Counter(event["new_status"] for event in answer["events"]) == statuses
    assert "zzcanary" not in json.dumps(answer["events"]).lower()
    if mode == "census":
        assert len({event["bed_id"] for event in answer["events"]}) == len(answer["events"]), "two beds share an id"


@pytest.mark.parametrize(("name", "bed_id"), [
    ("de-nested-wards.xml", "bed_{../../@kuerzel}_{../@nr}_{@nr}"),
    ("en-nested-areas.xml", "bed_{../../@mnemonic}_{../@no}_{@letter}"),
    ("no-nested-elements.xml", "bed_{../../../Kortnavn}_{../Nr}_{Nr}"),
    ("no-beds-per-zone.csv", "bed_{Sone}_{Senger}"),
    ("no-long-beds-per-ward.csv", "bed_{Avdeling}_{Seng}"),
])
def test_beds_of_one_number_in_two_wards_are_two_beds(name, bed_id):
    told = json.loads(bedpost("adapter", "new", "--json", sample(name)).stdout)
    assert f'bed_id: "{bed_id}"' in told["yaml"]
    assert "ward: " in told["yaml"]


@pytest.mark.parametrize(("name", "columns", "time"), [
    ("da-fixed-width.txt", '{"AFDELING": 1-8, "STUE": 9-14, "SENG": 15-19, "STATUS": 20-30, "SIDEN": 51-}', "{SIDEN}"),
    ("no-fixed-rule.txt", '{"Avd": 1-7, "Rom": 8-13, "Seng": 14-18, "Status": 19-30, "Sist endret": 52-}', "{Sist endret}"),
    ("da-fixed-no-header.txt", '{"ward1": 1-8, "bed2": 9-14, "bed3": 15-18, "status4": 19-30, "time7": 51-61, "clock8": 62-}', "{time7} {clock8}"),
])
def test_columns_of_fixed_width_are_found_by_their_blanks(name, columns, time, tmp_path):
    told = json.loads(bedpost("adapter", "new", "--json", sample(name)).stdout)
    assert f"columns: {columns}" in told["yaml"]
    assert f'from: "{time}"' in told["yaml"]
    yaml = tmp_path / "fixed.yaml"
    yaml.write_text(told["yaml"], encoding="utf-8")
    events = events_with(yaml, sample(name))["events"]
    assert {event["bed_id"] for event in events} == {f"bed_{ward}_{room}_{bed}" for ward in ("nord", "syd") for room in range(101, 106) for bed in "ab"}
    assert all(event["changed_at"][14:16] == "15" for event in events)


def test_beds_that_nothing_tells_apart_are_said_loudly(tmp_path):
    path = tmp_path / "beds.csv"
    path.write_text("Seng;Status;Kommentar\n" + "".join(f"{i % 8};{'Ledig' if i % 3 else 'Opptatt'};Zzcanary\n" for i in range(16)), encoding="utf-8")
    done = bedpost("adapter", "new", str(path))
    assert done.returncode == 1
    assert b"beds of one bed_id become ONE bed" in done.stderr
    assert b"# WARNING: bed_id makes 8 beds of 16 records" in done.stdout


def test_a_log_in_which_beds_come_again_gets_no_code_of_its_events_into_its_beds(tmp_path):
    """Sorted by bed, so that its times neither rise nor fall; kind and bed together would be unique."""
    path = tmp_path / "log.csv"
    rows = [f"{bed};{kind};{status};{20 - bed}.04.2026 1{hour}:00" for bed in range(1, 9)
            for kind, status, hour in (("X1", "Opptatt", 1), ("X2", "Ledig", 3), ("X3", "Reservert", 5))]
    path.write_text("Seng;Sort;Status;Tidspunkt\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = bedpost("adapter", "new", str(path))
    assert b'bed_id: "bed_{Seng}"' in done.stdout
    assert b"ONE bed" in done.stderr


V2_XML = """<?xml version="1.0"?><ADT_A01 xmlns="urn:hl7-org:v2xml"><MSH><MSH.1>|</MSH.1><MSH.2>^~\\&amp;</MSH.2><MSH.7><TS.1>20260420101500+0200</TS.1></MSH.7>
<MSH.9><MSG.1>ADT</MSG.1><MSG.2>A01</MSG.2></MSH.9><MSH.10>1</MSH.10><MSH.11><PT.1>P</PT.1></MSH.11><MSH.12><VID.1>2.5</VID.1></MSH.12></MSH>
<EVN><EVN.2><TS.1>20260420101500+0200</TS.1></EVN.2></EVN><PID><PID.3><CX.1>Zzcanary</CX.1></PID.3></PID>
<PV1><PV1.2>I</PV1.2><PV1.3><PL.1>NORD</PL.1><PL.2>101</PL.2><PL.3>A</PL.3></PV1.3></PV1></ADT_A01>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("name", "events"), [("adt.hl7", 12), ("v2.xml", 1), ("en-attributes.xml", 24)])
def test_hl7_and_xml_in_utf_16_become_the_same_adapter(name, events, encoding, tmp_path):
    text = V2_XML if name == "v2.xml" else open(sample(name), encoding="utf-8", newline="").read().replace(' encoding="UTF-8"', "")
    path = tmp_path / f"beds.{name}"
    path.write_bytes(text.encode(encoding))
    told = json.loads(bedpost("adapter", "new", "--json", str(path)).stdout)
    assert (told["format"], told["events"], told["bad"]) == ("xml" if name == "en-attributes.xml" else "hl7", events, 0), told
    if name == "v2.xml":
        assert '"bed_{PL.1}_{PL.2}_{PL.3}"' in told["yaml"]


@pytest.mark.parametrize("name", ["fhir-encounter.xml", "fhir-history.xml", "fhir-locations.xml", "fhir-r5-encounter.xml"])
def test_fhir_becomes_the_adapter_that_ships_with_the_samples(name, tmp_path):
    shipped = os.path.join(TOP, "samples", "xml-fhir")
    export = os.path.join(shipped, "export", name)
    yaml = tmp_path / "fhir-beds.yaml"
    bedpost("adapter", "new", "--name", "fhir-beds", "-o", str(yaml), export)
    assert bedpost("adapter", "check", str(yaml)).returncode == 0
    answer = events_with(yaml, export)
    assert answer["events"]
    assert answer["events"] == events_with(os.path.join(shipped, "fhir-beds.yaml"), export)["events"]


def test_codes_that_say_nothing_are_lines_to_fill_in_and_the_adapter_runs_all_the_same():
    told = json.loads(bedpost("adapter", "new", "--json", sample("no-number-codes.csv")).stdout)
    assert told["runs"] and told["events"] == 0
    assert len(told["to_fill"]) == 4
    assert told["yaml"].count("FILL IN: ") >= 4


def test_two_edits_make_it_right(tmp_path):
    """Codes 1 and 2 said by somebody who knows them: their records become events."""
    told = json.loads(bedpost("adapter", "new", "--json", sample("no-number-codes.csv")).stdout)
    yaml = tmp_path / "mended.yaml"
    yaml.write_text(told["yaml"].replace('"1": ~', '"1": occupied').replace('"2": ~', '"2": available'), encoding="utf-8")
    answer = events_with(yaml, sample("no-number-codes.csv"))
    assert collections.Counter(event["new_status"] for event in answer["events"]) == {"occupied": 10, "available": 5}


def test_a_rare_value_is_not_shown(tmp_path):
    """A name that slipped into the status column stands once, and is no code."""
    path = tmp_path / "beds.csv"
    rows = [f"A;{room};{'Ledig' if room % 2 else 'Opptatt'}" for room in range(20)]
    path.write_text("Avd;Rom;Status\n" + "\n".join([*rows, "A;21;Zzcanary", "B;22;Zzcanary J", "B;23;01014512345"]) + "\n", encoding="utf-8")
    done = bedpost("adapter", "new", str(path))
    assert b"01014512345" not in done.stdout
    assert b"too rare or too long" in done.stdout
    assert done.returncode == 1


def test_a_first_row_of_values_is_not_taken_for_a_header(tmp_path):
    path = tmp_path / "beds.csv"
    path.write_text("".join(f"Zzcanary{i % 13}x;Kari;Opptatt;{i}\n" for i in range(40)), encoding="utf-8")
    assert b"header: false" in bedpost("adapter", "new", str(path)).stdout


def test_a_file_named_after_a_resident_gives_its_name_to_nothing(tmp_path):
    path = tmp_path / "BEDS_Zzcanary Kari 01014512345_2026.csv"
    path.write_bytes(open(sample("da-census-tab.tsv"), "rb").read())
    told = json.loads(bedpost("adapter", "new", "--json", str(path)).stdout)
    assert told["adapter"] == "beds"
    assert 'match: ["BEDS_*_*.csv"]' in told["yaml"]


def test_values_behind_a_header_without_its_line_end_are_no_names(tmp_path):
    path = tmp_path / "beds.csv"
    path.write_text("Avd;Rom;Status;Beboer" + "A;0;Opptatt;Zzcanary Jo\n" + "".join(f"A;{room};Ledig;\n" for room in range(1, 20)), encoding="utf-8")
    bedpost("adapter", "new", str(path))
    path.write_text("Avd;Rom;Status;Beboer;Zzcanary Jo\n" + "".join(f"A;{room};Ledig;\n" for room in range(1, 20)), encoding="utf-8")
    bedpost("adapter", "new", str(path))


def test_names_in_a_column_called_status_are_not_shown_though_they_come_again(tmp_path):
    path = tmp_path / "beds.csv"
    path.write_text("Avd;Rom;Status;Tid\n" + "".join(f"A;{i % 5};Zzcanary {'AB'[i % 2]};2026-04-2{i % 9} 10:00\n" for i in range(20)), encoding="utf-8")
    assert b"too rare or too long" in bedpost("adapter", "new", str(path)).stdout


def test_it_writes_a_file_once_and_never_over_another(tmp_path):
    out = tmp_path / "new.yaml"
    first = bedpost("adapter", "new", "-o", str(out), "--name", "ours", "--facility", "fac_one", sample("da-census-tab.tsv"))
    assert first.returncode == 0, first.stderr
    text = out.read_text(encoding="utf-8")
    assert "adapter: ours" in text and "facility: fac_one" in text
    assert bedpost("adapter", "new", "-o", str(out), sample("adt.hl7")).returncode != 0
    assert out.read_text(encoding="utf-8") == text


def test_every_file_of_the_corpus_becomes_an_adapter_or_a_reason():
    for path, _, names in os.walk(CORPUS):
        for name in sorted(names):
            done = subprocess.run([program("bedpost"), "adapter", "new", os.path.join(path, name)], capture_output=True, timeout=60,
                                  env={**os.environ, **SANITIZER_ENV}, check=False)
            assert done.returncode in (0, 1, 4), f"{name}: ended {done.returncode}\n{done.stderr.decode()[-3000:]}"
            assert done.stdout if done.returncode < 4 else done.stderr, f"{name}: neither an adapter nor a reason"


def test_diff_tells_what_a_changed_adapter_would_make_otherwise(tmp_path):
    told = json.loads(bedpost("adapter", "new", "--json", sample("da-census-tab.tsv")).stdout)
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(told["yaml"], encoding="utf-8")
    assert bedpost("adapter", "diff", str(old), str(old), sample("da-census-tab.tsv")).returncode == 0
    new.write_text(told["yaml"].replace('"Nej": available', '"Nej": reserved').replace('"Ja": occupied', '"Ja": ~'), encoding="utf-8")
    done = bedpost("adapter", "diff", "--json", str(old), str(new), sample("da-census-tab.tsv"))
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert (answer["same"], answer["added"], answer["gone"], answer["different"]) == (0, 0, 12, 6)
    assert {(c["field"], c["old"], c["new"]) for c in answer["changes"] if c["change"] == "different"} == {("new_status", "available", "reserved")}


def proposed(tmp_path, name, text, *options):
    """What is said about a sample, and the adapter's YAML."""
    (tmp_path / name).write_bytes(text.encode() if isinstance(text, str) else text)
    done = bedpost("adapter", "new", str(tmp_path / name), "--json", "--facility", "fac_test", "--zone", "Europe/Oslo", *options)
    said = json.loads(done.stdout) if done.stdout else {}
    return done, said, said.get("yaml", "")


NUMBERED = "".join(f"{i},%s\n" for i in range(1, 13))


@pytest.mark.parametrize("head,row,found", [
    ("id,is_occupied,location_x,location_y", "b{i},{b},{i},2", ["bed_{id}", "{is_occupied}"]),
    ("bed_type,bed_id,is_occupied", "single,ward-med-01-bed-{i:02},{b}", ["bed_{bed_id}", "{is_occupied}"]),
    ("Type,Ward No,Bed No,Availability", "{abc},51,{i},{yes}", ["bed_{Ward No}_{Bed No}", "{Availability}", '"Yes": available', '"No": occupied']),
    ("Avd,Seng,Status seng", "N,{i},{no}", ["bed_{Avd}_{Seng}", "{Status seng}", '"Ledig": available']),
    ("unit,bed,status,lastChange", "3N,{i},{no},04/{i:02}/2026 06:11 PM", ["bed_{unit}_{bed}", "{lastChange}", "%m/%d/%Y %I:%M %p"]),
    ("Setor;Leito;Situacao", "UTI;{i};{pt}", ["bed_{Setor}_{Leito}", '"DESOCUPADO": available', '"OCUPADO": occupied']),
    ("Afdeling;Kamer;Bed;Bedstatus", "PG1;{i};1;{nl}", ["bed_{Afdeling}_{Kamer}_{Bed}", '"Buiten gebruik": maintenance', '"Vrij": available']),
    ("Abteilung;Zimmer;Bett;Belegung", "A;{i};1;{de}", ["bed_{Abteilung}_{Zimmer}_{Bett}", '"frei": available']),
    ("Ward1,Bed1,Status1", "N,{i},{en}", ["bed_{Ward1}_{Bed1}", '"DRTY": maintenance']),
])
def test_what_columns_are_is_known_by_their_names_in_many_dialects(head, row, found, tmp_path):
    def of(i, *values):
        return values[i % len(values)]

    rows = [row.format(i=i, b=of(i, 0, 1), abc=of(i, "A", "B", "C"), yes=of(i, "Yes", "No"), no=of(i, "Ledig", "Opptatt", "Stengt"),
                       pt=of(i, "OCUPADO", "DESOCUPADO", "BLOQUEADO"), nl=of(i, "Bezet", "Vrij", "Buiten gebruik"),
                       de=of(i, "frei", "belegt", "gesperrt"), en=of(i, "OCC", "VAC", "DRTY")) for i in range(1, 19)]
    done, said, yaml = proposed(tmp_path, "beds.csv", "\n".join([head, *rows]) + "\n")
    assert done.returncode == 0, yaml
    for text in found:
        assert text in yaml, yaml


@pytest.mark.parametrize("column,values", [("block", ("Block-1", "Block-2", "Block-3")), ("Type", ("A", "B", "C")), ("state", ("NotAvailable",))])
def test_what_only_resembles_a_status_is_asked_about_and_never_guessed(column, values, tmp_path):
    rows = "".join(f"{i},{values[i % len(values)]}\n" for i in range(1, 25))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"bed_id,{column}\n{rows}")
    assert done.returncode == 1 and "FILL IN" in yaml
    assert not any(f'"{value}": {status}' in yaml for value in values for status in ("available", "occupied", "maintenance"))


@pytest.mark.parametrize("name,text,why", [
    ("beds.json", '[{"bed":"1","status":"free"},{"bed":"2","status":"occupied"}]', "it is JSON"),
    ("have.xml", '<HospitalStatus xmlns="urn:oasis:names:tc:emergency:EDXL:HAVE:1.0"><Hospital/></HospitalStatus>', "EDXL-HAVE counts"),
    ("beds.xml", '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "save it as CSV"),
    ("beds.htm", "<!DOCTYPE html><html><body><table/></body></html>", "a page of HTML"),
])
def test_what_is_no_list_of_beds_is_called_by_its_name(name, text, why, tmp_path):
    done, said, yaml = proposed(tmp_path, name, text)
    assert done.returncode == 4 and why in done.stderr.decode()


def test_a_cross_where_a_bed_is_free_makes_an_adapter_that_runs(tmp_path):
    rows = "".join(f"Rosen;{1100 + i};{'X' if i % 3 == 0 else ''};{'' if i % 3 == 0 else 'X'};{'' if i % 3 == 0 else 'Zzcanary, Bo'}\n" for i in range(20))
    done, said, yaml = proposed(tmp_path, "lista.csv", "Enhet;Lägenhet;Ledig;Upptagen;Boende\n" + rows)
    assert said["events"] == 20 and said["bad"] == 0 and yaml.count('"":') == 1, yaml


def test_a_row_with_two_beds_in_it_is_refused_with_the_reason(tmp_path):
    rows = "".join(f"{100 + i};{('Opptatt', 'Ledig', 'Stengt')[i % 3]};{('Ledig', 'Opptatt')[i % 2]}\n" for i in range(12))
    done, said, yaml = proposed(tmp_path, "rom.csv", "Rom;Seng 1;Seng 2\n" + rows)
    assert done.returncode == 4 and "have a line exported for each" in done.stderr.decode()


@pytest.mark.parametrize("column", ["Beboer", "Navn"])
def test_rooms_without_a_resident_are_rows_though_nothing_else_stands_in_them(column, tmp_path):
    rows = "".join(f"{100 + i};{'' if i % 3 == 2 else 'Zzcanary, Kari'}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "romliste.csv", f"Rom;{column}\n" + rows)
    assert said["events"] == 24 and said["bad"] == 0 and "titles or sums" not in yaml, yaml
    assert said["to_fill"] == ["new_status: is a bed without a resident really free?"]


@pytest.mark.parametrize("name,match", [("beds.caret", "beds.*"), ("BETTEN.20260420", "BETTEN.*"), ("beds.csv", "beds.csv"), ("BEDS_0700.001", "BEDS_*.*")])
def test_the_pattern_fits_its_own_sample_and_that_of_tomorrow(name, match, tmp_path):
    done, said, yaml = proposed(tmp_path, name, "Ward;Bed;Status\n" + "".join(f"N;{i};{('Free', 'Occupied')[i % 2]}\n" for i in range(12)))
    assert f'match: ["{match}"]' in yaml


def test_a_pattern_that_takes_every_file_says_so(tmp_path):
    done, said, yaml = proposed(tmp_path, "Zzcanary.csv", "Ward;Bed;Status\n" + "".join(f"N;{i};{('Free', 'Occupied')[i % 2]}\n" for i in range(12)))
    assert 'match: ["*.csv"]  # unsure' in yaml and "EVERY such" in yaml


def test_where_a_value_stands_is_said_though_the_value_is_not(tmp_path):
    rows = "".join(f"N;{i};{('Free', 'Occupied')[i % 2]}\n" for i in range(20)) + "N;21;Zzcanary is here\nTotal;;22\nWhat is this;;\n"
    done, said, yaml = proposed(tmp_path, "beds.csv", "Ward;Bed;Status\n" + rows)
    assert "too rare or too long to be shown here as codes: look at line 22" in yaml, yaml
    assert "look like titles or sums (line 24): they are bad records" in yaml, yaml
    assert 'pass: ["Total *"]' in yaml


def test_a_home_called_msh_in_rows_with_bars_is_no_hl7(tmp_path):
    rows = "".join(f"MSH|10|10N|10-{i:03}|A|{'OV'[i % 2]}\n" for i in range(1, 20))
    done, said, yaml = proposed(tmp_path, "beds.csv", "FACILITY|Floor|NURSE_UNIT|ROOM|BED|STATUS\n" + rows)
    assert done.returncode == 0 and 'bed_id: "bed_{NURSE_UNIT}_{ROOM}_{BED}"' in yaml


def test_the_strokes_below_a_header_say_where_columns_begin(tmp_path):
    rows = "".join(f"ICU    {100 + i} A    {('OCC', 'VAC', 'DRTY')[i % 3]:5} 04/{i + 8:02}/26 06:30\r\n" for i in range(12))
    done, said, yaml = proposed(tmp_path, "beds.txt", "BED STATUS REPORT      PAGE   1\r\n\r\nUNIT  ROOM BED  STAT  LAST CHG\r\n"
                                "----  ---- ---  ----  --------------\r\n" + rows + "TOTAL BEDS: 12\r\n")
    assert 'bed_id: "bed_{UNIT}_{ROOM}_{BED}"' in yaml and "%m/%d/%y %H:%M" in yaml, yaml
    assert said["to_fill"] == [] and said["events"] == 12 and said["bad"] == 0, yaml


def test_elements_that_are_told_apart_by_an_attribute_are_columns(tmp_path):
    rows = "".join(f'<row><field name="id">{i}</field><field name="ward">ICU</field><field name="bed_number">{i}</field>'
                   f'<field name="status">{("available", "occupied")[i % 2]}</field></row>' for i in range(1, 15))
    done, said, yaml = proposed(tmp_path, "dump.xml", f'<mysqldump><database name="his"><table_data name="beds">{rows}</table_data></database></mysqldump>')
    assert done.returncode == 0, yaml
    assert "bed_{field[@name='ward']}_{field[@name='bed_number']}" in yaml and "{field[@name='status']}" in yaml


def test_a_wards_code_in_an_element_of_its_own_tells_beds_apart(tmp_path):
    wards = "".join(f"<wohnbereich><kopf><kuerzel>{w}</kuerzel><name>Wohnbereich {w}</name></kopf>"
                    + "".join(f"<bett><nr>{i}</nr><status>{('frei', 'belegt')[i % 2]}</status></bett>" for i in range(1, 9)) + "</wohnbereich>"
                    for w in ("WB1", "WB2"))
    done, said, yaml = proposed(tmp_path, "betten.xml", f"<bettenliste>{wards}</bettenliste>")
    assert done.returncode == 0 and 'bed_id: "bed_{../kopf/kuerzel}_{nr}"' in yaml, yaml


def test_words_and_beds_of_all_samples_count(tmp_path):
    """The first day has no bed that is closed, the second none that is free."""
    first, second = (tmp_path / name for name in ("beds_1.csv", "beds_2.csv"))
    first.write_text("Ward,Bed,Status\n" + "".join(f"N,{i},{('Free', 'Occupied')[i % 2]}\n" for i in range(1, 13)))
    second.write_text("Bed,Ward,Status\n" + "".join(f"{i},S,{('Closed', 'Occupied')[i % 2]}\n" for i in range(1, 13)))
    done = bedpost("adapter", "new", str(first), str(second), "--facility", "fac_test")
    yaml = done.stdout.decode()
    assert done.returncode == 0 and "24 records, 24 events, 0 bad" in yaml, yaml
    assert '"Closed": maintenance' in yaml and '"Free": available' in yaml
    second.write_text("Time;Message\n2026-04-20;x\n2026-04-21;y\n")
    done = bedpost("adapter", "new", str(first), str(second), "--facility", "fac_test")
    assert done.returncode == 1 and b"sample 2 is laid out otherwise" in done.stdout


def test_records_and_codes_of_several_xml_and_hl7_samples_count(tmp_path):
    paths = []
    for name, states in (("a.xml", ("frei", "belegt")), ("b.xml", ("gesperrt", "belegt"))):
        paths.append(tmp_path / name)
        paths[-1].write_text("<B>" + "".join(f'<Bett nr="{name[0]}{i}"><Status>{states[i % 2]}</Status></Bett>' for i in range(1, 9)) + "</B>")
    yaml = bedpost("adapter", "new", *map(str, paths), "--facility", "fac_test").stdout.decode()
    assert '"gesperrt": maintenance' in yaml and '"frei": available' in yaml and "16 records, 16 events" in yaml, yaml
    head = "MSH|^~\\&|E|H|||20260101||ADT^%s|%d|P|2.4\r"
    (tmp_path / "a.hl7").write_text(head % ("A01", 1) + "PV1|1|I|D^1^A\r")
    (tmp_path / "b.hl7").write_text(head % ("A20", 2) + "NPU|D^1^A|1\r" + head % ("A20", 3) + "NPU|D^1^A|U\r")
    done = bedpost("adapter", "new", str(tmp_path / "a.hl7"), str(tmp_path / "b.hl7"), "--facility", "fac_test")
    yaml = done.stdout.decode()
    assert done.returncode == 1 and 'the code "1" of NPU-2 means' in yaml and "cleaning: true" in yaml, yaml
    filled = yaml.replace("# bed_status:", "bed_status:").replace('#   "1": maintenance/cleaning', '  "1": maintenance/cleaning')
    (tmp_path / "mended.yaml").write_text(filled)
    tried = bedpost("adapter", "try", "--adapter", str(tmp_path / "mended.yaml"), "--facility", "fac_test", "--json", str(tmp_path / "b.hl7"))
    assert [event["new_status"] for event in json.loads(tried.stdout)["events"]] == ["maintenance", "available"], tried.stdout


@pytest.mark.parametrize("title", ["Gang", "Kode"])
def test_a_log_in_which_two_beds_of_one_number_are_mixed_up_parts_them_by_what_makes_them_change(title, tmp_path):
    """Nobody knows the name of the column; with it each record changes its bed, without it beds become what they are."""
    state, rows = {}, []
    for minute in range(60):
        gang, bed = "XY"[minute * 7 % 3 % 2], minute * 5 % 4 + 1
        state[gang, bed] = {"Ledig": "Opptatt"}.get(state.get((gang, bed)), "Ledig")
        rows.append(f"20.04.2026 {8 + minute // 60:02}:{minute % 60:02};{gang};{bed};{state[gang, bed]}\n")
    done, said, yaml = proposed(tmp_path, "hendelser.csv", f"Tid;{title};Seng;Hendelse\n" + "".join(rows))
    assert f'bed_id: "bed_{{{title}}}_{{Seng}}"' in yaml, yaml
    assert done.returncode == 0 and said["mode"] == "delta"


def test_marks_and_declarations_that_are_wrong_or_needless_cost_nothing(tmp_path):
    beds = "".join(f"<Bed><Id>{i}</Id><Status>{('Free', 'Occupied')[i % 2]}</Status></Bed>" for i in range(1, 9))
    done, said, yaml = proposed(tmp_path, "a.xml", f'<?xml version="1.0" encoding="utf-16"?><Beds>{beds}</Beds>')
    assert done.returncode == 0 and said["events"] == 8, done.stderr
    done, said, yaml = proposed(tmp_path, "a.hl7", b"\xef\xbb\xbfMSH|^~\\&|E|H|||20260101||ADT^A01|1|P|2.4\rPV1|1|I|D^1^A\r")
    assert done.returncode == 0 and said["events"] == 1, done.stderr
