"""`bedpost adapter new` where a sample does not say enough: it asks, or says why nothing can be proposed. What it proposes with nothing to fill in is right.

The samples are invented. Whatever belongs to a resident contains "Zzcanary", or is a number that stands nowhere else.
"""
import json

import pytest

from tests.system.test_adapter_new import bedpost, proposed

HEADS = {"no header": "", "a header that says nothing": ";".join(f"FELT{i}" for i in range(1, 6)) + "\n", "half a header": "X1;X2;X3;Status;X5\n"}
RESIDENTS = {
    "a surname": lambda i: f"Zzcanary{'abcdefghijklmnopqrstuvwxyz'[i]}",
    "a first name that comes again": lambda i: f"Zzcanary{'abcdefgh'[i % 8]}",
    "a number of five digits": lambda i: str(70000 + 37 * i),
    "a number of four digits": lambda i: str(7000 + 37 * i),
    "a letter and a number": lambda i: f"P{700 + i}",
    "a case number": lambda i: f"F26-{7000 + i}",
}


def beds_told(tmp_path, name, yaml):
    (tmp_path / "proposed.yaml").write_text(yaml, encoding="utf-8")
    done = bedpost("adapter", "try", "-a", str(tmp_path / "proposed.yaml"), "--facility", "fac_test", "--json", str(tmp_path / name))
    return {event["bed_id"]: event["new_status"] for event in json.loads(done.stdout)["events"]} if done.returncode != 3 else {}


