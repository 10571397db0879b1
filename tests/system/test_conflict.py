"""Two sources that disagree, late news, and what cannot be."""
from .exports import ADAPTER, at, export, row
from .invariants import everywhere

OTHER_SOURCE = ADAPTER.replace("adapter: plain", "adapter: paper-list").replace('"*.csv"', '"*.lst"')


def outcomes(region, home):
    return region.sql("SELECT bed_id, new_status, outcome FROM bed_audit_log "
                      f"WHERE facility_id = '{home.facility}' ORDER BY seq")


def test_two_sources_that_disagree_open_a_conflict_and_the_bed_is_not_counted_free(region, new_home):
    home = new_home(adapters=[ADAPTER, OTHER_SOURCE])
    home.drop("ehr.csv", export(row("bed_1", "occupied", 0), row("bed_2", "available", 0)))
    home.wait_shipped()
    home.drop("list.lst", export(row("bed_1", "available", 60, was="reserved")))
    home.wait_shipped()
    assert outcomes(region, home)[-1] == ["bed_1", "available", "conflict"]
    assert region.beds(home.facility)["bed_1"] == "occupied"
    everywhere(region, home.facility, {("dementia", "intensive"): (2, 1, 0, 0, 0, 1)})
    chains = region.sql(f"SELECT count(*) FROM conflicts WHERE facility_id = '{home.facility}'")
    assert chains == [["1"]]


def test_a_source_that_says_what_is_already_so_converges(region, new_home):
    home = new_home()
    home.drop("a.csv", export(row("bed_1", "occupied", 0)))
    home.wait_shipped()
    home.drop("b.csv", export(row("bed_1", "occupied", 30, was="reserved")))
    home.wait_shipped()
    assert [o[2] for o in outcomes(region, home)] == ["applied", "converged"]


def test_old_news_goes_to_history_and_leaves_the_present_alone(region, new_home):
    home = new_home()
    home.drop("a.csv", export(row("bed_1", "available", 0), row("bed_1", "occupied", 600)))
    home.wait_shipped()
    home.drop("b.csv", export(row("bed_1", "reserved", 300, was="available")))
    home.wait_shipped()
    assert outcomes(region, home)[-1] == ["bed_1", "reserved", "late"]
    assert region.beds(home.facility) == {"bed_1": "occupied"}
    last_updated = region.sql("SELECT to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM beds")
    assert last_updated == [[at(600)]]


def test_a_change_from_the_future_is_refused_and_becomes_a_dead_letter(region, new_home):
    home = new_home()
    home.drop("future.csv", export(row("bed_1", "occupied", 50 * 365 * 86400), row("bed_2", "occupied", 0)))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_2": "occupied"}
    status = home.outbox()
    assert status["dead_letters"] == 1 and status["queued"] == 0
