"""./dev bench adapters: file → events → outbox on one core, beside libraries that read the same bytes. Prints, judges nothing.

The peers parse and no more: no mapping, no check, no event. Machines differ and are shared: take ratios within one run, of CPU time.
"""
import os
import re
import subprocess
import sys
import tempfile

TOP = os.environ.get("BEDPOST_TOP", ".")
BENCH = os.path.join(os.environ.get("BEDPOST_BUILD", os.path.join(TOP, "build")), "tests/bench")
SOURCES = os.path.join(TOP, "tests/bench")

# format, name, command before FILE and COUNT, how many records (the slow ones need not read all)
PEERS = (
    ("hl7", "simple-hl7 (npm), parsed", ["node", os.path.join(SOURCES, "hl7_node.mjs")], 20000),
    ("hl7", "python3-hl7, parsed", [sys.executable, os.path.join(SOURCES, "hl7_python.py")], 3000),
    ("csv", "libcsv, rows unmapped", [os.path.join(BENCH, "peer_libcsv")], 0),
)
RECORDS = 200  # thousands


def peer(form, name, command, path, count, ours):
    try:
        run = subprocess.run([*command, path, str(count)], capture_output=True, text=True, timeout=120, check=True)
    except (OSError, subprocess.SubprocessError):
        return f"{form:4} {name}: SKIP: not installed"
    records, size, cpu, wall = (float(n) for n in run.stdout.split())
    rate, mb = records / cpu, size / 1e6
    return (f"{form:4} {name:44} cpu {rate:9.0f} /s {mb / cpu:13.0f} MB/s   wall {records / wall:9.0f} /s {mb / wall:5.0f} MB/s"
            f"   bedpost is {ours / rate:.2f} × as fast")


def main():
    bench = os.path.join(BENCH, "bench_adapters")
    lines = subprocess.run([bench, str(RECORDS)], stdout=subprocess.PIPE, text=True, check=True).stdout
    ours = dict(re.findall(r"^(\w+) +bedpost, to events +cpu +(\d+) ", lines, re.MULTILINE))
    print(lines, end="", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for form, name, command, count in PEERS:
            path = os.path.join(folder, form)
            subprocess.run([bench, str(RECORDS), form, path], check=True)
            print(peer(form, name, command, path, count, float(ours[form])), flush=True)
    subprocess.run([os.path.join(BENCH, "bench_outbox")], check=True)


if __name__ == "__main__":
    main()