@pytest.mark.parametrize("resident", sorted(RESIDENTS))
@pytest.mark.parametrize("head", sorted(HEADS))
def test_a_residents_name_or_number_never_becomes_part_of_a_bed(head, resident, tmp_path):
    """A resident in every row: nothing shows which column is the bed's own."""
    rows = "".join(f"{RESIDENTS[resident](i)};{1 + i // 2};{1 + i % 2};{'Permisjon' if i % 5 == 0 else 'Opptatt'};{60 + i % 30}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "beds.csv", HEADS[head] + rows)
    assert done.returncode == 1 and "bed_id: which columns name a bed" in said["to_fill"], yaml
    assert "\n  bed_id:" not in yaml and "\n  ward:" not in yaml


@pytest.mark.parametrize("nobody", ["", "-", "null", "0"])
@pytest.mark.parametrize("resident", sorted(RESIDENTS))
@pytest.mark.parametrize("head", sorted(HEADS))
def test_what_stands_in_the_row_of_a_free_bed_is_the_beds_own(head, resident, nobody, tmp_path):
    rows = "".join(f"{nobody if i % 3 == 0 else RESIDENTS[resident](i)};{1 + i // 2};{1 + i % 2};{'Ledig' if i % 3 == 0 else 'Opptatt'};"
                   f"{'' if i % 3 == 0 else 60 + i % 30}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "beds.csv", HEADS[head] + rows)
    assert done.returncode == 0, yaml
    assert set(beds_told(tmp_path, "beds.csv", yaml)) == {f"bed_{1 + i // 2}_{1 + i % 2}" for i in range(24)}


def test_a_log_without_a_header_does_not_say_which_column_is_the_bed(tmp_path):
    """The row in which a bed becomes free names the one who left it."""
    rows = "".join(f"{1 + i // 24:02}.04.2026 {i % 24:02}:00;{7000 + 37 * (i // 2)};{1 + i // 2 % 6};{('Opptatt', 'Ledig')[i % 2]}\n" for i in range(40))
    done, said, yaml = proposed(tmp_path, "log.csv", rows)
    assert done.returncode == 1 and "bed_id: which columns name a bed" in said["to_fill"], yaml


@pytest.mark.parametrize("title", ["Sengeliggende", "Roommate"])
def test_a_column_called_nearly_like_a_place_is_none_where_names_stand_in_it(title, tmp_path):
    rows = "".join(f"{RESIDENTS['a surname'](i)};{'Ledig' if i % 3 == 0 else 'Opptatt'}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"{title};Status\n{rows}")
    assert done.returncode == 1 and "\n  bed_id:" not in yaml, yaml


def test_a_log_of_rooms_for_two_is_not_parted_by_who_lives_there(tmp_path):
    """With the resident each record changes its "bed", without rooms become what they are: the same signs as of two beds mixed up."""
    rows = []
    for i in range(64):
        stay, step = divmod(i, 4)
        who = 1000 + 7 * (2 * stay + step % 2)
        rows.append(f"20.04.2026 {8 + i // 60:02}:{i % 60:02};{who};{stay % 4 + 1};{('Opptatt', 'Opptatt', 'Ledig', 'Ledig')[step]}\n")
    done, said, yaml = proposed(tmp_path, "hendelser.csv", "Tid;Kode;Rom;Hendelse\n" + "".join(rows))
    assert "{Kode}" not in yaml, yaml


def list_of(head, row, values, n=24):
    """n rows, the values one after the other."""
    return head + "\n" + "".join(row.format(i=i + 1, v=values[i % len(values)]) + "\n" for i in range(n))


@pytest.mark.parametrize("codes", ["FMV", "LUS", "ABC", "RGB", "EFR", "VL", "IU", "DCO", "01"])
def test_letters_are_believed_only_where_free_and_occupied_stand_side_by_side(codes, tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", list_of("Ward;Bed;Status", "W;{i};{v}", codes))
    assert done.returncode == 1 and len(said["to_fill"]) == len(codes), yaml
    assert not any(f'"{code}": {status}' in yaml for code in codes for status in ("available", "occupied", "maintenance", "reserved")), yaml


@pytest.mark.parametrize("codes", ["LOR", "FBR", "VOD", "LB", "UOH"])
def test_letters_of_one_language_are_believed(codes, tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", list_of("Ward;Bed;Status", "W;{i};{v}", codes))
    assert done.returncode == 0 and f'"{codes[0]}": available' in yaml and f'"{codes[1]}": occupied' in yaml, yaml


def test_a_discharge_in_a_list_of_all_beds_may_be_one_to_come(tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", list_of("Ward;Bed;Status", "W;{i};{v}", ["Free", "Occupied", "Discharge"]))
    assert done.returncode == 1 and said["to_fill"] == ['new_status: what the code "Discharge" means (8 records)'], yaml


@pytest.mark.parametrize("title,values,halves", [
    ("Occupied", ["0"], ['"0": available', '"1": occupied']),
    ("Availability", ["Yes"], ['"Yes": available', '"no": occupied']),
    ("Belegt", ["J"], ['"J": occupied', '"n": available']),
    ("Ledig", ["Nei"], ['"Nei": occupied', '"ja": available']),
])
def test_yes_and_no_get_both_halves_though_the_sample_has_one(title, values, halves, tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", list_of(f"Ward;Bed;{title}", "W;{i};{v}", values))
    assert done.returncode == 0, yaml
    for half in halves:
        assert half in yaml, yaml


@pytest.mark.parametrize("row,form", [("26040{v}0915", "%y%m%d %H%M"), ("0{v}04260915", "%d%m%y %H%M"), ("26-04-0{v} 09:15", "%y-%m-%d %H:%M")])
def test_a_year_of_two_digits_is_known_by_what_the_list_spans(row, form, tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", list_of("Avd;Rom;Status;Endret tid", "A;{i};Ledig;" + row, "123456789"))
    assert done.returncode == 0 and f'format: "{form}"' in yaml, yaml


@pytest.mark.parametrize("code,cleaning", [("U", True), ("C", False)])
def test_a_freed_bed_waits_for_cleaning_only_where_something_says_that_it_is_over(code, cleaning, tmp_path):
    text = "".join(f"MSH|^~\\&|E|H|||202604010{i}00||ADT^A03|{i}|P|2.4\rEVN|A03|202604010{i}00\rPV1|1|I|D^1^A\r" for i in range(1, 5))
    text += f"MSH|^~\\&|E|H|||202604010900||ADT^A20|9|P|2.4\rEVN|A20|202604010900\rNPU|D^1^A|{code}\r"
    done, said, yaml = proposed(tmp_path, "a.hl7", text)
    assert done.returncode == 0 and ("\n  cleaning: true" in yaml) == cleaning, yaml


@pytest.mark.parametrize("old,new", [("from_status", "to_status"), ("StatusFrom", "StatusTo"), ("old", "new"), ("Prior state", "Current state")])
def test_what_a_bed_was_is_not_taken_for_what_it_is(old, new, tmp_path):
    rows = "".join(f"2026-04-13 {8 + i:02}:00,A{i % 5},{('Vacant', 'Occupied')[i // 5 % 2]},{('Occupied', 'Vacant - dirty')[i // 5 % 2]}\n" for i in range(15))
    done, said, yaml = proposed(tmp_path, "log.csv", f"timestamp,bed,{old},{new}\n{rows}")
    assert done.returncode == 0, yaml
    assert f'new_status:  # sure: 15 of 15 records have a status that is known\n    from: "{{{new}}}"' in yaml, yaml
    assert f'from: "{{{old}}}"' in yaml and '"Vacant - dirty": maintenance' in yaml, yaml


@pytest.mark.parametrize("title", ["Not available", "NotOccupied", "Unavailable", "Unoccupied", "Ikke belagt"])
def test_a_column_that_denies_a_status_is_asked_about(title, tmp_path):
    rows = "".join(f"{i},A,{('Yes', 'No')[i % 2]}\n" for i in range(1, 13))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Bed,Ward,{title}\n{rows}")
    assert done.returncode == 1 and '": available' not in yaml and "new_status: which column says whether a bed is free" in said["to_fill"], yaml


def test_columns_of_yes_and_no_beside_each_other_are_asked_about(tmp_path):
    rows = "".join(f"{i},A,{int(i % 3 == 0)},{int(i % 3 == 1)},{int(i == 5)}\n" for i in range(1, 13))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Bed,Ward,Occupied,Closed,Reserved\n{rows}")
    assert done.returncode == 1 and any("other columns of yes and no" in line for line in said["to_fill"]), yaml


def test_what_is_to_come_is_not_yet(tmp_path):
    said = ("occupied", "free", "available soon", "free from tomorrow", "to_clean")
    done, _, yaml = proposed(tmp_path, "beds.csv", "Bed,Ward,Status\n" + "".join(f"{i},A,{said[i % 5]}\n" for i in range(20)))
    told = beds_told(tmp_path, "beds.csv", yaml)
    assert [f"bed_a_{i}" for i in range(20) if told.get(f"bed_a_{i}") == "available"] == ["bed_a_1", "bed_a_6", "bed_a_11", "bed_a_16"], yaml


def test_wards_and_days_without_a_header_are_neither_status_nor_bed(tmp_path):
    rows = "".join(f"{'AB'[i // 8]};{101 + i % 8};1;{'OFRO'[i % 4]};202604{13 + i % 9}\n" for i in range(16))
    done, said, yaml = proposed(tmp_path, "beds.csv", rows)
    assert done.returncode == 1 and "new_status: is it the column of single letters? Nothing names it" in said["to_fill"], yaml
    assert set(beds_told(tmp_path, "beds.csv", yaml).values()) <= {"occupied", "available", "reserved"}
    assert "{c5}" not in yaml.split("changed_at")[0] and "{bed5}" not in yaml, yaml


def test_a_list_by_wards_that_looks_like_a_log_is_asked_about(tmp_path):
    """The column's name is no known word, and the newest changes stand first."""
    rows = "".join(f"{'AB'[i // 4]},10,{1 + i % 4},{('OCUPADO', 'LIVRE')[i % 3 % 2]},{30 - i:02}/04/2026\n" for i in range(8))
    done, said, yaml = proposed(tmp_path, "leitos.csv", f"Ala,Quarto,Leito,Situacao,Data\n{rows}")
    assert done.returncode == 1 and any("with column 1 before it each record is a bed of its own" in line for line in said["to_fill"]), yaml


def log_of(before, after, newest_first=False):
    """Each bed becomes occupied, is cleaned, becomes free; what it was stands beside what it becomes."""
    cycle, rows = ["Ledig", "Opptatt", "Rengjøring"], []
    for i in range(36):
        bed, step = i % 6, i // 6
        rows.append(f"{1 + i // 24:02}.04.2026 {i % 24:02}:00;A;{bed};{cycle[(bed + step) % 3]};{cycle[(bed + step + 1) % 3]}")
    return "\n".join([f"Tidspunkt;Avdeling;Seng;{before};{after}", *(reversed(rows) if newest_first else rows)]) + "\n"


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("before,after", [
    ("Fra", "Til"), ("Från", "Till"), ("From", "To"), ("Von", "Nach"), ("Alt", "Neu"), ("Gammel", "Ny"), ("Previous", "Current"),
    ("PREV_ST", "CURR_ST"), ("Vorher", "Nachher"), ("Van", "Naar"), ("Ancien", "Nouveau"), ("Før", "Nå"), ("Fra status", "Til status"), ("Kol4", "Kol5"),
])
def test_of_two_columns_in_a_log_the_one_that_comes_back_as_the_other_is_the_new_status(before, after, newest_first, tmp_path):
    done, said, yaml = proposed(tmp_path, "log.csv", log_of(before, after, newest_first))
    assert done.returncode == 0, yaml
    assert yaml.index("new_status:") < yaml.index(f'from: "{{{after}}}"') < yaml.index("previous_status:") < yaml.index(f'from: "{{{before}}}"'), yaml


def test_two_statuses_whose_names_and_chain_disagree_are_asked_about(tmp_path):
    done, said, yaml = proposed(tmp_path, "log.csv", log_of("Til", "Fra"))
    assert done.returncode == 1 and "both say a status" in said["to_fill"][0] and "\n  new_status:" not in yaml, yaml


@pytest.mark.parametrize("later,now", [("Status i morgen", "Status i dag"), ("Planned status", "Status"), ("Status tomorrow", "Status today"), ("Status morgen", "Status heute")])
def test_tomorrows_status_is_not_todays(later, now, tmp_path):
    rows = "".join(f"A;{i};{('Ledig', 'Opptatt')[i % 2]};{('Opptatt', 'Ledig')[i % 3 == 0]}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Avd;Seng;{later};{now}\n{rows}")
    assert done.returncode == 0 and f'from: "{{{now}}}"' in yaml and f'from: "{{{later}}}"' not in yaml, yaml


def test_two_statuses_of_which_nothing_says_which_is_right_are_asked_about(tmp_path):
    rows = "".join(f"A;{i};{('Ledig', 'Opptatt')[i % 2]};{('Opptatt', 'Ledig')[i % 3 == 0]}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Avd;Seng;Status A;Status B\n{rows}")
    assert done.returncode == 1 and "\n  new_status:" not in yaml, yaml


@pytest.mark.parametrize("head,rows,why", [
    ("Avdeling;Antall senger;Belagt;Ledige", ["Nord;24;20;4", "Sør;18;17;1", "Øst;12;12;0"], "counts beds"),
    ("Date;Unit;Staffed Beds;Occupied;Available", [f"2026-04-0{d};{u};28;{20 + d};{8 - d}" for d in range(1, 5) for u in ("4W", "5E")], "counts beds"),
    ("Zimmer;Betten gesamt;belegt;frei", ["101;2;1;1", "102;2;0;2", "103;2;2;0"], "counts beds"),
    ("Avdeling;Ledige", ["Nord;1", "Sør;0", "Øst;1", "Vest;0"], "counts beds"),
    ("Avdeling;Ledige plasser", ["Nord;1", "Sør;0", "Øst;1", "Vest;0"], "counts beds"),
    ("Avd;Senger;Ledig", ["Nord;24;1", "Sør;18;0", "Øst;12;1"], "counts beds"),
    ("Bed_ID;Ward;Room;Bed_Type", [f"B{i};W{i % 3};{100 + i // 2};{('Single', 'Double')[i % 2]}" for i in range(12)], "no column says whether they are free"),
    ("Etternavn;Avdeling;Rom;Seng;Innflyttet", [f"Zzcanary{'abcdefghijkl'[i]};A;{100 + i // 2};{1 + i % 2};0{1 + i % 9}.02.2025" for i in range(12)], "no bed is ever empty"),
])
def test_what_counts_beds_or_knows_no_free_one_is_refused_with_what_is_needed(head, rows, why, tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", "\n".join([head, *rows]) + "\n")
    assert done.returncode == 4 and why in done.stderr.decode() and not yaml, done.stderr.decode() + yaml


def test_a_status_in_words_that_nobody_knows_is_asked_about_and_not_refused(tmp_path):
    done, said, yaml = proposed(tmp_path, "beds.csv", list_of("Ward;Bed;Colour", "W;{i};{v}", ["Red", "Green", "Blue"]))
    assert done.returncode == 1 and "new_status: which column says whether a bed is free" in said["to_fill"], yaml


@pytest.mark.parametrize("title,values", [("Cleaning status", ("Clean", "Dirty")), ("Renhold", ("Ren", "Skitten")), ("Sperret", ("N", "J")), ("Annet", ("", "Reservert"))])
def test_a_free_bed_that_another_column_says_is_none_is_asked_about(title, values, tmp_path):
    rows = "".join(f"W;{i};{('Occupied', 'Vacant')[i % 2]};{values[i % 4 == 1]}\n" for i in range(24))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Ward;Bed;Occupancy;{title}\n{rows}")
    assert done.returncode == 1 and any("says of some free beds" in line for line in said["to_fill"]), yaml


@pytest.mark.parametrize("title", ["Bed", "Seng", "Room"])
def test_a_bed_that_is_written_with_who_lies_in_it_is_asked_about(title, tmp_path):
    rows = "".join(f"{101 + i}A{'' if i % 3 == 0 else ' ' + RESIDENTS['a surname'](i)};A;{'Free' if i % 3 == 0 else 'Occupied'}\n" for i in range(12))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"{title};Ward;Status\n{rows}")
    assert done.returncode == 1 and "bed_id: which columns name a bed" in said["to_fill"] and "\n  bed_id:" not in yaml, yaml


def test_beds_that_have_names_of_their_own_are_believed(tmp_path):
    beds = ["Rose", "Lily", "Daisy", "Violet", "Tulip", "Poppy", "Iris", "Aster"]
    rows = "".join(f"{bed};A;{'Free' if i % 2 else 'Occupied'}\n" for i, bed in enumerate(beds))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Bed;Ward;Status\n{rows}")
    assert "{Bed}" in yaml and set(beds_told(tmp_path, "beds.csv", yaml).values()) == {"available", "occupied"}, yaml


def test_a_time_that_cannot_be_read_is_not_left_out_without_a_word(tmp_path):
    rows = "".join(f"{i};A;{('Free', 'Occupied')[i % 2]};{('half past ten', '13-Apr-2026 10:00')[i % 2]}\n" for i in range(1, 13))
    done, said, yaml = proposed(tmp_path, "beds.csv", f"Bed;Ward;Status;Last updated\n{rows}")
    assert done.returncode == 1 and any(line.startswith("changed_at: a column says when") for line in said["to_fill"]), yaml
