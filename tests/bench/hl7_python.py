"""Reads a file of HL7 messages with python3-hl7 and prints how many a second it parses: parsed, not mapped to events."""
import re
import sys
import time

import hl7


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        text = file.read()
    messages = [m.strip("\r\n") for m in re.split(r"\n(?=MSH)", text)][:int(sys.argv[2])]
    began, spent = time.perf_counter(), time.process_time()
    for message in messages:
        assert str(hl7.parse(message)["PV1"][0][3])
    cpu, wall = time.process_time() - spent, time.perf_counter() - began
    print(len(messages), sum(map(len, messages)), cpu, wall)


main()
